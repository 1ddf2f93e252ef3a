#include "tests/dialogues/socket_transport.hpp"

#include "capture/wire/text.hpp"
#include "tests/dialogues/reply_check.hpp"

namespace mailrig::dialogue {

namespace {

world_settings settings_of(const script& played, socket_transport::mode how) {
  world_settings result = read_settings(played);
  // So that a server that drains does so for as long as a slow machine looks at it.
  result.rules.linger = result.pop3_rules.linger = std::chrono::minutes{1};
  if (how == socket_transport::mode::tls) {
    result.rules.tls = smtp::tls_mode::implicit;
    result.pop3_rules.tls = pop3::tls_mode::implicit;
  }
  return result;
}

// Behind QUIT a server need not wait for anything (RFC 5321 4.1.1.10).
bool says_goodbye(std::string_view octets) {
  const std::string_view lines = octets.substr(0, octets.empty() ? 0 : octets.size() - 1);
  const std::size_t last = lines.rfind('\n');
  return wire::starts_ignoring_case(octets.substr(last == std::string_view::npos ? 0 : last + 1),
                                    "QUIT");
}

// Where an end of file is all that is seen, it is of the mode that is expected.
model::close_mode mode_of(socket_client& client, socket_client::end how,
                          const transport::ending& expected, bool shall_drain) {
  using enum model::close_mode;
  using patience = socket_client::patience;
  const bool is_in_tls = client.tls() != nullptr;
  const bool is_announced = is_in_tls && client.tls()->was_told_close_notify();
  if (how == socket_client::end::reset) {
    if (is_announced) throw script_error("a close_notify came before the reset");
    return reset;
  }
  if (!expected.mode || *expected.mode == reset) return fin_drain;
  // Who has said goodbye himself can send nothing that would be refused.
  const bool can_ask = !client.has_shut_down_sending();
  if (*expected.mode == abrupt) {
    if (is_announced) return fin_drain;
    return !can_ask || client.is_refused_what_it_sends(patience::ten_seconds) ? abrupt : fin_drain;
  }
  const bool is_refused = can_ask && client.is_refused_what_it_sends(patience::none);
  return shall_drain && is_refused ? abrupt : *expected.mode;
}

}  // namespace

socket_transport::socket_transport(const script& played, mode how)
    : how_(how),
      world_(settings_of(played, how), played.faults, played.rules),
      whose_(!played.rules.empty()    ? wording::of_rules
             : !played.faults.empty() ? wording::of_a_fault
                                      : wording::ours),
      server_(world_) {
  server_.call([this] { world_.home().set_frozen(true); });
}

void socket_transport::connect(std::size_t connection, protocol spoken) {
  const std::size_t number = clients_.size() + 1;
  clients_[connection] = {spoken, number, std::make_unique<socket_client>(server_.port(spoken))};
  // So that the sessions are numbered in the order of the dialogue.
  server_.wait_until("the connection is accepted",
                     [&] { return world_.home().sessions().size() >= number; });
  // A fault may delay the handshake or end the connection before it, and that is then played.
  if (how_ == mode::tls) clients_[connection].socket->start_tls();
}

void socket_transport::begin_tls(std::size_t connection, const tls_client& how) {
  if (!how.certificate_name.empty())
    throw script_error("no client has a certificate over a socket: say '# no socket: why'");
  socket_client& socket = *clients_.at(connection).socket;
  tls_peer_options options;
  options.trusts_nobody = !how.trusts;
  options.server_name = how.server_name;
  // A rule may have a part in the handshake; what follows tells what came of it.
  if (how.trusts) return socket.start_tls(options);
  if (socket.begin_tls(options)) throw script_error("the handshake succeeds");
}

void socket_transport::say(std::size_t connection, std::string_view octets) {
  client& one = clients_.at(connection);
  one.has_said_goodbye = says_goodbye(octets);
  one.socket->send(octets);
}

void socket_transport::shut_down_sending(std::size_t connection) {
  clients_.at(connection).socket->shut_down_sending();
}

// What was said before the reset is read before it: a reset throws away what is under way.
void socket_transport::reset(std::size_t connection) {
  const client& one = clients_.at(connection);
  wait_until_read(one);
  one.socket->reset();
  wait_until_ended(one);
}

std::optional<std::string> socket_transport::take_line(std::size_t connection) {
  return clients_.at(connection).socket->read_line();
}

std::string socket_transport::take_octets(std::size_t connection, std::size_t count) {
  return clients_.at(connection).socket->read_octets(count);
}

void socket_transport::release(const std::vector<std::uint64_t>& rules) {
  server_.call([&] { server_.server().release(world_.home(), rules); });
}

std::string socket_transport::untaken(std::size_t connection) {
  return clients_.at(connection).socket->untaken();
}

bool socket_transport::is_closed(std::size_t connection) {
  const socket_client& socket = *clients_.at(connection).socket;
  return !socket.is_open() || socket.has_ended();
}

std::optional<transport::ending> socket_transport::await_close(std::size_t connection,
                                                               const ending& expected) {
  client& one = clients_.at(connection);
  const auto end = one.socket->read_to_end();
  if (!end) return std::nullopt;
  const model::close_mode how = mode_of(*one.socket, *end, expected, !one.has_said_goodbye);
  const bool is_announced =
      one.socket->tls() == nullptr || one.socket->tls()->was_told_close_notify();
  one.socket->close();
  one.was_closed_by_server = true;
  wait_until_ended(one);
  return ending{how, one.socket->tls() == nullptr ? expected.says_close_notify : is_announced};
}

void socket_transport::settle(std::size_t connection) {
  const client& one = clients_.at(connection);
  server_.wait_until("the server has read all that was said",
                     [&] { return has_read_all(one) || world_.home().due().count() > 0; });
  // And what it does about it is done.
  server_.call([] {});
}

void socket_transport::pass_time(model::duration time) {
  server_.wait_until("something waits for the clock of the rig",
                     [this] { return world_.home().due().count() > 0; });
  server_.call([&] { world_.home().advance(time); });
}

void socket_transport::shut_down_server() {
  for (const auto& [number, each] : clients_) wait_until_read(each);
  server_.shut_down();
}

void socket_transport::inspect(const std::function<void(world&)>& look) {
  for (const auto& [number, each] : clients_) {
    each.socket->end_handshake();
    wait_until_read(each);
  }
  server_.call([&] { look(world_); });
}

void socket_transport::inspect_until(const std::function<bool(world&)>& is_so) {
  try {
    server_.wait_until("it is as expected", [&] { return is_so(world_); });
  } catch (const script_error&) {
    // What is otherwise has been told to who asked.
  }
}

void socket_transport::finish() {
  for (const auto& [number, each] : clients_) {
    if (each.socket->is_open()) {
      each.socket->shut_down_sending();
      let_waits_end();
      if (!each.socket->read_to_end()) throw script_error("the session does not end with its peer");
      each.socket->close();
    }
    wait_until_ended(each);
  }
  server_.call([this] {
    for (const auto& [number, each] : clients_) check_replies(each);
    for (const auto& [number, each] : clients_) check_count(each);
    world_.check_that_nothing_leaked();
  });
}

void socket_transport::wait_until_read(const client& one) {
  server_.wait_until("the server has read all that was said", [&] { return has_read_all(one); });
}

bool socket_transport::has_read_all(const client& one) {
  const auto session = world_.home().sessions()[one.session - 1];
  return session->ended_at || session->octets_in >= one.socket->octets_sent();
}

void socket_transport::wait_until_ended(const client& one) {
  server_.wait_until("the session ends", [&] {
    return world_.home().sessions()[one.session - 1]->ended_at.has_value();
  });
}

// Octets are counted as the protocol said them, whatever TLS makes of them; where the server
// closed, the client has received every one of them.
void socket_transport::check_count(const client& one) {
  const auto session = world_.home().sessions()[one.session - 1];
  const std::size_t received = one.socket->received().size();
  if (!one.was_closed_by_server || session->octets_out == received) return;
  throw script_error("the client has received " + std::to_string(received) +
                     " octets and the session has counted " + std::to_string(session->octets_out));
}

// What still waits behind the client's end goes on.
void socket_transport::let_waits_end() {
  server_.call([this] { world_.home().set_frozen(false); });
  server_.call([this] { world_.home().advance(std::chrono::hours{1}); });
}

void socket_transport::check_replies(const client& one) {
  const rig::transcript said =
      world_.rigs().transcripts().read(world_.home().sessions()[one.session - 1]->transcript);
  check_output(one.spoken, said, one.socket->received(), whose_);
}

}  // namespace mailrig::dialogue
