// An IPv4 or IPv6 network, "10.0.0.0/8" or "::1/128", and whether an address lies in it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailrig::faults {

// 16 octets; an IPv4 address is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
using ip_address = std::array<std::uint8_t, 16>;

[[nodiscard]] std::optional<ip_address> parse_ip(std::string_view text);

struct ip_network {
  ip_address address{};
  unsigned prefix = 128;  // bits of the 16 octets

  [[nodiscard]] bool contains(const ip_address& other) const;
  friend bool operator==(const ip_network&, const ip_network&) = default;
};
// A bare address is a network of one.
[[nodiscard]] std::optional<ip_network> parse_network(std::string_view text);

}  // namespace mailrig::faults
