#include "capture/net/rig_port_opener.hpp"

#include <algorithm>
#include <string_view>
#include <variant>

namespace mailrig::net {

std::optional<rig::port_refusal> rig_port_opener::open(rig::rig& home,
                                                       const std::vector<rig::port_wish>& wishes) {
  const std::size_t before = listening_.count();
  for (const rig::port_wish& each : wishes) {
    auto refused = open_one(home, each);
    if (!refused) continue;
    listening_.unlisten_from(before);
    return refused;
  }
  return std::nullopt;
}

std::optional<rig::port_refusal> rig_port_opener::open_one(rig::rig& home,
                                                           const rig::port_wish& wish) {
  const offered* const what = find_offer(wish.protocol);
  if (what == nullptr) return refuse_protocol(wish);
  const std::vector<std::string> addresses = addresses_of(wish, ports_.addresses);
  if (addresses.empty()) return no_address(wish);
  if (wish.port == 0) return open_any(home, *what, addresses);
  if (!ports_.allows(wish.port)) return outside_of_range(wish, ports_);
  const std::error_code error = open_on(home, *what, addresses, wish.port);
  return error ? std::optional(port_taken(wish, error)) : std::nullopt;
}

std::optional<rig::port_refusal> rig_port_opener::open_any(
    rig::rig& home, const offered& what, const std::vector<std::string>& addresses) {
  constexpr int tries = 50;
  const int most = ports_.has_range() ? ports_.last - ports_.first + 1 : tries;
  std::error_code error = std::make_error_code(std::errc::address_in_use);
  for (int i = 0; error && i < most; ++i)
    error = open_on(home, what, addresses, ports_.has_range() ? next_of_range() : std::uint16_t{0});
  return error ? std::optional(no_port_left(ports_, error)) : std::nullopt;
}

// One number for all addresses. A second family that the machine lacks is left out.
std::error_code rig_port_opener::open_on(rig::rig& home, const offered& what,
                                         const std::vector<std::string>& addresses,
                                         std::uint16_t port) {
  const std::size_t before = listening_.count();
  for (const std::string& each : addresses) {
    const auto bound = listening_.listen(home, what.protocol, each, port, what.make_session);
    const auto* error = std::get_if<std::error_code>(&bound);
    if (error == nullptr) {
      port = std::get<std::uint16_t>(bound);
    } else if (listening_.count() == before || !is_missing_family(*error)) {
      listening_.unlisten_from(before);
      return *error;
    }
  }
  return {};
}

const rig_port_opener::offered* rig_port_opener::find_offer(const std::string& protocol) const {
  const auto found = std::find_if(offers_.begin(), offers_.end(), [&protocol](const offered& each) {
    return each.protocol == protocol;
  });
  return found == offers_.end() ? nullptr : &*found;
}

rig::port_refusal rig_port_opener::refuse_protocol(const rig::port_wish& wish) const {
  std::vector<std::string_view> known;
  for (const offered& each : offers_) known.emplace_back(each.protocol);
  return unknown_protocol(wish, known);
}

// Goes round, so that a port that was just given back rests for a while.
std::uint16_t rig_port_opener::next_of_range() {
  const auto size = static_cast<std::size_t>(ports_.last - ports_.first) + 1;
  return static_cast<std::uint16_t>(ports_.first + range_position_++ % size);
}

}  // namespace mailrig::net
