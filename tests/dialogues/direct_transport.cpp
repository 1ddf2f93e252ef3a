#include "tests/dialogues/direct_transport.hpp"

#include "tests/dialogues/open_transaction.hpp"
#include "tests/dialogues/reply_check.hpp"
#include "tests/dialogues/rig_step.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::dialogue {
namespace {

constexpr std::size_t bulk_edge = std::size_t{64} * 1024;

}  // namespace

direct_transport::direct_transport(const script& played, feeding how)
    : world_(read_settings(played), played.faults, played.rules),
      how_(how),
      whose_(!played.rules.empty()    ? wording::of_rules
             : !played.faults.empty() ? wording::of_a_fault
                                      : wording::ours) {}

void direct_transport::connect(std::size_t connection, protocol spoken) {
  auto recorder = std::make_unique<rig::session_recorder>(
      world_.rigs(), world_.home(), to_string(spoken).data(),
      "127.0.0.1:" + std::to_string(40000 + connection));
  auto session = world_.make_session(spoken, *recorder, "127.0.0.1");
  client& one = clients_[connection];
  one.spoken = spoken;
  one.session = world_.home().sessions().size();
  one.server = std::make_unique<driver>(
      std::move(recorder), std::move(session),
      std::max(world_.rules().max_command_line, world_.rules().auth.max_line));
}

void direct_transport::say(std::size_t connection, std::string_view octets) {
  driver& server = *clients_.at(connection).server;
  if (how_ == feeding::whole) return server.receive(octets);
  for (std::size_t at = 0, size = 1; at < octets.size(); at += size) {
    const std::size_t left = octets.size() - at;
    const bool is_edge = at < bulk_edge || left <= bulk_edge;
    size = is_edge ? 1 : std::min(bulk_edge, left - bulk_edge);
    server.receive(octets.substr(at, size));
  }
}

void direct_transport::shut_down_sending(std::size_t connection) {
  clients_.at(connection).server->end_of_input(wire::peer_end::fin);
}

void direct_transport::reset(std::size_t connection) {
  clients_.at(connection).server->end_of_input(wire::peer_end::reset);
}

void direct_transport::begin_tls(std::size_t connection, const tls_client& how) {
  constexpr std::uint16_t tls13 = 0x0304;
  constexpr std::uint8_t unknown_ca = 48;
  clients_.at(connection)
      .server->handshake({how.server_name, {tls13}}, how.certificate_name,
                         how.trusts ? 0 : unknown_ca);
}

std::optional<std::string> direct_transport::take_line(std::size_t connection) {
  client& one = clients_.at(connection);
  const std::string& all = one.server->output();
  const std::size_t end = all.find("\r\n", one.taken);
  if (end == std::string::npos) return std::nullopt;
  std::string line = all.substr(one.taken, end - one.taken);
  one.taken = end + 2;
  return line;
}

std::string direct_transport::take_octets(std::size_t connection, std::size_t count) {
  client& one = clients_.at(connection);
  std::string octets = one.server->output().substr(one.taken, count);
  one.taken += octets.size();
  return octets;
}

void direct_transport::release(const std::vector<std::uint64_t>& rules) {
  for (auto& [number, each] : clients_) each.server->release(rules);
}

std::string direct_transport::untaken(std::size_t connection) {
  const client& one = clients_.at(connection);
  return one.server->output().substr(one.taken);
}

bool direct_transport::is_closed(std::size_t connection) {
  return clients_.at(connection).server->is_closed();
}

std::optional<transport::ending> direct_transport::await_close(std::size_t connection,
                                                               const ending&) {
  const auto how = clients_.at(connection).server->closed_by();
  if (!how) return std::nullopt;
  return ending{how->mode, how->says_close_notify};
}

void direct_transport::pass_time(model::duration time) {
  world_.clock().advance(time);
  for (auto& [number, each] : clients_) each.server->pass_time(time);
}

void direct_transport::shut_down_server() {
  for (auto& [number, each] : clients_) each.server->end_of_input(wire::peer_end::shutdown);
}

void direct_transport::finish(wire::peer_end how) {
  for (auto& [number, each] : clients_) {
    const std::size_t attempts_before = world_.attempts().size();
    const bool was_open = !each.server->is_closed();
    each.server->end_of_input(how);
    // A pause with commands behind it ends by itself.
    for (int i = 0; i < 1000 && each.server->is_pausing(); ++i)
      each.server->pass_time(std::chrono::hours{1});
    if (!each.server->is_closed()) throw script_error("the session does not end with its peer");
    check_replies(each);
    if (was_open && whose_ == wording::ours && each.spoken == protocol::smtp)
      check_open_transaction(each, attempts_before);
  }
  world_.check_that_nothing_leaked();
}

void direct_transport::check_replies(const client& one) {
  const rig::transcript said =
      world_.rigs().transcripts().read(world_.home().sessions()[one.session - 1]->transcript);
  check_output(one.spoken, said, one.server->output(), whose_);
}

// What the client had reached by what it was told is what is recorded.
void direct_transport::check_open_transaction(const client& one, std::size_t attempts_before) {
  const rig::transcript said =
      world_.rigs().transcripts().read(world_.home().sessions()[one.session - 1]->transcript);
  if (said.lost_its_beginning) return;
  const auto open = find_open_transaction(said);
  const std::size_t recorded = world_.attempts().size() - attempts_before;
  if (recorded != (open ? 1U : 0U))
    throw script_error(std::to_string(recorded) + " attempts are recorded at the peer's end");
  if (!open) return;
  const model::attempt_facts& facts = world_.attempts().back()->facts();
  if (facts.reached != open->reached)
    throw script_error("the attempt got to " + std::string(to_string(open->reached)) +
                       " but is recorded at " + std::string(to_string(facts.reached)));
  if (facts.result != open->result)
    throw script_error("the attempt is recorded as " + std::string(to_string(facts.result)));
}

namespace {

// The dialogue up to its n-th step, of which the client said only a part.
script cut_off(const script& whole, std::size_t steps, std::size_t octets_of_last) {
  script result = whole;
  result.steps.resize(steps);
  result.steps.back().text.resize(std::min(octets_of_last, result.steps.back().text.size()));
  return result;
}

// Plays what is left of a dialogue without its expectations, then the peer goes.
void play_and_vanish(const script& part, wire::peer_end how) {
  direct_transport over(part, feeding::whole);
  std::vector<bool> connected(10);
  for (const step& each : part.steps) {
    if (each.what == step::kind::expect) continue;
    if (each.what == step::kind::rig) {
      over.inspect([&each](world& in) { carry_out_in_rig(each, in); });
      continue;
    }
    if (each.what != step::kind::rules && !connected[each.connection])
      over.connect(each.connection, part.protocol_of(each.connection));
    connected[each.connection] = connected[each.connection] || each.what != step::kind::rules;
    switch (each.what) {
      case step::kind::say: over.say(each.connection, each.text); break;
      case step::kind::client_fin: over.shut_down_sending(each.connection); break;
      case step::kind::client_reset: over.reset(each.connection); break;
      case step::kind::client_tls: over.begin_tls(each.connection, each.tls); break;
      case step::kind::pass_time:
      case step::kind::pass_real_time: over.pass_time(each.time); break;
      case step::kind::shut_down: over.shut_down_server(); break;
      case step::kind::rules: {
        std::vector<std::uint64_t> gone;
        over.inspect([&](world& in) { gone = in.replace_rules(each.text); });
        if (!gone.empty()) over.release(gone);
        break;
      }
      default: break;
    }
  }
  over.finish(how);
}

void play_and_vanish(const script& whole, std::size_t steps, std::size_t octets_of_last) {
  const script part = cut_off(whole, steps, octets_of_last);
  for (const wire::peer_end how : {wire::peer_end::fin, wire::peer_end::reset}) {
    try {
      play_and_vanish(part, how);
    } catch (const std::exception& error) {
      const step& last = part.steps.back();
      throw dialogue_failure(whole.name + ".dialogue:" + std::to_string(last.line_number) +
                             ": cut by " + (how == wire::peer_end::fin ? "FIN" : "RST") +
                             " behind '" + printable(last.text) + "': " + error.what());
    }
  }
}

}  // namespace

void play_cut(const script& played) {
  for (std::size_t steps = 1; steps <= played.steps.size(); ++steps) {
    const step& last = played.steps[steps - 1];
    if (last.what == step::kind::expect || last.what == step::kind::rig) continue;
    if (last.what == step::kind::say) play_and_vanish(played, steps, last.text.size() / 2);
    play_and_vanish(played, steps, last.text.size());
  }
}

}  // namespace mailrig::dialogue
