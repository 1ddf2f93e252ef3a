// The listeners for mail clients: opens and closes them, accepts who comes, and treats clients as
// the rules at `listen` say. What was accepted is handed on to client_sessions.
//
// Owned by the mail server, on the I/O thread; the sessions outlive it. Knows no limits and no
// sessions of its own.
#pragma once

#include "capture/net/accepting.hpp"
#include "capture/net/client_sessions.hpp"
#include "capture/net/event_loop.hpp"
#include "capture/net/session_maker.hpp"
#include "capture/rig/listeners.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace mailrig::net {

class mail_listeners {
 public:
  mail_listeners(event_loop& loop, client_sessions& sessions)
      : context_(loop.context()), sessions_(sessions) {}

  // As mail_server::listen().
  [[nodiscard]] std::variant<std::uint16_t, std::error_code> listen(rig::rig& home,
                                                                    const char* protocol,
                                                                    const std::string& address,
                                                                    std::uint16_t port,
                                                                    session_maker make_session);
  [[nodiscard]] std::size_t count() const { return accepting_.size(); }
  // Takes back the last ones until so many are left.
  void unlisten_from(std::size_t first);
  void close_those_of(const rig::rig& home);
  void close_all();
  void listen_as(const rig::rig& home, faults::protocol talk, rig::listening how);
  [[nodiscard]] std::vector<rig::listener_info> list(const std::string& public_host) const;

 private:
  using nothing = boost::asio::awaitable<void, executor_type>;

  [[nodiscard]] std::variant<std::uint16_t, std::error_code> listen_unix(
      rig::rig& home, const char* protocol, const std::string& address, session_maker make_session);
  static nothing accept_all(mail_listeners* owner, std::shared_ptr<accepting> on);
  void begin_to_accept(const std::shared_ptr<accepting>& on);
  void take_clients_again(const std::shared_ptr<accepting>& on);
  void retry(const std::shared_ptr<accepting>& on);
  [[nodiscard]] bool accept_one(const std::shared_ptr<accepting>& on);

  boost::asio::io_context& context_;
  client_sessions& sessions_;
  std::vector<std::shared_ptr<accepting>> accepting_;
};

}  // namespace mailrig::net
