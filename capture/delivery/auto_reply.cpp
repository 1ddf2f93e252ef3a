// A recipient is away, and a program answers for it (RFC 3834).
#include "capture/delivery/report.hpp"
#include "capture/mime/encode.hpp"

namespace mailrig::delivery {

std::string write_auto_reply(const faults::auto_reply& what, const cause& of,
                             const generation& how) {
  const mail_header header{'<' + of.recipient + '>', "Auto: " + of.subject};  // RFC 3834 3.1.5
  std::string out = header_of(header, of, how);
  if (!of.message_id.empty()) {  // RFC 5322 3.6.4
    out += field("In-Reply-To", of.message_id);
    out += field("References",
                 of.references.empty() ? of.message_id : of.references + ' ' + of.message_id);
  }
  out += field("Content-Type", "text/plain; charset=utf-8");
  out += field("Content-Transfer-Encoding", "quoted-printable");
  const std::string text =
      what.text.empty() ? "I am away and will read your message when I am back.\n" : what.text;
  std::string lines;
  for (const char each : text) {
    if (each == '\r') continue;
    lines += each == '\n' ? "\r\n" : std::string(1, each);
  }
  if (!lines.ends_with("\r\n")) lines += "\r\n";
  return out + "\r\n" + mime::encode_quoted_printable(lines);
}

}  // namespace mailrig::delivery
