// The PROXY protocol's header, versions 1 and 2 (HAProxy's proxy-protocol.txt), read from the front
// of a connection: who the client is, as told by the proxy in between.
//
// Reads values only; whether the peer may say so is decided where it was accepted. A header that is
// not complete is told from one that is none by its first octets.
#pragma once

#include "capture/wire/ip_address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace mailrig::wire {

struct proxy_endpoint {
  ip_address address;
  std::uint16_t port = 0;

  friend bool operator==(const proxy_endpoint&, const proxy_endpoint&) = default;
};

struct proxy_header {
  std::size_t size = 0;  // octets that it takes
  // Nothing: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN, other families).
  std::optional<proxy_endpoint> source;
  std::optional<proxy_endpoint> destination;

  friend bool operator==(const proxy_header&, const proxy_header&) = default;
};

struct proxy_header_goes_on {};  // good so far

struct proxy_header_error {
  const char* what;  // one sentence
};

using proxy_header_result = std::variant<proxy_header, proxy_header_goes_on, proxy_header_error>;

// The longest header that is read.
inline constexpr std::size_t longest_proxy_header = 16 + 2048;

[[nodiscard]] proxy_header_result read_proxy_header(std::string_view octets);

}  // namespace mailrig::wire
