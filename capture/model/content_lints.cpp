#include "capture/model/content_lints.hpp"

#include "capture/model/line_facts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mailrig::model {
namespace {

constexpr std::uint64_t longest_line = 998;  // RFC 5322 2.1.1

bool has_eight_bit(std::string_view octets) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::uint64_t all = 0;
  std::size_t at = 0;
  for (; at + sizeof all <= octets.size(); at += sizeof all) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, octets.data() + at, sizeof eight);
    all |= eight;
  }
  for (; at < octets.size(); ++at) all |= static_cast<unsigned char>(octets[at]);
  return (all & high_bits) != 0;
}

bool has_bare_cr(std::string_view octets) {
  for (std::size_t at = octets.find('\r'); at != std::string_view::npos;
       at = octets.find('\r', at + 1)) {
    if (at + 1 == octets.size() || octets[at + 1] != '\n') return true;
  }
  return false;
}

// SMTP smuggling

enum class line_end : std::uint8_t { none, lf, cr, crlf, nul };

line_end end_before(std::string_view octets, std::size_t dot) {
  if (dot == 0) return line_end::crlf;
  switch (octets[dot - 1]) {
    case '\r': return line_end::cr;
    case '\0': return line_end::nul;
    case '\n': return dot > 1 && octets[dot - 2] == '\r' ? line_end::crlf : line_end::lf;
    default: return line_end::none;
  }
}

line_end end_behind(std::string_view octets, std::size_t dot) {
  if (dot + 1 == octets.size()) return line_end::none;
  switch (octets[dot + 1]) {
    case '\n': return line_end::lf;
    case '\0': return line_end::nul;
    case '\r':
      return dot + 2 < octets.size() && octets[dot + 2] == '\n' ? line_end::crlf : line_end::cr;
    default: return line_end::none;
  }
}

// A dot behind CRLF was stuffed on the wire and never ended anything; the decoder sees those that
// were not.
void note_dot(line_end before, line_end behind, lint_set& found) {
  if (before == line_end::none || before == line_end::crlf || behind == line_end::none) return;
  if (before == line_end::nul || behind == line_end::nul) return found.add(lint::smuggling_nul_dot);
  const bool is_lf = before == line_end::lf;
  switch (behind) {
    case line_end::lf:
      return found.add(is_lf ? lint::smuggling_lf_dot_lf : lint::smuggling_cr_dot_lf);
    case line_end::cr:
      return found.add(is_lf ? lint::smuggling_lf_dot_cr : lint::smuggling_cr_dot_cr);
    default: return found.add(is_lf ? lint::smuggling_lf_dot_crlf : lint::smuggling_cr_dot_crlf);
  }
}

void look_for_smuggling(std::string_view octets, lint_set& found) {
  for (std::size_t dot = octets.find('.'); dot != std::string_view::npos;
       dot = octets.find('.', dot + 1))
    note_dot(end_before(octets, dot), end_behind(octets, dot), found);
}

// Octets that only BODY=BINARYMIME may hold (RFC 3030 3).
void look_at_text(std::string_view octets, lint_set& found) {
  const line_facts lines = look_at_lines(octets);
  if (lines.bare_lf_count > 0) found.add(lint::bare_lf_in_body);
  if (lines.longest_line > longest_line) found.add(lint::line_over_998);
  if (has_bare_cr(octets)) found.add(lint::bare_cr_in_body);
  if (octets.find('\0') != std::string_view::npos) found.add(lint::nul_in_body);
  look_for_smuggling(octets, found);
}

// The header

// Fields that may stand once (RFC 5322 3.6), and those whose presence counts.
enum class field : std::uint8_t {
  date,
  from,
  sender,
  reply_to,
  to,
  cc,
  bcc,
  message_id,
  in_reply_to,
  references,
  subject,
  mime_version,
  content_type,
  content_transfer_encoding,
  other,
};
constexpr std::array<std::string_view, 14> field_names = {
    "date",         "from",
    "sender",       "reply-to",
    "to",           "cc",
    "bcc",          "message-id",
    "in-reply-to",  "references",
    "subject",      "mime-version",
    "content-type", "content-transfer-encoding"};
static_assert(field_names.size() == static_cast<std::size_t>(field::other));

bool equals_lower(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::equal(text.begin(), text.end(), lower.begin(), [](char left, char right) {
           return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) ==
                  right;
         });
}

field find_field(std::string_view name) {
  const auto* const found =
      std::find_if(field_names.begin(), field_names.end(),
                   [name](std::string_view each) { return equals_lower(name, each); });
  return static_cast<field>(found - field_names.begin());
}

bool is_blank(char octet) {
  return octet == ' ' || octet == '\t';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_blank(text.front()) || text.front() == '\r' || text.front() == '\n'))
    text.remove_prefix(1);
  while (!text.empty() && (is_blank(text.back()) || text.back() == '\r' || text.back() == '\n'))
    text.remove_suffix(1);
  return text;
}

// RFC 5322 3.6.4, without the comments that hardly anybody writes there.
bool is_message_id(std::string_view value) {
  value = trimmed(value);
  if (value.size() < 5 || value.front() != '<' || value.back() != '>') return false;
  const std::string_view inside = value.substr(1, value.size() - 2);
  const std::size_t at = inside.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < inside.size() &&
         inside.find_first_of(" \t\r\n<>") == std::string_view::npos;
}

// A comma between mailboxes: outside quotes and comments (RFC 5322 3.4).
bool names_several(std::string_view mailboxes) {
  bool is_quoted = false;
  std::size_t comments = 0;
  for (std::size_t i = 0; i < mailboxes.size(); ++i) {
    const char octet = mailboxes[i];
    if (octet == '\\') {
      ++i;
    } else if (octet == '"' && comments == 0) {
      is_quoted = !is_quoted;
    } else if (!is_quoted && octet == '(') {
      ++comments;
    } else if (!is_quoted && octet == ')' && comments > 0) {
      --comments;
    } else if (!is_quoted && comments == 0 && octet == ',') {
      return true;
    }
  }
  return false;
}

class header_look {
 public:
  explicit header_look(std::string_view mail) : rest_(mail) {
    while (take_field()) {
    }
  }

  [[nodiscard]] lint_set finish(bool is_utf8_announced) {
    if (!has(field::date)) found_.add(lint::missing_date);
    if (!has(field::from)) found_.add(lint::missing_from);
    if (from_names_several_ && !has(field::sender)) found_.add(lint::missing_sender);
    if (!has(field::message_id)) found_.add(lint::missing_message_id);
    const bool is_mime = has(field::content_type) || has(field::content_transfer_encoding);
    if (is_mime && !has(field::mime_version)) found_.add(lint::missing_mime_version);
    if (has_eight_bit_ && !is_utf8_announced) found_.add(lint::eight_bit_header);
    return found_;
  }

 private:
  [[nodiscard]] bool has(field which) const {
    return (seen_ >> static_cast<unsigned>(which) & 1U) != 0;
  }

  // One field with its continuations (RFC 5322 2.2.3). False behind the last.
  bool take_field() {
    std::size_t end = 0;
    do {
      end = std::min(rest_.find('\n', end), rest_.size() - 1) + 1;
    } while (end < rest_.size() && is_blank(rest_[end]));
    const std::string_view whole = rest_.substr(0, end);
    if (whole.empty() || whole.front() == '\n' || whole.starts_with("\r\n")) return false;
    rest_.remove_prefix(end);
    look_at(whole);
    return !rest_.empty();
  }

  void look_at(std::string_view whole) {
    if (has_eight_bit(whole)) has_eight_bit_ = true;
    const std::size_t colon = whole.find(':');
    std::string_view name = whole.substr(0, colon);
    if (colon == std::string_view::npos || is_blank(whole.front()))
      return found_.add(lint::bad_header_line);
    if (!name.empty() && is_blank(name.back())) found_.add(lint::space_before_colon);
    name = trimmed(name);
    const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char octet) {
      return octet > ' ' && octet <= '~';
    });
    if (!is_name) return found_.add(lint::bad_header_line);
    note(find_field(name), whole.substr(colon + 1));
  }

  void note(field which, std::string_view value) {
    if (which == field::other) return;
    if (has(which) && which <= field::subject) found_.add(lint::duplicate_header);
    seen_ |= 1U << static_cast<unsigned>(which);
    if (which == field::message_id && !is_message_id(value)) found_.add(lint::bad_message_id);
    if (which == field::from && names_several(value)) from_names_several_ = true;
  }

  std::string_view rest_;
  lint_set found_;
  unsigned seen_ = 0;
  bool has_eight_bit_ = false;
  bool from_names_several_ = false;
};

}  // namespace

lint_set find_content_lints(std::string_view octets, const mail_parameters& announced) {
  lint_set found = header_look(octets).finish(announced.smtputf8);
  const bool is_binary = announced.body == body_type::binary_mime;
  if (!is_binary) look_at_text(octets, found);
  const bool may_be_eight_bit = is_binary || announced.body == body_type::eight_bit_mime;
  if (!may_be_eight_bit && has_eight_bit(octets)) found.add(lint::eight_bit_without_8bitmime);
  if (announced.size && octets.size() > *announced.size) found.add(lint::declared_size_too_small);
  return found;
}

}  // namespace mailrig::model
