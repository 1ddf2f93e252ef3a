// The table of stages: POP3.
#include "capture/model/id.hpp"
#include "tests/dialogues/generated_rows.hpp"

#include <utility>

namespace mailrig::dialogue {
namespace {

using shape = stage_row::shape;

// The first session and the first attempt of a world.
const std::string session_id = to_string(model::id{1, 1});
const std::string attempt_id = to_string(model::id{2, 1});

const std::string tls_offered = "# settings: tls=offered\n";
const std::string tls_implicit = "# settings: tls=implicit\n";

const std::string mail = "rig: mail rcpt=b@b.test text=\"Subject: x\\r\\n\\r\\n.y\\r\\n\"\n";
const std::string logged_in =
    mail + "S: +OK *\nC: USER b@b.test\nS: +OK Send PASS\nC: PASS x\nS: +OK *\n";
const std::string welcomed = "S: +OK *\n";
const std::string greeting = "+OK mailrig is ready <" + session_id + "@mailrig>";
const std::string empty_mailbox = "+OK b@b.test has 0 messages (0 octets)";
const std::string ok = "C: NOOP\nS: +OK Ok\n";
const std::string not_yet = "C: NOOP\nS: -ERR Log in first\n";

std::vector<stage_row> before_a_login() {
  const std::string begin = "+OK Begin the TLS handshake";
  return {
      {.spoken = "pop3",
       .stage = "connect",
       .follows = "S: " + greeting + '\n' + not_yet,
       .no = not_yet},
      {.spoken = "pop3", .stage = "greeting", .reply = greeting, .follows = not_yet},
      {.spoken = "pop3",
       .stage = "capa",
       .lead = welcomed,
       .trigger = "C: CAPA\n",
       .reply = "+OK Capabilities follow\nTOP\nUSER\nUIDL\nRESP-CODES\nAUTH-RESP-CODE\nPIPELINING\n"
                "EXPIRE NEVER\nLOGIN-DELAY 0\nSASL PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER\n"
                "UTF8 USER\nLANG\nIMPLEMENTATION mailrig\n.",
       .what = shape::listing,
       .follows = not_yet},
      {.spoken = "pop3",
       .stage = "stls",
       .headers = tls_offered,
       .lead = welcomed,
       .trigger = "C: STLS\n",
       .reply = begin,
       .follows = "C: <tls>\n" + not_yet,
       .no = not_yet},
      {.spoken = "pop3",
       .stage = "tls_handshake",
       .headers = tls_offered,
       .lead = welcomed + "C: STLS\nS: " + begin + '\n',
       .trigger = "C: <tls>\n",
       .follows = not_yet},
      {.spoken = "pop3",
       .stage = "tls_handshake",
       .variant = "implicit",
       .headers = tls_implicit,
       .trigger = "C: <tls>\n",
       .follows = "S: " + greeting + '\n' + not_yet},
      {.spoken = "pop3",
       .stage = "utf8",
       .lead = welcomed,
       .trigger = "C: UTF8\n",
       .reply = "+OK UTF-8 it is",
       .follows = not_yet},
      {.spoken = "pop3",
       .stage = "lang",
       .lead = welcomed,
       .trigger = "C: LANG\n",
       .reply = "+OK Languages follow\ni-default English\nen English\n.",
       .what = shape::listing,
       .follows = not_yet},
      {.spoken = "pop3",
       .stage = "idle",
       .when = R"(, "session.idle": {"ge": "1m"})",
       .lead = logged_in + "clock: +1m\n",
       .follows = ok},
  };
}

std::vector<stage_row> of_pop3_logins() {
  const std::string name = welcomed + "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\n";
  const std::string cancel = "C: *\nS: -ERR *\n";
  return {
      {.spoken = "pop3",
       .stage = "user",
       .lead = welcomed,
       .trigger = "C: USER b@b.test\n",
       .reply = "+OK Send PASS",
       .follows = not_yet},
      {.spoken = "pop3",
       .stage = "pass",
       .lead = welcomed + "C: USER b@b.test\nS: +OK Send PASS\n",
       .trigger = "C: PASS x\n",
       .reply = empty_mailbox,
       .follows = ok,
       .no = not_yet},
      {.spoken = "pop3",
       .stage = "apop",
       .lead = welcomed,
       .trigger = "C: APOP b@b.test 0123456789abcdef0123456789abcdef\n",
       .reply = empty_mailbox,
       .follows = ok,
       .no = not_yet},
      {.spoken = "pop3",
       .stage = "auth.start",
       .lead = welcomed,
       .trigger = "C: AUTH LOGIN\n",
       .reply = "+ VXNlcm5hbWU6",
       .follows = cancel,
       .no = not_yet},
      {.spoken = "pop3",
       .stage = "auth.continue",
       .lead = name,
       .trigger = "C: YkBiLnRlc3Q=\n",
       .reply = "+ UGFzc3dvcmQ6",
       .follows = cancel,
       .no = not_yet},
      {.spoken = "pop3",
       .stage = "auth.result",
       .lead = name + "C: YkBiLnRlc3Q=\nS: + UGFzc3dvcmQ6\n",
       .trigger = "C: eA==\n",
       .reply = empty_mailbox,
       .follows = ok,
       .no = not_yet},
  };
}

// A command of a session that has logged in.
stage_row behind_a_login(const char* stage, const char* command, std::string reply,
                         shape what = shape::reply) {
  return {.spoken = "pop3",
          .stage = stage,
          .lead = logged_in,
          .trigger = "C: " + std::string(command) + '\n',
          .reply = std::move(reply),
          .what = what,
          .follows = what == shape::goodbye ? "" : ok};
}

std::vector<stage_row> of_a_mailbox() {
  const std::string body = "Subject: x\n\n..y\n.";
  stage_row retr_body = behind_a_login("retr_body", "RETR 1", body, shape::body);
  retr_body.lead += retr_body.trigger + "S: +OK 18 octets\n";
  retr_body.trigger.clear();
  retr_body.where = R"(, "after_bytes": 0)";
  stage_row behind_ten = retr_body;
  behind_ten.variant = "behind_ten";
  behind_ten.where = R"(, "after_bytes": 10)";
  behind_ten.lead += "S: <octets Subject: x>\n";
  behind_ten.reply.erase(0, 10);
  behind_ten.written = 10;
  return {
      behind_a_login("stat", "STAT", "+OK 1 18"),
      behind_a_login("list", "LIST", "+OK 1 message (18 octets)\n1 18\n.", shape::listing),
      behind_a_login("uidl", "UIDL", "+OK 1 message (18 octets)\n1 " + attempt_id + "\n.",
                     shape::listing),
      behind_a_login("retr", "RETR 1", "+OK 18 octets\n" + body, shape::listing),
      retr_body,
      behind_ten,
      behind_a_login("top", "TOP 1 9", "+OK 18 octets\n" + body, shape::listing),
      behind_a_login("dele", "DELE 1", "+OK Message 1 goes at QUIT"),
      behind_a_login("noop", "NOOP", "+OK Ok"),
      behind_a_login("rset", "RSET", "+OK No message is marked as deleted"),
      behind_a_login("last", "LAST", "+OK 0"),
      behind_a_login("unknown", "WHAT", "-ERR Command not recognised; CAPA lists what is offered"),
      behind_a_login("quit", "QUIT", "+OK Bye", shape::goodbye),
      behind_a_login("update", "QUIT", "+OK Bye", shape::goodbye),
  };
}

}  // namespace

std::vector<stage_row> pop3_stage_rows() {
  std::vector<stage_row> rows;
  for (const auto& part : {before_a_login(), of_pop3_logins(), of_a_mailbox()})
    rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

}  // namespace mailrig::dialogue
