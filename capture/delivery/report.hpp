// What bounces, complaints and automatic replies are written with: facts of the message that they
// speak of, header fields, and the parts of a multipart/report (RFC 6522).
#pragma once

#include "capture/delivery/generated_mail.hpp"
#include "capture/model/esmtp_parameters.hpp"
#include "capture/model/mail_record.hpp"

#include <string>
#include <string_view>

namespace mailrig::delivery {

// The message that a generated mail speaks of, for one recipient. Header values are unfolded but
// not decoded, and at most 900 octets of them are kept.
struct cause {
  cause(const model::mail_record& mail, std::string_view recipient);

  const model::mail_record& mail;
  std::string sender;     // the reverse-path
  std::string recipient;  // as RCPT gave it
  model::mail_parameters parameters;
  model::rcpt_parameters recipient_parameters;
  std::string subject;
  std::string message_id;  // with its angle brackets
  std::string references;
  std::string auto_submitted;
};

// "Sun, 22 Nov 2026 06:15:00 +0000" (RFC 5322 3.3).
[[nodiscard]] std::string mail_date(model::instant when);

// "Name: value" and a line end, folded at blanks where a line would have more than 78 octets.
[[nodiscard]] std::string field(std::string_view name, std::string_view value);
// Nothing where there is no value.
[[nodiscard]] std::string field_if_any(std::string_view name, std::string_view value);
// From, To, Subject, Date, Message-ID, Auto-Submitted and MIME-Version.
struct mail_header {
  std::string from;
  std::string subject;
};
[[nodiscard]] std::string header_of(const mail_header& what, const cause& of,
                                    const generation& how);

// How much of a message is given back.
enum class returned : std::uint8_t { whole, header };

// A multipart/report: its Content-Type field and its three parts. `report` is what stands in the
// machine-readable part; `type` is its media type, without "message/".
struct report_parts {
  std::string_view report_type;  // of the whole: "delivery-status"
  std::string_view type;
  std::string text;
  std::string report;
  returned original = returned::whole;
};
[[nodiscard]] std::string report_of(const report_parts& parts, const cause& of,
                                    const generation& how);

// The header block of a mail, with the empty line behind it.
[[nodiscard]] std::string_view header_block_of(std::string_view mail);
[[nodiscard]] bool has_eight_bits(std::string_view octets);

// The whole mails
[[nodiscard]] std::string write_bounce(const faults::bounce& what, const cause& of,
                                       const generation& how);
[[nodiscard]] std::string write_complaint(const faults::complaint& what, const cause& of,
                                          const generation& how);
[[nodiscard]] std::string write_auto_reply(const faults::auto_reply& what, const cause& of,
                                           const generation& how);

}  // namespace mailrig::delivery
