#include "tests/dialogues/socket_transport.hpp"

#include "tests/dialogues/reply_check.hpp"

namespace mailrig::dialogue {

namespace {

world_settings settings_of(const script& played, socket_transport::mode how) {
  world_settings result = read_settings(played);
  if (how == socket_transport::mode::tls) {
    result.rules.tls = smtp::tls_mode::implicit;
    result.pop3_rules.tls = pop3::tls_mode::implicit;
  }
  return result;
}

}  // namespace

socket_transport::socket_transport(const script& played, mode how)
    : how_(how),
      world_(settings_of(played, how), played.faults, played.rules),
      whose_(!played.rules.empty()    ? wording::of_rules
             : !played.faults.empty() ? wording::of_a_fault
                                      : wording::ours),
      server_(world_) {}

void socket_transport::connect(std::size_t connection, protocol spoken) {
  const std::size_t number = clients_.size() + 1;
  clients_[connection] = {spoken, number, std::make_unique<socket_client>(server_.port(spoken))};
  // So that the sessions are numbered in the order of the dialogue.
  server_.wait_until("the connection is accepted",
                     [&] { return world_.home().sessions().size() >= number; });
  // A fault may end the connection before the handshake; that it does so is what is played.
  if (how_ == mode::tls) (void)clients_[connection].socket->begin_tls();
}

void socket_transport::begin_tls(std::size_t connection, const tls_client& how) {
  if (!how.certificate_name.empty())
    throw script_error("no client has a certificate over a socket: say '# no socket: why'");
  socket_client& socket = *clients_.at(connection).socket;
  const bool is_done = socket.begin_tls({.trusted_ca = {},
                                         .trusts_nobody = !how.trusts,
                                         .server_name = how.server_name,
                                         .max_version = {},
                                         .certificate = {},
                                         .session = {}});
  if (is_done != how.trusts)
    throw script_error(is_done ? "the handshake succeeds" : "the handshake fails");
}

void socket_transport::say(std::size_t connection, std::string_view octets) {
  clients_.at(connection).socket->send(octets);
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
  return !clients_.at(connection).socket->is_open();
}

std::optional<model::close_mode> socket_transport::await_close(std::size_t connection) {
  const client& one = clients_.at(connection);
  const auto end = one.socket->read_to_end();
  if (!end) return std::nullopt;
  one.socket->close();
  wait_until_ended(one);
  return *end == socket_client::end::eof ? model::close_mode::fin_drain : model::close_mode::reset;
}

void socket_transport::shut_down_server() {
  for (const auto& [number, each] : clients_) wait_until_read(each);
  server_.shut_down();
}

void socket_transport::inspect(const std::function<void(world&)>& look) {
  for (const auto& [number, each] : clients_) wait_until_read(each);
  server_.call([&] { look(world_); });
}

void socket_transport::finish() {
  for (const auto& [number, each] : clients_) {
    if (each.socket->is_open()) {
      each.socket->shut_down_sending();
      if (!each.socket->read_to_end()) throw script_error("the session does not end with its peer");
      each.socket->close();
    }
    wait_until_ended(each);
  }
  server_.call([this] {
    for (const auto& [number, each] : clients_) check_replies(each);
    world_.check_that_nothing_leaked();
  });
}

void socket_transport::wait_until_read(const client& one) {
  server_.wait_until("the server has read all that was said", [&] {
    const auto session = world_.home().sessions()[one.session - 1];
    return session->ended_at || session->octets_in >= one.socket->octets_sent();
  });
}

void socket_transport::wait_until_ended(const client& one) {
  server_.wait_until("the session ends", [&] {
    return world_.home().sessions()[one.session - 1]->ended_at.has_value();
  });
}

void socket_transport::check_replies(const client& one) {
  const rig::transcript said =
      world_.rigs().transcripts().read(world_.home().sessions()[one.session - 1]->transcript);
  check_output(one.spoken, said, one.socket->received(), whose_);
}

}  // namespace mailrig::dialogue
