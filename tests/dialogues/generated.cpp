#include "tests/dialogues/generated.hpp"

#include <array>
#include <string>
#include <string_view>

namespace mailrig::dialogue {
namespace {

// How a dialogue comes to a stage, and what happens there on a good day.
struct stage_row {
  std::string_view spoken;   // "smtp", "lmtp", "pop3"
  std::string_view stage;    // as rules name it
  std::string_view lead;     // steps that lead there
  std::string_view trigger;  // the client's line that brings the session there; may be empty
  std::string_view reply;    // the line of the good day, octet for octet; empty: none is said there
  std::string_view go_on;    // a line that the client can say behind any reply but a closing one
  std::string_view answer;   // and what answers it
};

constexpr std::string_view greeted = "S: 220 *\nC: HELO c\nS: 250 mailrig\n";
constexpr std::string_view in_mail =
    "S: 220 *\nC: HELO c\nS: 250 mailrig\nC: MAIL FROM:<a@a.test>\nS: 250 2.1.0 Sender ok\n";
constexpr std::string_view with_recipient =
    "S: 220 *\nC: HELO c\nS: 250 mailrig\nC: MAIL FROM:<a@a.test>\nS: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<b@b.test>\nS: 250 2.1.5 Recipient ok\n";
constexpr std::string_view lmtp_with_recipient =
    "S: 220 *\nC: LHLO c\nS*: 250-*\nS: 250 HELP\nC: MAIL FROM:<a@a.test>\nS: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<b@b.test>\nS: 250 2.1.5 Recipient ok\n";
constexpr std::string_view asked_for_password =
    "S: 220 *\nC: HELO c\nS: 250 mailrig\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n";
constexpr std::string_view asked_for_secret =
    "S: 220 *\nC: HELO c\nS: 250 mailrig\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: Ym9i\n"
    "S: 334 UGFzc3dvcmQ6\n";
constexpr std::string_view noop = "C: NOOP\n";
constexpr std::string_view noop_ok = "S: 250 2.0.0 Ok\n";

constexpr std::string_view logged_in =
    "rig: mail rcpt=b@b.test text=\"Subject: x\\r\\n\\r\\ny\\r\\n\"\nS: +OK *\nC: USER b@b.test\n"
    "S: +OK Send PASS\nC: PASS x\nS: +OK *\n";
constexpr std::string_view pop3_greeted = "S: +OK *\n";
constexpr std::string_view pop3_named = "S: +OK *\nC: USER b@b.test\nS: +OK Send PASS\n";

constexpr std::array<stage_row, 28> stages = {{
    {"smtp", "banner", "", "", "220 mailrig ESMTP mailrig", "", ""},
    {"smtp", "helo", "S: 220 *\n", "C: HELO c\n", "250 mailrig", "", ""},
    {"smtp", "mail", greeted, "C: MAIL FROM:<a@a.test>\n", "250 2.1.0 Sender ok", noop, noop_ok},
    {"smtp", "rcpt", in_mail, "C: RCPT TO:<b@b.test>\n", "250 2.1.5 Recipient ok", noop, noop_ok},
    {"smtp", "data", with_recipient, "C: DATA\n", "354 End data with <CR><LF>.<CR><LF>", "", ""},
    {"smtp", "rset", greeted, "C: RSET\n", "250 2.0.0 Ok", noop, noop_ok},
    {"smtp", "noop", greeted, "C: NOOP\n", "250 2.0.0 Ok", "C: RSET\n", noop_ok},
    {"smtp", "vrfy", greeted, "C: VRFY b\n",
     "252 2.5.2 Every recipient is accepted; none is verified", noop, noop_ok},
    {"smtp", "quit", greeted, "C: QUIT\n", "221 2.0.0 Bye", "", ""},
    {"smtp", "unknown", greeted, "C: WHAT\n",
     "500 5.5.2 Command not recognised; HELP lists the commands", noop, noop_ok},
    {"smtp", "auth.start", greeted, "C: AUTH LOGIN\n", "334 VXNlcm5hbWU6", "", ""},
    {"smtp", "auth.continue", asked_for_password, "C: Ym9i\n", "334 UGFzc3dvcmQ6", "", ""},
    {"smtp", "auth.result", asked_for_secret, "C: eA==\n", "235 2.7.0 Authentication successful",
     noop, noop_ok},
    {"smtp", "bdat", with_recipient, "C: BDAT 3\nC: x\\r\\n\\\n", "250 2.0.0 3 octets received",
     noop, noop_ok},
    {"lmtp", "mail", "S: 220 *\nC: LHLO c\nS*: 250-*\nS: 250 HELP\n", "C: MAIL FROM:<a@a.test>\n",
     "250 2.1.0 Sender ok", noop, noop_ok},
    {"lmtp", "data", lmtp_with_recipient, "C: DATA\n", "354 End data with <CR><LF>.<CR><LF>", "",
     ""},
    {"pop3", "greeting", "", "", "+OK mailrig is ready <00000000000LygHa16AHYH@mailrig>", "", ""},
    {"pop3", "user", pop3_greeted, "C: USER b@b.test\n", "+OK Send PASS", "", ""},
    {"pop3", "pass", pop3_named, "C: PASS x\n", "+OK b@b.test has 0 messages (0 octets)", "", ""},
    {"pop3", "stat", logged_in, "C: STAT\n", "+OK 1 17", "C: NOOP\n", "S: +OK Ok\n"},
    {"pop3", "noop", logged_in, "C: NOOP\n", "+OK Ok", "C: STAT\n", "S: +OK 1 17\n"},
    {"pop3", "dele", logged_in, "C: DELE 1\n", "+OK Message 1 goes at QUIT", "C: NOOP\n",
     "S: +OK Ok\n"},
    {"pop3", "rset", logged_in, "C: RSET\n", "+OK No message is marked as deleted", "C: NOOP\n",
     "S: +OK Ok\n"},
    {"pop3", "last", logged_in, "C: LAST\n", "+OK 0", "C: NOOP\n", "S: +OK Ok\n"},
    {"pop3", "utf8", pop3_greeted, "C: UTF8\n", "+OK UTF-8 it is", "C: NOOP\n",
     "S: -ERR Log in first\n"},
    {"pop3", "unknown", logged_in, "C: WHAT\n",
     "-ERR Command not recognised; CAPA lists what is offered", "C: NOOP\n", "S: +OK Ok\n"},
    {"pop3", "quit", logged_in, "C: QUIT\n", "+OK Bye", "", ""},
    {"pop3", "update", logged_in, "C: QUIT\n", "+OK Bye", "", ""},
}};

// What becomes of a reply by an action. In the texts {reply} stands for the reply of the good day,
// {code} for its first word and {text} for what is behind it.
struct action_row {
  std::string_view name;
  std::string_view smtp;      // actions of a rule for SMTP and LMTP
  std::string_view pop3;      // for POP3; empty: the same
  std::string_view comes;     // the steps that follow
  bool ends_session = false;  // no further command is answered
};

constexpr std::array<action_row, 33> actions = {{
    {"reply", R"({"reply": {"code": 451, "enhanced": "4.7.1", "text": "no"}})",
     R"({"reply": {"code": "-ERR", "text": "[SYS/TEMP] no"}})", "{no}"},
    {"reply_of_lines", R"({"reply": {"code": 451, "lines": ["one", "two"]}})",
     R"({"reply": {"code": "-ERR", "text": "[SYS/TEMP] no"}})", "{no of lines}"},
    {"reply_raw", R"({"reply": {"code": 451, "raw_base64": "NDUxIMDADQo="}})",
     R"({"reply": {"code": "-ERR", "raw_base64": "NDUxIMDADQo="}})",
     "S: <octets 451 \\xc0\\xc0\\r\\n>"},
    {"close_fin_drain", R"({"close": {"mode": "fin_drain"}})", "", "S: <close fin_drain>", true},
    {"close_fin_half", R"({"close": {"mode": "fin_half"}})", "", "S: <close fin_half>", true},
    {"close_abrupt", R"({"close": {"mode": "abrupt"}})", "", "S: <close abrupt>", true},
    {"close_reset", R"({"close": {"mode": "reset"}})", "", "S: <reset>", true},
    {"close_behind_a_hold", R"({"close": {"mode": "reset", "hold": "20ms"}})", "",
     "clock: +20ms\nS: <reset>", true},
    {"reply_close_fin_drain",
     R"({"reply": {"code": 421, "text": "bye"}}, {"close": {"mode": "fin_drain"}})",
     R"({"reply": {"code": "-ERR", "text": "bye"}}, {"close": {"mode": "fin_drain"}})",
     "{bye}S: <close fin_drain>", true},
    {"reply_close_abrupt",
     R"({"reply": {"code": 421, "text": "bye"}}, {"close": {"mode": "abrupt"}})",
     R"({"reply": {"code": "-ERR", "text": "bye"}}, {"close": {"mode": "abrupt"}})",
     "{bye}S: <close abrupt>", true},
    {"reply_close_reset",
     R"({"reply": {"code": 421, "text": "bye"}}, {"close": {"mode": "reset"}})",
     R"({"reply": {"code": "-ERR", "text": "bye"}}, {"close": {"mode": "reset"}})",
     "{bye}S: <reset>", true},
    {"delay", R"({"delay": {"for": "20ms"}})", "", "S: <nothing>\nclock: +20ms\nS: {reply}"},
    {"delay_close", R"({"delay": {"for": "20ms"}}, {"close": {"mode": "reset"}})", "",
     "S: <nothing>\nclock: +20ms\nS: <reset>", true},
    {"reply_slow_close",
     R"({"reply": {"code": 421, "text": "bye"}}, {"delay": {"for": "20ms"}}, {"close": {}})",
     R"({"reply": {"code": "-ERR", "text": "bye"}}, {"delay": {"for": "20ms"}}, {"close": {}})",
     "{bye}S: <nothing>\nclock: +20ms\nS: <close fin_drain>", true},
    {"stall", R"({"stall": {"max": "20ms"}})", "",
     "S: <nothing>\nclock: +20ms\nS: <close fin_drain>", true},
    {"stall_reset", R"({"stall": {"max": "20ms", "then": {"close": {"mode": "reset"}}}})", "",
     "S: <nothing>\nclock: +20ms\nS: <reset>", true},
    {"stall_go_on", R"({"stall": {"max": "20ms", "then": "go_on"}})", "",
     "S: <nothing>\nclock: +20ms\nS: {reply}"},
    {"drip", R"({"drip": {"bytes": 1, "gap": "0ms"}})", "", "S: {reply}"},
    {"slice", R"({"slice": {"size": 4}})", "", "S: {reply}"},
    {"partial_fin", R"({"partial": {"bytes": 2}}, {"close": {}})", "",
     "S: <octets {two}>\nS: <close fin_drain>", true},
    {"partial_reset", R"({"partial": {"bytes": 2}}, {"close": {"mode": "reset"}})", "",
     "S: <octets {two}>\nS: <reset>", true},
    {"omit", R"({"omit": {}})", "", "S: <nothing>"},
    {"extra_before", R"({"extra": {"text": "more", "place": "before"}})", "",
     "S: more\nS: {reply}"},
    {"extra_after", R"({"extra": {"text": "more", "place": "after"}})", "", "S: {reply}\nS: more"},
    {"malform_no_code", R"({"malform": {"kind": "no_code"}})", "", "S: <octets {text}\\r\\n>"},
    {"malform_no_space", R"({"malform": {"kind": "no_space"}})", "",
     "S: <octets {code}{text}\\r\\n>"},
    {"malform_code_only", R"({"malform": {"kind": "code_only"}})", "", "S: <octets {code}\\r\\n>"},
    {"malform_lf_only", R"({"malform": {"kind": "lf_only"}})", "", "S: <octets {reply}\\n>"},
    {"malform_cr_only", R"({"malform": {"kind": "cr_only"}})", "", "S: <octets {reply}\\r>"},
    {"malform_no_eol", R"({"malform": {"kind": "no_eol"}})", "", "S: <octets {reply}>"},
    {"throttle", R"({"throttle": {"out": 2000, "latency": "1ms"}})", "", "S: {reply}"},
    {"stop_reading", R"({"stop_reading": {"max": "20ms"}})", "",
     "S: <nothing>\nclock: +20ms\nS: <close fin_drain>", true},
    {"tag", R"({"tag": {"label": "seen"}})", "", "S: {reply}"},
}};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

bool is_closing(const stage_row& at) {
  return at.stage == "quit" || at.stage == "update";
}

std::string expected(const stage_row& at, const action_row& what) {
  const bool is_pop3 = at.spoken == "pop3";
  const std::string_view code = at.reply.substr(0, at.reply.find(' '));
  const std::string_view text = at.reply.substr(code.size() + 1);
  std::string steps(what.comes);
  // Whether the client is told or not, it has said goodbye.
  if (is_closing(at) && what.name == "omit") return {};
  steps = replaced(std::move(steps), "{no}", is_pop3 ? "S: -ERR [SYS/TEMP] no" : "S: 451 4.7.1 no");
  steps = replaced(std::move(steps), "{no of lines}",
                   is_pop3 ? "S: -ERR [SYS/TEMP] no" : "S: 451-one\nS: 451 two");
  steps = replaced(std::move(steps), "{bye}", is_pop3 ? "S: -ERR bye\n" : "S: 421 bye\n");
  steps = replaced(std::move(steps), "{two}", at.reply.substr(0, 2));
  steps = replaced(std::move(steps), "{reply}", at.reply);
  steps = replaced(std::move(steps), "{code}", code);
  return replaced(std::move(steps), "{text}", text) + '\n';
}

script make(const stage_row& at, const action_row& what) {
  const bool is_pop3 = at.spoken == "pop3";
  const std::string_view chosen = is_pop3 && !what.pop3.empty() ? what.pop3 : what.smtp;
  std::string text = "# generated\n# protocol: ";
  text += is_pop3 ? "pop3\n" : "smtp\n";
  if (at.spoken == "lmtp") text += "# settings: protocol=lmtp\n";
  text += "# rules: {\"rules\": [{\"id\": \"r\", \"where\": {\"protocol\": \"";
  text.append(at.spoken).append(R"(", "stage": ")").append(at.stage);
  text.append(R"("}, "when": {"nth": 1}, "actions": [)").append(chosen).append("]}]}\n");
  text.append(at.lead).append(at.trigger).append(expected(at, what));
  if (!what.ends_session && !is_closing(at)) text.append(at.go_on).append(at.answer);
  if (!what.ends_session && is_closing(at)) text += "S: <close fin_drain>\n";
  text += "M: hits 1\nM: hit 1 rule=r stage=";
  text.append(at.stage).append("\nM: session 1 transcript=\"*N: rule r acts at ");
  text.append(at.stage).append(": *\"\n");
  std::string name(at.spoken);
  return parse_script(name.append("_").append(at.stage).append("_").append(what.name), text);
}

}  // namespace

std::vector<script> generated_scripts() {
  std::vector<script> all;
  for (const stage_row& at : stages) {
    for (const action_row& what : actions) all.push_back(make(at, what));
  }
  return all;
}

}  // namespace mailrig::dialogue
