// Where rigs get their ports, and what is said when a wish for one cannot be met.
#pragma once

#include "capture/rig/listeners.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mailrig::net {

// On these IP literals, with one number for all of them, and from this range of numbers; 0: any.
struct rig_ports {
  std::vector<std::string> addresses{"127.0.0.1", "::1"};
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  [[nodiscard]] bool has_range() const { return first != 0; }
  [[nodiscard]] bool allows(std::uint16_t port) const {
    return !has_range() || (port >= first && port <= last);
  }
};

// IP literals for one wish; empty if its address is none.
[[nodiscard]] std::vector<std::string> addresses_of(const rig::port_wish& wish,
                                                    const std::vector<std::string>& usual);

[[nodiscard]] rig::port_refusal unknown_protocol(const rig::port_wish& wish,
                                                 const std::vector<std::string_view>& known);
[[nodiscard]] rig::port_refusal no_address(const rig::port_wish& wish);
[[nodiscard]] rig::port_refusal outside_of_range(const rig::port_wish& wish, const rig_ports& all);
[[nodiscard]] rig::port_refusal port_taken(const rig::port_wish& wish, std::error_code error);
[[nodiscard]] rig::port_refusal no_port_left(const rig_ports& all, std::error_code error);

// The machine has no IPv4, or no IPv6: no reason not to listen on the other one.
[[nodiscard]] bool is_missing_family(std::error_code error);

}  // namespace mailrig::net
