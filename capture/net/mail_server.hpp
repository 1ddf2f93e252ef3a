// The listeners for mail clients and the connections that came through them, as the rest of the
// program sees them.
//
// Owned by whoever wires the program, on the I/O thread. Does nothing itself: mail_listeners
// accept, client_sessions serve, rig_port_opener grants rigs their ports.
#pragma once

#include "capture/net/event_loop.hpp"
#include "capture/net/mail_limits.hpp"
#include "capture/net/rig_ports.hpp"
#include "capture/net/session_maker.hpp"
#include "capture/rig/listeners.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_recorder.hpp"
#include "capture/wire/protocol_session.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace mailrig::net {

class tls_contexts;

class mail_server final : public rig::listeners {
 public:
  using session_maker = net::session_maker;
  using mail_limits = net::mail_limits;

  mail_server(event_loop& loop, rig::rig_table& rigs, mail_limits limits);
  ~mail_server() override;

  // With what sessions that ask for TLS speak it; outlives the connections. Null, as at first: they
  // are told that there is none.
  void set_tls(const tls_contexts* contexts);

  // `protocol` is the listener's name: "smtp", "submission", "smtps", "pop3" … its sessions are
  // recorded under the protocol that they speak ("smtp"). Binds and listens; clients are accepted
  // once the loop runs. The port that was bound, or why it was not. `address` is an IP literal,
  // where port 0 takes a free one, or "unix:PATH", whose port is 0.
  [[nodiscard]] std::variant<std::uint16_t, std::error_code> listen(const char* protocol,
                                                                    const std::string& address,
                                                                    std::uint16_t port,
                                                                    session_maker make_session);
  // Takes back the last listen(), before the loop runs.
  void unlisten_last();

  // Accepts nobody any more and tells every session; `done` is called once no connection is left.
  void shut_down(std::function<void()> done);
  // Closes what is left at once.
  void abort();

  [[nodiscard]] std::vector<rig::listener_info> list() const override;

  // Rigs may ask for ports of this protocol.
  void offer(const char* protocol, session_maker make_session);
  void set_rig_ports(rig_ports ports);
  [[nodiscard]] std::optional<rig::port_refusal> open(
      rig::rig& home, const std::vector<rig::port_wish>& wishes) override;
  void close(const rig::rig& home) override;
  void end_sessions(const rig::rig& home) override;
  void release(const rig::rig& home, std::span<const std::uint64_t> rules) override;
  void listen_as(const rig::rig& home, faults::protocol talk, rig::listening how) override;
  void go_on() override;
  void set_public_host(std::string host) { public_host_ = std::move(host); }
  // Another server's listener (HTTP), so that one list names all.
  void add_foreign(rig::listener_info info);

 private:
  struct parts;

  rig::rig_table& rigs_;
  std::unique_ptr<parts> parts_;
  std::string public_host_ = "localhost";
  std::vector<rig::listener_info> foreign_;
};

}  // namespace mailrig::net
