// What holds for the POP3 session whatever a client says:
//
//   1. no crash, and no broken promise of wire/protocol_session.hpp (the driver checks them);
//   2. whole == octet by octet: the same octets in other pieces give the same output, the same
//   transcript, and the same mailboxes behind it;
//   3. all that it says is well-formed POP3, and its transcript holds all of it but mails;
//   4. memory is bounded: it leaves at most one command line undecided, sends at most 256 KiB at
//   once, and at its end every octet of the budget was given back;
//   5. the session ends when its peer goes, whichever way, and no mailbox is locked then;
//   6. nothing is deleted unless QUIT was answered by +OK or a rule came in between.
//
// Input: an octet of settings, an octet that says which verdict the judge gives, one that says how
// the peer goes, then what the client says.
#include "tests/dialogues/driver.hpp"
#include "tests/dialogues/reply_check.hpp"
#include "tests/dialogues/world.hpp"

#include <algorithm>
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

// Small limits are met often.
dialogue::world_settings settings_of(unsigned bits) {
  dialogue::world_settings result;
  result.limits.transcript_octets = std::size_t{1} << 20;
  pop3::settings& rules = result.pop3_rules;
  rules.max_command_line = result.rules.max_command_line = (bits & 1U) != 0 ? 64 : 4096;
  rules.max_errors = (bits & 2U) != 0 ? 3 : 1000;
  rules.max_auth_line = result.rules.auth.max_line = 256;
  if ((bits & 4U) != 0) rules.users.add_user("bob@b.test", "secret");
  if ((bits & 8U) != 0) rules.users.set_common_password("sesame");
  if ((bits & 16U) != 0) rules.mailboxes.unknown = model::mailbox_rules::unknown_login::is_refused;
  if ((bits & 32U) != 0) rules.mailboxes.login_delay = std::chrono::seconds{10};
  return result;
}

// At a point of POP3, every second time: reply, delay, close, or what of these the bits ask for.
scripted_fault fault_of(unsigned bits) {
  static constexpr model::stage points[] = {
      model::stage::connect,     model::stage::greeting, model::stage::user,
      model::stage::pass,        model::stage::apop,     model::stage::auth_start,
      model::stage::auth_result, model::stage::stat,     model::stage::list,
      model::stage::uidl,        model::stage::retr,     model::stage::top,
      model::stage::dele,        model::stage::rset,     model::stage::quit,
      model::stage::update};
  scripted_fault fault;
  fault.point = points[bits & 15U];
  fault.nth = (bits & 16U) != 0 ? 2 : 0;
  fault.text = "The judge says so";
  if ((bits & 32U) != 0) fault.verdict.reply = model::reply{500, {}, {}};
  if ((bits & 64U) != 0) fault.verdict.delay = std::chrono::seconds{1};
  if ((bits & 128U) != 0) fault.verdict.close = model::close_mode::fin_half;
  return fault;
}

plan plan_of(unsigned settings, unsigned judge, unsigned end) {
  plan result;
  result.settings = settings_of(settings);
  if (judge >= 32) result.faults.push_back(fault_of(judge));
  result.end = static_cast<wire::peer_end>(end % 5);
  return result;
}

void demand(bool is_so, const std::string& what) {
  if (is_so) return;
  std::fprintf(stderr, "broken: %s\n", what.c_str());
  std::abort();
}

std::string mailboxes_of(world& in) {
  std::string result;
  const auto describe = [&result](std::string_view name, const delivery::mailbox& box) {
    result += name;
    result += ' ' + std::to_string(box.visible()) + ' ' + std::to_string(box.deleted());
    for (const delivery::mailbox::entry& each : box.entries())
      result += ' ' + std::to_string(box.visits_of(each).size());
    result += '\n';
    demand(box.open_by().empty(), "a mailbox is still locked");
  };
  describe("*", *in.home().mailboxes().find("*"));
  for (const auto& [name, box] : in.home().mailboxes().named()) describe(name, box);
  return result;
}

struct outcome {
  std::string output;
  std::string records;
  bool has_deleted = false;
};

outcome run(const plan& how, std::string_view said, std::size_t piece) {
  world in(how.settings, how.faults);
  in.add_mail("bob@b.test,carol@b.test", "Subject: one\r\n\r\n.first\r\n.\r\n");
  in.add_mail("bob@b.test", "no header, no end");
  in.add_mail("bob@c.test", "");
  auto recorder = std::make_unique<rig::session_recorder>(in.rigs(), in.home(), "pop3", "[::1]:1");
  auto session = in.make_session(dialogue::protocol::pop3, *recorder, "::1");
  driver server(std::move(recorder), std::move(session),
                std::max(in.rules().max_command_line, in.rules().auth.max_line));
  const std::size_t told = said.size();
  for (; !said.empty(); said.remove_prefix(std::min(piece, said.size())))
    server.receive(said.substr(0, piece));
  server.end_of_input(how.end);
  for (std::size_t pauses = 0; server.is_pausing() && pauses <= told; ++pauses)
    server.pass_time(std::chrono::seconds{1});
  demand(server.is_closed(), "the session does not end with its peer");
  demand(server.output().size() <= 2048 + 256 * told, "the session says too much");
  const rig::transcript transcript =
      in.rigs().transcripts().read(in.home().sessions().front()->transcript);
  if (const auto fault = dialogue::find_fault_of_pop3(transcript, server.output()))
    demand(false, *fault);
  outcome result{server.output(), mailboxes_of(in) + in.transcript_of(1)};
  for (const auto& [name, box] : in.home().mailboxes().named())
    result.has_deleted = result.has_deleted || box.deleted() > 0;
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
  demand(whole.records == bytes.records,
         "whole records\n" + whole.records + "octet by octet records\n" + bytes.records);
  const bool is_dismissed = whole.output.find("+OK Bye\r\n") != std::string::npos;
  demand(
      !whole.has_deleted || is_dismissed || !how.faults.empty() || how.end == wire::peer_end::reset,
      "something is deleted without QUIT");
  return 0;
}
