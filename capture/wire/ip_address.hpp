// IP addresses and networks as values: read from text, compared, written. Knows no socket and asks
// no name server.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::wire {

// IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that both ways to write it are one address.
struct ip_address {
  std::array<std::uint8_t, 16> octets{};

  [[nodiscard]] bool is_v4() const;
  friend bool operator==(const ip_address&, const ip_address&) = default;
};

[[nodiscard]] ip_address make_v4(const std::array<std::uint8_t, 4>& octets);

// "192.0.2.1" with four decimal numbers and nothing else.
[[nodiscard]] std::optional<ip_address> parse_v4(std::string_view text);
// "2001:db8::1", "::ffff:192.0.2.1" (RFC 4291 2.2), without a zone.
[[nodiscard]] std::optional<ip_address> parse_v6(std::string_view text);
[[nodiscard]] std::optional<ip_address> parse_ip(std::string_view text);
// "192.0.2.1", "2001:db8::1" (RFC 5952).
[[nodiscard]] std::string to_string(const ip_address& address);
// A port stands behind a colon:
// "192.0.2.1:25", "[2001:db8::1]:25".
[[nodiscard]] std::string with_port(const ip_address& address, std::uint16_t port);

struct ip_network {
  ip_address base;
  std::uint8_t prefix = 128;  // bits, of 128

  [[nodiscard]] bool contains(const ip_address& address) const;
  friend bool operator==(const ip_network&, const ip_network&) = default;
};

// "192.0.2.1", "192.0.2.0/24", "2001:db8::/32".
[[nodiscard]] std::optional<ip_network> parse_network(std::string_view text);

}  // namespace mailrig::wire
