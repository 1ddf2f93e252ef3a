// What a listener flag says: "2525", "localhost:2525", "127.0.0.1:0", "[::1]:2525", "*:2525",
// "unix:/run/mailrig.sock", "off".
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mailrig::app {

struct listen_address {
  // IP literals, or one "unix:PATH", that shall share one port. The second may fail on a machine
  // without IPv6.
  std::vector<std::string> addresses;
  std::uint16_t port = 0;

  friend bool operator==(const listen_address&, const listen_address&) = default;
};

// Addresses, or a sentence that says what is wrong and what would be right. Empty for {"off"}.
[[nodiscard]] std::variant<std::vector<listen_address>, std::string> parse_listen_addresses(
    const std::vector<std::string>& texts);

}  // namespace mailrig::app
