#include "capture/wire/trusted_peers.hpp"

#include <algorithm>

namespace mailrig::wire {

bool trusted_peers::contains(std::string_view peer) const {
  if (is_empty()) return false;
  if (peer == unix_peer) return has_unix_;
  const auto address = parse_ip(peer);
  return address && std::any_of(networks_.begin(), networks_.end(),
                                [&](const ip_network& each) { return each.contains(*address); });
}

std::variant<trusted_peers, std::string> trusted_peers::parse(
    const std::vector<std::string>& texts) {
  trusted_peers result;
  for (const std::string& each : texts) {
    const auto network = parse_network(each);
    if (each == unix_peer) {
      result.has_unix_ = true;
    } else if (network) {
      result.networks_.push_back(*network);
    } else {
      return "'" + each + "' is neither an IP address nor a network: write 127.0.0.1, ::1, " +
             "10.0.0.0/8, or unix for the clients of Unix sockets";
    }
  }
  return result;
}

}  // namespace mailrig::wire
