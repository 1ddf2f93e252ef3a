// Grants rigs the ports that they wish for: all of a request or none.
//
// Owned by the mail server, on the I/O thread; the listeners outlive it. Keeps no list of what it
// granted: the listeners are that list.
#pragma once

#include "capture/net/mail_listeners.hpp"
#include "capture/net/rig_ports.hpp"
#include "capture/net/session_maker.hpp"
#include "capture/rig/listeners.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace mailrig::net {

class rig_port_opener {
 public:
  explicit rig_port_opener(mail_listeners& listening) : listening_(listening) {}

  // Rigs may ask for ports of this protocol.
  void offer(const char* protocol, session_maker make_session) {
    offers_.push_back({protocol, std::move(make_session)});
  }
  void set_ports(rig_ports ports) { ports_ = std::move(ports); }
  [[nodiscard]] std::optional<rig::port_refusal> open(rig::rig& home,
                                                      const std::vector<rig::port_wish>& wishes);

 private:
  struct offered {
    const char* protocol;
    session_maker make_session;
  };
  [[nodiscard]] std::optional<rig::port_refusal> open_one(rig::rig& home,
                                                          const rig::port_wish& wish);
  [[nodiscard]] std::optional<rig::port_refusal> open_any(
      rig::rig& home, const offered& what, const std::vector<std::string>& addresses);
  [[nodiscard]] std::error_code open_on(rig::rig& home, const offered& what,
                                        const std::vector<std::string>& addresses,
                                        std::uint16_t port);
  [[nodiscard]] const offered* find_offer(const std::string& protocol) const;
  [[nodiscard]] rig::port_refusal refuse_protocol(const rig::port_wish& wish) const;
  [[nodiscard]] std::uint16_t next_of_range();

  mail_listeners& listening_;
  std::vector<offered> offers_;
  rig_ports ports_;
  std::size_t range_position_ = 0;
};

}  // namespace mailrig::net
