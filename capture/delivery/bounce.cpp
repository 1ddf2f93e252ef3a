// Delivery status notifications as several mail servers write them. What a program reads of one
// (who failed, why, for good or for now) is the same in all but two: qmail's and the free text have
// no machine-readable part, which is why programs that read bounces need them.
#include "capture/delivery/report.hpp"
#include "capture/mime/encode.hpp"
#include "faults/text.hpp"

#include <array>

namespace mailrig::delivery {
namespace {

constexpr auto given_up_after = std::chrono::days{5};  // RFC 5321 4.5.4.1
constexpr std::size_t most_given_back = std::size_t{1} << 20;

struct known_reason {
  std::string_view detail;  // of the status, without its class (RFC 3463 3)
  std::string_view text;
};
constexpr std::array<known_reason, 7> reasons = {{
    {".1.1", "mailbox unknown"},
    {".1.2", "host unknown"},
    {".2.1", "mailbox disabled"},
    {".2.2", "mailbox full"},
    {".3.4", "message too large"},
    {".4.1", "no answer from the host"},
    {".7.1", "refused by policy"},
}};

enum class result { failed, delayed, delivered };

// What all styles say, each in its way.
struct story {
  story(const faults::bounce& what, const cause& of, const generation& how);

  const cause& of;
  const generation& how;
  result outcome;
  std::string status;
  std::string diagnostic;
  std::string remote_mta;
  std::string command;
  returned original;
};

std::string default_diagnostic(const faults::bounce& what, const cause& of) {
  std::string_view reason = "message not accepted";
  for (const known_reason& each : reasons) {
    if (what.status.substr(1) == each.detail) reason = each.text;
  }
  const std::string_view code = what.status.front() == '5'   ? "550 "
                                : what.status.front() == '4' ? "450 "
                                                             : "250 ";
  return std::string(code) + what.status + " <" + of.recipient + ">: " + std::string(reason);
}

// RFC 3461 4.3: the sender may ask for either, of failures; others get the header back.
returned what_is_returned(const cause& of, result outcome) {
  if (outcome != result::failed) return returned::header;
  if (of.parameters.ret)
    return *of.parameters.ret == model::dsn_return::full ? returned::whole : returned::header;
  return of.mail.bytes().size() > most_given_back ? returned::header : returned::whole;
}

story::story(const faults::bounce& what, const cause& cause_of, const generation& generated)
    : of(cause_of),
      how(generated),
      outcome(what.status.front() == '5'   ? result::failed
              : what.status.front() == '4' ? result::delayed
                                           : result::delivered),
      status(what.status),
      diagnostic(what.diagnostic.empty() ? default_diagnostic(what, of) : what.diagnostic),
      remote_mta(what.remote_mta.empty() ? "mx." + std::string(faults::domain_of(of.recipient))
                                         : what.remote_mta),
      command(!what.in_reply_to.empty()                  ? what.in_reply_to
              : what.status.substr(1).starts_with(".1.") ? "RCPT TO"
                                                         : "end of DATA"),
      original(what_is_returned(of, outcome)) {}

std::string_view action_of(result outcome) {
  static constexpr std::array<std::string_view, 3> names = {"failed", "delayed", "delivered"};
  return names[static_cast<std::size_t>(outcome)];
}

// RFC 6533 3: an address that is not ASCII has a type of its own.
bool is_international(const story& told) {
  return has_eight_bits(told.of.recipient);
}

// RFC 3464 2: a block about the message, an empty line, a block about the recipient.
std::string status_fields(const story& told) {
  const generation& how = told.how;
  std::string out = field("Reporting-MTA", "dns; " + std::string(how.host));
  if (told.of.parameters.envid) out += field("Original-Envelope-Id", *told.of.parameters.envid);
  out += field("Arrival-Date", mail_date(how.arrived)) + "\r\n";
  if (const auto& given = told.of.recipient_parameters.orcpt)
    out += field("Original-Recipient", given->address_type + "; " + given->address);
  const std::string_view type = is_international(told) ? "utf-8; " : "rfc822; ";
  out += field("Final-Recipient", std::string(type) + told.of.recipient);
  out += field("Action", action_of(told.outcome)) + field("Status", told.status);
  out += field("Remote-MTA", "dns; " + told.remote_mta);
  out += field("Diagnostic-Code", "smtp; " + told.diagnostic);
  out += field("Last-Attempt-Date", mail_date(how.at));
  if (told.outcome == result::delayed)
    out += field("Will-Retry-Until", mail_date(how.arrived + given_up_after));
  return out;
}

std::string report(const story& told, std::string text) {
  return report_of({.report_type = "delivery-status",
                    .type = is_international(told) ? "global-delivery-status" : "delivery-status",
                    .text = std::move(text),
                    .report = status_fields(told),
                    .original = told.original},
                   told.of, told.how);
}

std::string at_host(std::string_view local, const story& told) {
  return std::string(local) + '@' + std::string(told.how.host);
}

// Styles

template <class Text>
Text pick(const story& told, Text failed, Text delayed, Text delivered) {
  if (told.outcome == result::failed) return failed;
  return told.outcome == result::delayed ? delayed : delivered;
}

std::string as_postfix(const story& told) {
  const mail_header header{
      at_host("MAILER-DAEMON", told) + " (Mail Delivery System)",
      pick<std::string>(told, "Undelivered Mail Returned to Sender",
                        "Delayed Mail (still being retried)", "Successful Mail Delivery Report")};
  const std::string said = pick<std::string>(
      told, "Your message could not be delivered to the recipient below.",
      "Your message could not be delivered yet. Nothing is to be done: it is tried again.",
      "Your message was delivered to the recipient below.");
  return header_of(header, told.of, told.how) +
         report(told, "This is the mail system at host " + std::string(told.how.host) +
                          ".\r\n\r\n" + said + "\r\n\r\n<" + told.of.recipient + ">: host " +
                          told.remote_mta + " said: " + told.diagnostic + " (in reply to\r\n    " +
                          told.command + " command)\r\n");
}

std::string as_exchange(const story& told) {
  const std::string_view prefix =
      pick<std::string_view>(told, "Undeliverable: ", "Delivery delayed: ", "Delivered: ");
  const mail_header header{"Microsoft Outlook <" + at_host("postmaster", told) + '>',
                           std::string(prefix) + told.of.subject};
  const std::string said =
      pick<std::string>(told, "Delivery has failed to these recipients or groups:",
                        "Delivery to these recipients or groups is delayed; it is tried again:",
                        "Your message has been delivered to the following recipients:");
  return header_of(header, told.of, told.how) + field("X-MS-Exchange-Message-Is-Ndr", "") +
         field("Content-Language", "en-US") + field_if_any("In-Reply-To", told.of.message_id) +
         report(told, said + "\r\n\r\n" + told.of.recipient +
                          "\r\n\r\nDiagnostic information for administrators:\r\n\r\n"
                          "Generating server: " +
                          std::string(told.how.host) + "\r\n\r\n" + told.of.recipient + "\r\n" +
                          told.remote_mta + "\r\nRemote Server returned '" + told.diagnostic +
                          "'\r\n");
}

std::string as_gmail(const story& told) {
  const mail_header header{"Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
                           pick<std::string>(told, "Delivery Status Notification (Failure)",
                                             "Delivery Status Notification (Delay)",
                                             "Delivery Status Notification (Success)")};
  const std::string said = pick<std::string>(
      told, "** Message not delivered **\r\n\r\nIt did not reach " + told.of.recipient + '.',
      "** Delivery incomplete **\r\n\r\nIt did not reach " + told.of.recipient +
          " yet; it is tried again.",
      "It reached " + told.of.recipient + '.');
  return header_of(header, told.of, told.how) + field("X-Failed-Recipients", told.of.recipient) +
         field_if_any("In-Reply-To", told.of.message_id) +
         report(told, said + "\r\n\r\nThe response from the remote server was:\r\n" +
                          told.diagnostic + "\r\n");
}

std::string as_exim(const story& told) {
  const mail_header header{
      "Mail Delivery System <" + at_host("Mailer-Daemon", told) + '>',
      pick<std::string>(told, "Mail delivery failed: returning message to sender",
                        "Warning: message delayed", "Delivery report")};
  const std::string said = pick<std::string>(
      told, "This error is permanent. The following address failed:",
      "The message is still in the queue. The following address has not been reached:",
      "The following address was reached:");
  return header_of(header, told.of, told.how) + field("X-Failed-Recipients", told.of.recipient) +
         report(told, "This message was created automatically by mail delivery software.\r\n\r\n" +
                          said + "\r\n\r\n  " + told.of.recipient + "\r\n    host " +
                          told.remote_mta + "\r\n    SMTP error from remote mail server after " +
                          told.command + ":\r\n    " + told.diagnostic + "\r\n");
}

std::string_view given_back(const story& told) {
  const std::string_view octets = told.of.mail.bytes();
  return told.original == returned::whole ? octets : header_block_of(octets);
}

std::string plain(std::string_view text) {
  return field("Content-Type", "text/plain; charset=utf-8") +
         field("Content-Transfer-Encoding", has_eight_bits(text) ? "8bit" : "7bit") + "\r\n" +
         std::string(text);
}

// The qmail-send bounce message format, which has its own machine-readable marks: the first words,
// the recipients in angle brackets with a colon, and the line that begins with three hyphens.
std::string as_qmail(const story& told) {
  const mail_header header{at_host("MAILER-DAEMON", told), "failure notice"};
  const std::string said =
      pick<std::string>(told, "This is a permanent error; I've given up. Sorry it didn't work out.",
                        "I'm not going to try again; this message has been in the queue too long.",
                        "It was delivered.");
  return header_of(header, told.of, told.how) +
         plain("Hi. This is the qmail-send program at " + std::string(told.how.host) +
               ".\r\nI'm afraid I wasn't able to deliver your message to the following "
               "addresses.\r\n" +
               said + "\r\n\r\n<" + told.of.recipient + ">:\r\n" + told.remote_mta +
               " does not like recipient.\r\nRemote host said: " + told.diagnostic +
               "\r\nGiving up on " + told.remote_mta +
               ".\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <" +
               told.of.sender + ">\r\n" + std::string(given_back(told)) + "\r\n");
}

// Free text, as several providers in China write it: nothing in it is made for programs.
std::string as_free_text(const story& told) {
  const std::string subject = mime::encode_header(
      pick<std::string>(told, "系统退信", "系统退信：暂未送达", "系统通知：已送达"));
  const std::string said =
      pick<std::string>(told, "很抱歉，您的邮件没有送达，已被退回。",
                        "您的邮件暂时没有送达，系统还会继续尝试。", "您的邮件已经送达。");
  const std::string text = said + "\r\n\r\n收件人：" + told.of.recipient + "\r\n原因：" +
                           told.diagnostic + "\r\n对方服务器：" + told.remote_mta +
                           "\r\n原邮件编号：" + told.of.message_id + "\r\n";
  const mail_header header{
      mime::encode_header("邮件系统") + " <" + at_host("postmaster", told) + '>', subject};
  return header_of(header, told.of, told.how) + field("Content-Type", "text/plain; charset=utf-8") +
         field("Content-Transfer-Encoding", "base64") + "\r\n" + mime::encode_base64(text);
}

}  // namespace

std::string write_bounce(const faults::bounce& what, const cause& of, const generation& how) {
  const story told(what, of, how);
  switch (what.style) {
    case faults::bounce_style::postfix: return as_postfix(told);
    case faults::bounce_style::exchange: return as_exchange(told);
    case faults::bounce_style::gmail: return as_gmail(told);
    case faults::bounce_style::qmail: return as_qmail(told);
    case faults::bounce_style::exim: return as_exim(told);
    case faults::bounce_style::none_standard: return as_free_text(told);
  }
  return as_postfix(told);
}

}  // namespace mailrig::delivery
