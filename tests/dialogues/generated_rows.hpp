// The two tables of which dialogues are generated, and what an action makes of a reply.
//
// Internal to generated*.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::dialogue {

// How a dialogue comes to a stage, and what happens there on a good day.
struct stage_row {
  std::string spoken;        // "smtp", "lmtp", "pop3"
  std::string stage;         // as rules name it
  std::string variant = {};  // tells rows of one stage apart
  std::string headers = {};  // "# settings: tls=offered\n"
  std::string where = {};    // beside protocol and stage: ", \"after_bytes\": 4"
  std::string when = {};     // beside `nth`, likewise
  std::string lead = {};     // steps that lead there
  std::string trigger = {};  // the client's, that brings the session there; may be empty
  // What is said on a good day, octet for octet, without the last line end; empty: nothing is.
  std::string reply = {};
  // In POP3: behind its first line there is more, which the rules see apart from it.
  enum class shape { reply, listing, body, goodbye };
  shape what = shape::reply;
  std::size_t left_unread = 0;  // octets of the trigger that are not waited for by who closes
  std::size_t written = 0;      // of a body, before the rule is asked
  std::string follows = {};     // the steps behind it when the session goes on
  std::optional<std::string> no = {};  // those behind a refusal by the rule; nothing: the same
};

// What becomes of a reply by an action. Beside steps there stand in `comes`: {reply} for what is
// said on a good day, {no}, {no of lines} and {bye} for what the rule says, {two} for the first two
// octets, and {spoiled KIND}.
struct action_row {
  std::string_view name;
  std::string_view smtp;  // actions of a rule for SMTP and LMTP
  std::string_view pop3;  // for POP3; empty: the same
  std::string_view comes;
  bool ends_session = false;  // no further command is answered
  bool refuses = false;       // the session goes on as behind a refusal
};

[[nodiscard]] const std::vector<stage_row>& stage_rows();
[[nodiscard]] std::vector<stage_row> pop3_stage_rows();
[[nodiscard]] const std::vector<action_row>& action_rows();

// The octets of a reply that is wrong in the way of `malform`.
[[nodiscard]] std::string spoiled(std::string_view kind, const stage_row& at);

}  // namespace mailrig::dialogue
