#include "capture/net/rig_ports.hpp"

#include <boost/asio/ip/address.hpp>

namespace mailrig::net {
namespace {

using refusal = rig::port_refusal;
using reason = refusal::reason;

std::string range_of(const rig_ports& all) {
  return std::to_string(all.first) + "-" + std::to_string(all.last);
}

}  // namespace

std::vector<std::string> addresses_of(const rig::port_wish& wish,
                                      const std::vector<std::string>& usual) {
  if (wish.address.empty()) return usual;
  if (wish.address == "localhost") return {"127.0.0.1", "::1"};
  if (wish.address == "*") return {"0.0.0.0", "::"};
  boost::system::error_code error;
  static_cast<void>(boost::asio::ip::make_address(wish.address, error));
  if (error) return {};
  return {wish.address};
}

refusal unknown_protocol(const rig::port_wish& wish, const std::vector<std::string_view>& known) {
  std::string list;
  for (const std::string_view each : known) {
    if (!list.empty()) list += ", ";
    list += each;
  }
  return {reason::bad_wish,
          "No rig can have a port for \"" + wish.protocol + "\"; there are: " + list + "."};
}

refusal no_address(const rig::port_wish& wish) {
  return {reason::bad_wish,
          "\"" + wish.address +
              "\" is not an address to listen on: write an IP address, localhost or *."};
}

refusal outside_of_range(const rig::port_wish& wish, const rig_ports& all) {
  return {reason::bad_wish, "Port " + std::to_string(wish.port) + " is outside of --rig-ports " +
                                range_of(all) + "."};
}

refusal port_taken(const rig::port_wish& wish, std::error_code error) {
  return {reason::taken, "Port " + std::to_string(wish.port) + " cannot be had: " +
                             error.message() + ". Leave `port` out to get a free one."};
}

refusal no_port_left(const rig_ports& all, std::error_code error) {
  const std::string ways =
      " A rig needs no port of its own: with `route` mails find it by their recipient's domain, a "
      "plus tag, HELO, user or client address.";
  if (!all.has_range())
    return {reason::taken, "No port could be had: " + error.message() + "." + ways};
  return {reason::taken, "All ports of --rig-ports " + range_of(all) + " are in use." + ways};
}

bool is_missing_family(std::error_code error) {
  return error == std::errc::address_family_not_supported ||
         error == std::errc::address_not_available;
}

}  // namespace mailrig::net
