#include "capture/net/client_sessions.hpp"

#include "capture/net/turn_away.hpp"
#include "capture/rig/session_recorder.hpp"

#include <string_view>
#include <utility>

namespace mailrig::net {

client_sessions::client_sessions(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
    : context_(loop.context()), rigs_(rigs), limits_(std::move(limits)), shared_(loop.context()) {
  shared_.session_limit = limits_.session_timeout;
}

client_sessions::~client_sessions() {
  while (!shared_.connections.empty()) shared_.connections.front().destroy();
}

void client_sessions::take(const std::shared_ptr<accepting>& on, int descriptor,
                           const sockaddr_storage& who) {
  if (open_ >= limits_.max_connections) return turn_away(descriptor, too_many(on->name.session));
  peer_name peer = name_of(who);
  if (limits_.proxy_from.contains(peer.address))
    begin_preamble(on, descriptor, std::move(peer));
  else
    begin_session(*on, descriptor, std::move(peer), nullptr);
}

// Counts one more of that address, unless there are too many.
bool client_sessions::is_crowded(const std::string& address) {
  std::size_t& count = open_of_[address];
  if (count >= limits_.max_per_address) return true;
  ++count;
  return false;
}

void client_sessions::begin_session(accepting& on, int descriptor, peer_name peer,
                                    std::shared_ptr<const model::client_facts> given) {
  if (limits_.max_per_address != 0 && is_crowded(peer.address))
    return turn_away(descriptor, too_many_of_one(on.name.session));
  std::function<void()> ended = when_ended(peer.address);
  const auto made = std::make_shared<connection>(
      shared_, descriptor,
      connection::origin{rigs_, *on.home, on.name.session,
                         connection_ends{std::move(peer.address), peer.port, on.port},
                         std::move(peer.with_port), std::move(given)},
      on.make_session);
  ++open_;
  made->start(std::move(ended));
}

std::function<void()> client_sessions::when_ended(const std::string& address) {
  std::function<void()> ended = [this] {
    --open_;
    check_whether_done();
  };
  if (limits_.max_per_address == 0) return ended;
  return [this, ended = std::move(ended), address] {
    if (--open_of_[address] == 0) open_of_.erase(address);
    ended();
  };
}

// PROXY headers

void client_sessions::begin_preamble(std::shared_ptr<accepting> on, int descriptor,
                                     peer_name peer) {
  const auto made = std::make_shared<proxy_preamble>(context_, descriptor);
  preambles_.insert(made);
  ++open_;
  made->start([this, made, on = std::move(on), peer = std::move(peer)](
                  int socket, proxy_preamble::result header) {
    preambles_.erase(made);
    --open_;
    end_preamble(*on, socket, peer, std::move(header));
    check_whether_done();
  });
}

void client_sessions::end_preamble(accepting& on, int descriptor, peer_name peer,
                                   proxy_preamble::result header) {
  // Its rig may be gone meanwhile.
  if (on.is_closed) return turn_away(descriptor, {});
  if (const auto* failed = std::get_if<proxy_preamble::failure>(&header))
    return refuse_header(on, descriptor, peer, *failed);
  const auto& read = std::get<wire::proxy_header>(header);
  auto given = std::make_shared<model::client_facts>();
  given->via = "proxy";
  if (read.source) {
    given->address = peer.address = wire::to_string(read.source->address);
    given->port = std::to_string(read.source->port);
    peer.port = read.source->port;
    given->destination = wire::with_port(read.destination->address, read.destination->port);
  }
  begin_session(on, descriptor, std::move(peer), std::move(given));
}

void client_sessions::refuse_header(const accepting& on, int descriptor, const peer_name& peer,
                                    const proxy_preamble::failure& why) {
  rig::session_recorder record(rigs_, *on.home, on.name.session, peer.with_port);
  record.noted("bad_proxy_header", why.what);
  record.ended(why.how);
  const bool is_pop3 = std::string_view(on.name.session) == "pop3";
  turn_away(descriptor, (is_pop3 ? "-ERR [SYS/PERM] " : "421 4.7.0 ") + why.what +
                            "; --proxy-from wants one\r\n");
}

// The end

void client_sessions::shut_down(std::function<void()> done) {
  when_done_ = std::move(done);
  for (const auto& each : preambles_) each->abort();
  for (connection& each : shared_.connections) each.shut_down();
  check_whether_done();
}

void client_sessions::check_whether_done() {
  if (open_ == 0 && when_done_) std::exchange(when_done_, nullptr)();
}

void client_sessions::abort() {
  for (connection& each : shared_.connections) each.abort();
}

void client_sessions::end_those_of(const rig::rig& home) {
  for (connection& each : shared_.connections)
    if (&each.home() == &home) each.shut_down();
}

void client_sessions::release(const rig::rig& home, std::span<const std::uint64_t> rules) {
  for (connection& each : shared_.connections) {
    if (&each.acting() == &home) each.release(rules);
  }
}

}  // namespace mailrig::net
