// What holds for the SMTP session whatever a client says:
//
//   1. no crash, and no broken promise of wire/protocol_session.hpp (the driver checks them);
//   2. whole == octet by octet: the same octets in other pieces give the same output and the same
//   records;
//   3. every line that it says is a well-formed reply, and its transcript holds all of them;
//   4. memory is bounded: it leaves at most one command line undecided, it says little more than it
//   was told,
//      and at its end every octet of the budget was given back;
//   5. every transaction that began is kept exactly once, as a message or as an attempt;
//   6. the session ends when its peer goes, whichever way, also in the midst of a TLS handshake;
//   7. nothing that was said before TLS is answered inside it.
//
// Input: an octet of limits and logins, an octet that says which verdict the judge gives, an octet
// that says how the peer goes, at which points the judge sits and how the listener comes to TLS,
// then what the client says. "<tls>" in it stands for a handshake and "<no!>" for one that the
// client refuses, where the session waits for one.
#include "tests/dialogues/driver.hpp"
#include "tests/dialogues/reply_check.hpp"
#include "tests/dialogues/world.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace mailrig;
using dialogue::driver;
using dialogue::scripted_fault;
using dialogue::world;

struct plan {
  dialogue::world_settings settings;
  std::vector<scripted_fault> faults;
  wire::peer_end end = wire::peer_end::fin;
};

constexpr std::string_view handshake = "<tls>";
constexpr std::string_view refusal = "<no!>";
constexpr std::uint8_t unknown_ca = 48;

// Small limits are met often.
dialogue::world_settings settings_of(unsigned bits) {
  dialogue::world_settings result;
  result.limits.transcript_octets = std::size_t{1} << 20;
  result.limits.max_octets = (bits & 1U) != 0 ? 16 * 1024 : std::size_t{1} << 20;
  result.limits.max_messages = (bits & 2U) != 0 ? 2 : 1000;
  result.rules.max_command_line = (bits & 4U) != 0 ? 64 : 4096;
  result.rules.max_message_size = (bits & 8U) != 0 ? 100 : 100'000;
  result.rules.max_recipients = (bits & 16U) != 0 ? 2 : 2000;
  result.rules.auth.max_line = (bits & 4U) != 0 ? 128 : 16'384;
  if ((bits & 64U) != 0) result.rules.auth.users.add_user("alice", "sesame");
  result.rules.auth.is_required = (bits & 128U) != 0;
  result.rules.max_errors = (bits & 32U) != 0 ? 3 : 1000;
  return result;
}

// At the point that the bits name, every second time: reply, delay, close, or what of these they
// ask for.
scripted_fault fault_of(unsigned bits, unsigned more) {
  scripted_fault fault;
  fault.point = static_cast<model::stage>((bits & 15U) | (more & 4U) << 2U);
  fault.nth = (bits & 16U) != 0 ? 2 : 0;
  fault.text = "The judge\nsays so";
  if ((bits & 32U) != 0) fault.verdict.reply = model::reply{450, {4, 7, 1}, {}};
  if ((bits & 64U) != 0) fault.verdict.delay = std::chrono::seconds{1};
  if ((bits & 128U) != 0) fault.verdict.close = model::close_mode::fin_half;
  return fault;
}

plan plan_of(unsigned limits, unsigned judge, unsigned end) {
  plan result;
  result.settings = settings_of(limits);
  if (judge >= 32) result.faults.push_back(fault_of(judge, end));
  result.end = static_cast<wire::peer_end>(end % 5);
  if ((end & 8U) != 0) result.settings.rules.tls = smtp::tls_mode::offered;
  if ((end & 16U) != 0) result.settings.rules.tls = smtp::tls_mode::implicit;
  result.settings.rules.requires_tls = (end & 32U) != 0;
  return result;
}

void demand(bool is_so, const std::string& what) {
  if (is_so) return;
  std::fprintf(stderr, "broken: %s\n", what.c_str());
  std::abort();
}

void demand_none(const std::optional<std::string>& fault) {
  demand(!fault, fault.value_or(""));
}

std::string describe(const model::mail_record& mail) {
  const model::attempt_facts& facts = mail.facts();
  const model::envelope envelope = mail.envelope();
  std::string result = to_string(mail.id()) + ' ' + std::string(to_string(facts.result)) + ' ' +
                       std::string(to_string(facts.reached)) + ' ' +
                       std::to_string(mail.reply_code()) + ' ' + mail.reply_text() + ' ' +
                       std::to_string(facts.octets_received) + ' ' + " <" + envelope.reverse_path +
                       "> " + envelope.parameters;
  for (const model::recipient& each : envelope.recipients)
    result += " <" + each.address + "> " + std::to_string(each.code);
  return result + '\n' + std::string(mail.bytes()) + '\n';
}

// What hangs on when octets come: octet by octet they come behind every reply.
constexpr std::array timing_lints = {model::lint::early_talker, model::lint::pipelining_not_offered,
                                     model::lint::pipelining_past_group_end,
                                     model::lint::body_before_354};

bool hangs_on_timing(const rig::note& note) {
  return note.detail == driver::early_octets ||
         std::any_of(timing_lints.begin(), timing_lints.end(),
                     [&note](model::lint each) { return note.name == describe(each).name; });
}

void erase_all(std::string& transcript, const std::string& line) {
  for (auto at = transcript.find(line); at != std::string::npos; at = transcript.find(line))
    transcript.erase(at, line.size());
}

// Octet by octet nothing comes early, because the harness lets it drop.
std::string without_early_octets(std::string transcript) {
  erase_all(transcript, "N: " + std::string(driver::early_octets) + '\n');
  for (const model::lint each : timing_lints) {
    const model::lint_text& text = describe(each);
    erase_all(transcript,
              "N: " + std::string(text.detail) + " (" + std::string(text.clause) + ")\n");
  }
  return transcript;
}

std::string records_of(world& in) {
  std::string result;
  const store::snapshot stored = in.home().messages().take_snapshot();
  for (auto uid = stored.begin_uid(); uid < stored.end_uid(); ++uid) {
    if (const store::entry* each = stored.find(uid)) result += describe(*each->mail);
  }
  for (const model::mail_ref& each : in.attempts()) result += describe(*each);
  for (const rig::note& each : in.home().sessions().front()->notes) {
    if (!hangs_on_timing(each)) result += each.name + '\n';
  }
  return result + without_early_octets(in.transcript_of(1));
}

struct outcome {
  std::string output;
  std::string records;
};

// Up to the next word that stands for a handshake. Behind STARTTLS a client that pipelines is not
// heard: in one read the driver throws its octets away, here they are not even said.
void say(driver& server, std::string_view segment, std::size_t piece) {
  const bool begins_with_tls = server.awaits_tls();
  while (!segment.empty() && (begins_with_tls || !server.awaits_tls())) {
    server.receive(segment.substr(0, piece));
    segment.remove_prefix(std::min(piece, segment.size()));
  }
}

void speak(driver& server, std::string_view said, std::size_t piece) {
  while (true) {
    const std::size_t at = std::min(said.find(handshake), said.find(refusal));
    say(server, said.substr(0, at), piece);
    if (at == std::string_view::npos) return;
    const bool trusts = said.substr(at).starts_with(handshake);
    if (server.awaits_tls())
      server.handshake({"fuzz.test", {}}, "CN=fuzz", trusts ? 0 : unknown_ca);
    said.remove_prefix(at + handshake.size());
  }
}

outcome run(const plan& how, std::string_view said, std::size_t piece) {
  world in(how.settings, how.faults);
  auto recorder = std::make_unique<rig::session_recorder>(in.rigs(), in.home(), "smtp", "[::1]:1");
  auto session = in.make_session(dialogue::protocol::smtp, *recorder, "::1");
  driver server(std::move(recorder), std::move(session),
                std::max(in.rules().max_command_line, in.rules().auth.max_line));
  const std::size_t told = said.size();
  speak(server, said, piece);
  server.end_of_input(how.end);
  for (std::size_t pauses = 0; server.is_pausing() && pauses <= told; ++pauses)
    server.pass_time(std::chrono::seconds{1});
  demand(server.is_closed(), "the session does not end with its peer");
  demand(server.output().size() <= 1024 + 128 * told, "the session says too much");
  demand_none(dialogue::find_malformed_line(server.output()));
  const rig::transcript transcript =
      in.rigs().transcripts().read(in.home().sessions().front()->transcript);
  demand_none(dialogue::find_fault_of_transcript(
      transcript, server.output(),
      how.faults.empty() ? dialogue::wording::ours : dialogue::wording::of_a_fault));
  outcome result{server.output(), records_of(in)};
  in.check_that_nothing_leaked();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 3) return 0;
  const plan how = plan_of(data[0], data[1], data[2]);
  const std::string_view said(reinterpret_cast<const char*>(data) + 3, size - 3);
  const outcome whole = run(how, said, said.size() + 1);
  const outcome bytes = run(how, said, 1);
  demand(whole.output == bytes.output,
         "whole says\n" + whole.output + "octet by octet says\n" + bytes.output);
  // How far a body grows ahead, and so what is evicted for it, depends on the size of the reads.
  const bool is_memory_scarce = (data[0] & 1U) != 0;
  demand(is_memory_scarce || whole.records == bytes.records,
         "whole records\n" + whole.records + "octet by octet records\n" + bytes.records);
  return 0;
}
