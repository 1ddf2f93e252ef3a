// The clients that were accepted: whether there is room for them, what a proxy says of them, and
// the connections that they get until the last one is closed.
//
// Owned by the mail server, on the I/O thread. Knows listeners only as where a client came from;
// never accepts anybody itself.
#pragma once

#include "capture/net/accepting.hpp"
#include "capture/net/connection.hpp"
#include "capture/net/event_loop.hpp"
#include "capture/net/mail_limits.hpp"
#include "capture/net/peer_name.hpp"
#include "capture/net/proxy_preamble.hpp"
#include "capture/rig/rig_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>

namespace mailrig::net {

class client_sessions {
 public:
  client_sessions(event_loop& loop, rig::rig_table& rigs, mail_limits limits);
  ~client_sessions();
  client_sessions(const client_sessions&) = delete;
  client_sessions& operator=(const client_sessions&) = delete;

  // Outlives the connections.
  void set_tls(const tls_contexts* contexts) { shared_.tls = contexts; }

  // Takes over the socket of a client that was accepted; who it is, is what accept() said.
  void take(const std::shared_ptr<accepting>& on, int descriptor, const sockaddr_storage& who);

  // Tells every session; `done` is called once no connection is left.
  void shut_down(std::function<void()> done);
  // Closes what is left at once.
  void abort();
  void end_those_of(const rig::rig& home);
  void release(const rig::rig& home, std::span<const std::uint64_t> rules);
  void go_on() { shared_.ready.run_woken_now(); }

 private:
  void begin_preamble(std::shared_ptr<accepting> on, int descriptor, peer_name peer);
  void end_preamble(accepting& on, int descriptor, peer_name peer, proxy_preamble::result header);
  void refuse_header(const accepting& on, int descriptor, const peer_name& peer,
                     const proxy_preamble::failure& why);
  void begin_session(accepting& on, int descriptor, peer_name peer,
                     std::shared_ptr<const model::client_facts> given);
  [[nodiscard]] std::function<void()> when_ended(const std::string& address);
  [[nodiscard]] bool is_crowded(const std::string& address);
  void check_whether_done();

  boost::asio::io_context& context_;
  rig::rig_table& rigs_;
  mail_limits limits_;
  shared_state shared_;
  std::size_t open_ = 0;
  std::set<std::shared_ptr<proxy_preamble>> preambles_;
  std::unordered_map<std::string, std::size_t> open_of_;  // by address, if that is limited
  std::function<void()> when_done_;
};

}  // namespace mailrig::net
