// The peers that may say who somebody else is: networks, and clients of Unix sockets.
#pragma once

#include "capture/wire/ip_address.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::wire {

// What a client of a Unix socket is called where others have an address.
inline constexpr std::string_view unix_peer = "unix";

class trusted_peers {
 public:
  [[nodiscard]] bool is_empty() const { return networks_.empty() && !has_unix_; }
  // `peer` is an IP address or "unix".
  [[nodiscard]] bool contains(std::string_view peer) const;

  // "127.0.0.1", "10.0.0.0/8", "::1", "unix"; or a sentence that says what would be right.
  [[nodiscard]] static std::variant<trusted_peers, std::string> parse(
      const std::vector<std::string>& texts);

 private:
  std::vector<ip_network> networks_;
  bool has_unix_ = false;
};

}  // namespace mailrig::wire
