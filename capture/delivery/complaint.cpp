// A reader pressed "spam", and the provider's feedback loop tells the sender (RFC 5965).
#include "capture/delivery/report.hpp"
#include "faults/text.hpp"

namespace mailrig::delivery {
namespace {

// RFC 5965 3.1 and 3.2.
std::string feedback_fields(const faults::complaint& what, const cause& of, const generation& how) {
  std::string out = field("Feedback-Type", what.feedback_type);
  out += field("User-Agent", "mailrig") + field("Version", "1");
  out += field("Original-Mail-From", '<' + of.sender + '>');
  out += field("Original-Rcpt-To", '<' + of.recipient + '>');
  if (of.parameters.envid) out += field("Original-Envelope-Id", *of.parameters.envid);
  out += field("Arrival-Date", mail_date(how.arrived));
  out += field("Reporting-MTA", "dns; " + std::string(how.host));
  const std::string_view domain = faults::domain_of(of.sender);
  if (!domain.empty()) out += field("Reported-Domain", domain);
  return out;
}

}  // namespace

std::string write_complaint(const faults::complaint& what, const cause& of, const generation& how) {
  const mail_header header{"Feedback Loop <feedback@" + std::string(how.host) + '>',
                           "FW: " + of.subject};
  const std::string text = "This is an email abuse report for a message that " + of.recipient +
                           " received\r\non " + mail_date(how.arrived) +
                           ". The message is below.\r\n";
  return header_of(header, of, how) + report_of({.report_type = "feedback-report",
                                                 .type = "feedback-report",
                                                 .text = text,
                                                 .report = feedback_fields(what, of, how),
                                                 .original = returned::whole},
                                                of, how);
}

}  // namespace mailrig::delivery
