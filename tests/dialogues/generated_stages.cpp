// The table of stages: SMTP and LMTP.
#include "capture/model/id.hpp"
#include "tests/dialogues/generated_rows.hpp"

#include <utility>

namespace mailrig::dialogue {
namespace {

using shape = stage_row::shape;

// Of the first attempt of a world.
const std::string attempt_id = to_string(model::id{2, 1});

// SMTP. LMTP is begun by another word, and else the same.

const std::string hello = "C: HELO c\nS: 250 mailrig\n";
const std::string greeted = "S: 220 *\n" + hello;
const std::string in_mail = greeted + "C: MAIL FROM:<a@a.test>\nS: 250 2.1.0 Sender ok\n";
const std::string recipient = "C: RCPT TO:<b@b.test>\nS: 250 2.1.5 Recipient ok\n";
const std::string with_recipient = in_mail + recipient;
const std::string in_body = with_recipient + "C: DATA\nS: 354 *\n";
const std::string banner = "220 mailrig ESMTP mailrig";
const std::string queued = "250 2.0.0 Ok: queued as " + attempt_id;
const std::string noop = "C: NOOP\nS: 250 2.0.0 Ok\n";
const std::string tls_offered = "# settings: tls=offered\n";
const std::string tls_implicit = "# settings: tls=implicit\n";
// The same within TLS and without.
const std::string few_keywords =
    "# settings: disable=REQUIRETLS,CHUNKING,SMTPUTF8,DELIVERBY,MT-PRIORITY,LIMITS,AUTH,HELP\n";

std::vector<stage_row> before_a_greeting() {
  return {
      {.spoken = "smtp", .stage = "connect", .follows = "S: " + banner + '\n' + noop, .no = noop},
      {.spoken = "smtp", .stage = "banner", .reply = banner, .follows = noop},
      {.spoken = "smtp",
       .stage = "helo",
       .lead = "S: 220 *\n",
       .trigger = "C: HELO c\n",
       .reply = "250 mailrig",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "ehlo",
       .headers = few_keywords,
       .lead = "S: 220 *\n",
       .trigger = "C: EHLO c\n",
       .reply = "250-mailrig\n250-SIZE 104857600\n250-8BITMIME\n250-PIPELINING\n"
                "250-ENHANCEDSTATUSCODES\n250 DSN",
       .follows = noop},
  };
}

std::vector<stage_row> in_tls() {
  const std::string ready = "220 2.0.0 Ready to start TLS";
  const std::string begin = greeted + "C: STARTTLS\n";
  return {
      {.spoken = "smtp",
       .stage = "starttls",
       .headers = tls_offered,
       .lead = greeted,
       .trigger = "C: STARTTLS\n",
       .reply = ready,
       .follows = "C: <tls>\n" + hello,
       .no = noop},
      {.spoken = "smtp",
       .stage = "tls_handshake",
       .headers = tls_offered,
       .lead = begin + "S: " + ready + '\n',
       .trigger = "C: <tls>\n",
       .follows = hello},
      {.spoken = "smtp",
       .stage = "tls_handshake",
       .variant = "implicit",
       .headers = tls_implicit,
       .trigger = "C: <tls>\n",
       .follows = "S: " + banner + '\n' + noop},
  };
}

std::vector<stage_row> of_commands() {
  return {
      {.spoken = "smtp",
       .stage = "mail",
       .lead = greeted,
       .trigger = "C: MAIL FROM:<a@a.test>\n",
       .reply = "250 2.1.0 Sender ok",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "rcpt",
       .lead = in_mail,
       .trigger = "C: RCPT TO:<b@b.test>\n",
       .reply = "250 2.1.5 Recipient ok",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "rset",
       .lead = greeted,
       .trigger = "C: RSET\n",
       .reply = "250 2.0.0 Ok",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "noop",
       .lead = greeted,
       .trigger = "C: NOOP\n",
       .reply = "250 2.0.0 Ok",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "vrfy",
       .lead = greeted,
       .trigger = "C: VRFY b\n",
       .reply = "252 2.5.2 Every recipient is accepted; none is verified",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "help",
       .headers = "# settings: disable=AUTH,CHUNKING,STARTTLS\n",
       .lead = greeted,
       .trigger = "C: HELP\n",
       .reply = "214-2.0.0 Commands: EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP\n"
                "214 2.0.0 mailrig captures every mail and sends none on",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "quit",
       .lead = greeted,
       .trigger = "C: QUIT\n",
       .reply = "221 2.0.0 Bye",
       .what = shape::goodbye},
      {.spoken = "smtp",
       .stage = "unknown",
       .lead = greeted,
       .trigger = "C: WHAT\n",
       .reply = "500 5.5.2 Command not recognised; HELP lists the commands",
       .follows = noop},
      {.spoken = "smtp",
       .stage = "idle",
       .when = R"(, "session.idle": {"ge": "1m"})",
       .lead = greeted + "clock: +1m\n",
       .follows = noop},
  };
}

std::vector<stage_row> of_logins() {
  const std::string name = greeted + "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n";
  const std::string cancel = "C: *\nS: 501 5.*\n";
  return {
      {.spoken = "smtp",
       .stage = "auth.start",
       .lead = greeted,
       .trigger = "C: AUTH LOGIN\n",
       .reply = "334 VXNlcm5hbWU6",
       .follows = cancel,
       .no = noop},
      {.spoken = "smtp",
       .stage = "auth.continue",
       .lead = name,
       .trigger = "C: Ym9i\n",
       .reply = "334 UGFzc3dvcmQ6",
       .follows = cancel,
       .no = noop},
      {.spoken = "smtp",
       .stage = "auth.result",
       .lead = name + "C: Ym9i\nS: 334 UGFzc3dvcmQ6\n",
       .trigger = "C: eA==\n",
       .reply = "235 2.7.0 Authentication successful",
       .follows = noop},
  };
}

std::vector<stage_row> of_mails() {
  return {
      {.spoken = "smtp",
       .stage = "data",
       .lead = with_recipient,
       .trigger = "C: DATA\n",
       .reply = "354 End data with <CR><LF>.<CR><LF>",
       .follows = "C: x\nC: .\nS: " + queued + '\n',
       .no = noop},
      {.spoken = "smtp",
       .stage = "data_body",
       .where = R"(, "after_bytes": 4)",
       .lead = in_body,
       .trigger = "C: 0123\\\n",
       .follows = "C: 456789\nC: .\nS: " + queued + '\n',
       .no = "C: 456789\nC: .\n" + noop},
      {.spoken = "smtp",
       .stage = "data_body",
       .variant = "at_once",
       .where = R"(, "after_bytes": 0)",
       .lead = in_body,
       .follows = "C: 456789\nC: .\nS: " + queued + '\n',
       .no = "C: 456789\nC: .\n" + noop},
      {.spoken = "smtp",
       .stage = "end_of_data",
       .lead = in_body,
       .trigger = "C: x\nC: .\n",
       .reply = queued,
       .follows = noop},
      {.spoken = "smtp",
       .stage = "after_accept",
       .lead = in_body + "C: x\nC: .\nS: " + queued + '\n',
       .follows = noop},
      {.spoken = "smtp",
       .stage = "bdat",
       .lead = with_recipient,
       .trigger = "C: BDAT 3\nC: x\\r\\n\\\n",
       .reply = "250 2.0.0 3 octets received",
       .left_unread = 3,
       .follows = noop},
  };
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string in_lmtp(std::string text) {
  text = replaced(std::move(text), hello, "C: LHLO c\nS*: 250-*\nS: 250 HELP\n");
  return replaced(std::move(text), banner, "220 mailrig LMTP mailrig");
}

// RFC 2033 4: what is said of SMTP, but for the greeting and the end of the data.
stage_row in_lmtp(stage_row row) {
  row.spoken = "lmtp";
  row.headers += "# settings: protocol=lmtp\n";
  for (std::string* each : {&row.lead, &row.reply, &row.follows}) *each = in_lmtp(*each);
  if (row.stage == "ehlo") {
    row.stage = "lhlo";
    row.trigger = "C: LHLO c\n";
  }
  if (row.stage == "help") row.reply = replaced(row.reply, "EHLO HELO", "LHLO");
  return row;
}

// RFC 2033 4.2: of two recipients the first is the rule's; the second has its own reply.
stage_row end_of_data_for_two() {
  return in_lmtp(stage_row{.spoken = "smtp",
                           .stage = "end_of_data",
                           .variant = "for_two",
                           .lead = with_recipient + recipient + "C: DATA\nS: 354 *\n",
                           .trigger = "C: x\nC: .\n",
                           .reply = queued,
                           .follows = "S: " + queued + '\n' + noop});
}

}  // namespace

const std::vector<stage_row>& stage_rows() {
  static const std::vector<stage_row> all = [] {
    std::vector<stage_row> rows;
    const auto add = [&rows](const std::vector<stage_row>& part) {
      rows.insert(rows.end(), part.begin(), part.end());
    };
    for (const auto& part : {before_a_greeting(), in_tls(), of_commands(), of_logins(), of_mails()})
      add(part);
    const std::vector<stage_row> of_smtp = rows;
    for (const stage_row& each : of_smtp) {
      if (each.stage != "helo") rows.push_back(in_lmtp(each));
    }
    rows.push_back(end_of_data_for_two());
    add(pop3_stage_rows());
    return rows;
  }();
  return all;
}

}  // namespace mailrig::dialogue
