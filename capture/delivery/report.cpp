#include "capture/delivery/report.hpp"

#include "capture/mime/encoded_word.hpp"
#include "capture/mime/header_scan.hpp"
#include "capture/model/envelope.hpp"

#include <algorithm>
#include <cstdio>

namespace mailrig::delivery {
namespace {

constexpr std::size_t longest_value = 900;  // so that with its name it stays below 998 octets

mime::header_block scan(std::string_view mail) {
  return mime::scan_header_block(mail, 0, [](std::string_view) { return false; });
}

std::string value_of(const mime::header_block& header, std::string_view name) {
  const mime::raw_field* const found = header.find(name);
  if (found == nullptr) return {};
  return mime::unfolded(found->value).substr(0, longest_value);
}

// Text that a client encoded may hold line ends and other controls (RFC 3461 4: xtext); they would
// begin fields of their own.
std::string without_controls(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](char each) { return (each >= 0 && each < ' ') || each == '\x7F'; }, '?');
  return text;
}

std::string boundary_of(const generation& how) {
  return "report_" + model::to_string(how.id);
}

std::string_view original_type(returned original, bool is_global) {
  if (original == returned::whole) return is_global ? "message/global" : "message/rfc822";
  return is_global ? "message/global-headers" : "text/rfc822-headers";
}

std::string part(std::string_view type, std::string_view content) {
  std::string out = field("Content-Type", type);
  if (has_eight_bits(content)) out += field("Content-Transfer-Encoding", "8bit");
  return out += "\r\n" + std::string(content);
}

}  // namespace

cause::cause(const model::mail_record& of, std::string_view to) : mail(of), recipient(to) {
  const model::envelope envelope = of.envelope();
  sender = envelope.reverse_path;
  parameters = model::read_mail_parameters(envelope.parameters);
  const auto given = std::find_if(
      envelope.recipients.begin(), envelope.recipients.end(),
      [to](const model::recipient& each) { return each.address == to && each.is_accepted(); });
  if (given != envelope.recipients.end())
    recipient_parameters = model::read_rcpt_parameters(given->parameters);
  if (parameters.envid) parameters.envid = without_controls(*parameters.envid);
  if (auto& orcpt = recipient_parameters.orcpt) orcpt->address = without_controls(orcpt->address);
  const mime::header_block header = scan(of.bytes());
  subject = value_of(header, "subject");
  message_id = value_of(header, "message-id");
  references = value_of(header, "references");
  auto_submitted = value_of(header, "auto-submitted");
}

std::string mail_date(model::instant when) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(when - day)};
  char text[64];
  const int length = std::snprintf(
      text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d +0000",
      days[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
      months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text, static_cast<std::size_t>(length)};
}

std::string field(std::string_view name, std::string_view value) {
  constexpr std::size_t good_line = 78;  // RFC 5322 2.1.1
  std::string out(name);
  out += ':';
  std::size_t line = out.size();
  while (!value.empty()) {
    std::size_t end = value.find(' ', value.front() == ' ' ? 1 : 0);
    end = std::min(end, value.size());
    const std::string_view word = value.substr(0, end);
    const bool is_first = out.size() == name.size() + 1;
    if (!is_first && line + word.size() > good_line) {
      out += "\r\n";
      line = 0;
    }
    if (is_first) out += ' ';
    out += word;
    line += word.size() + (is_first ? 1 : 0);
    value.remove_prefix(end);
  }
  return out += "\r\n";
}

std::string field_if_any(std::string_view name, std::string_view value) {
  return value.empty() ? std::string() : field(name, value);
}

std::string header_of(const mail_header& what, const cause& of, const generation& how) {
  return field("From", what.from) + field("To", '<' + of.sender + '>') +
         field("Subject", what.subject) + field("Date", mail_date(how.at)) +
         field("Message-ID", '<' + model::to_string(how.id) + '@' + std::string(how.host) + '>') +
         field("Auto-Submitted", "auto-replied") + field("MIME-Version", "1.0");
}

std::string report_of(const report_parts& parts, const cause& of, const generation& how) {
  const std::string boundary = boundary_of(how);
  const std::string delimiter = "\r\n--" + boundary;
  const std::string_view octets = of.mail.bytes();
  const std::string_view given_back =
      parts.original == returned::whole ? octets : header_block_of(octets);
  const bool is_global =
      of.parameters.smtputf8 && has_eight_bits(header_block_of(octets));  // RFC 6533 3, 5
  std::string out;
  out.reserve(parts.text.size() + parts.report.size() + given_back.size() + 600);
  out += "Content-Type: multipart/report; report-type=" + std::string(parts.report_type) +
         ";\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  out += delimiter.substr(2) + "\r\n" + part("text/plain; charset=utf-8", parts.text);
  out += delimiter + "\r\n" + part("message/" + std::string(parts.type), parts.report);
  out += delimiter + "\r\n" + part(original_type(parts.original, is_global), given_back);
  return out += delimiter + "--\r\n";
}

std::string_view header_block_of(std::string_view mail) {
  return mail.substr(0, scan(mail).end);
}

bool has_eight_bits(std::string_view octets) {
  return std::any_of(octets.begin(), octets.end(),
                     [](char each) { return static_cast<unsigned char>(each) >= 0x80; });
}

}  // namespace mailrig::delivery
