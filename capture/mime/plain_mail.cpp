#include "capture/mime/plain_mail.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/header_scan.hpp"
#include "capture/mime/parameters.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace mailrig::mime {

namespace {

// Charsets in which an ASCII octet is always that character. UTF-7, HZ and ISO-2022 write others in
// ASCII.
bool keeps_ascii(std::string_view charset) {
  if (charset.empty()) return true;
  for (const std::string_view known : {"us-ascii", "utf-8", "iso-8859-", "windows-125", "gb2312",
                                       "gbk", "gb18030", "big5", "euc-kr", "euc-jp", "koi8-"})
    if (starts_ignoring_case(charset, known)) return true;
  return false;
}

bool is_plain_type(std::string_view value) {
  const parameterised_value type = parse_parameters(value);
  if (type.value != "text/plain" && !trim(value).empty()) return false;
  return type.parameter("name").empty() && keeps_ascii(type.parameter("charset"));
}

bool is_plain_encoding(std::string_view value) {
  value = trim(value);
  return value.empty() || equals_ignoring_case(value, "7bit") ||
         equals_ignoring_case(value, "8bit") || equals_ignoring_case(value, "binary");
}

// False for fields of MIME that make the body another than its octets.
bool leaves_body_plain(std::string_view field, std::size_t name_size) {
  const std::string_view name = field.substr(0, name_size);
  if (!starts_ignoring_case(name, "content-")) return true;
  const std::string_view value = field.substr(std::min(field.find(':') + 1, field.size()));
  if (equals_ignoring_case(name, "content-type")) return is_plain_type(value);
  if (equals_ignoring_case(name, "content-transfer-encoding")) return is_plain_encoding(value);
  return !equals_ignoring_case(name, "content-disposition");
}

// Quoting, and blanks inside of addresses, which reading would undo.
bool may_change_when_read(std::string_view header) {
  if (header.find('\\') != header.npos || header.find("=?") != header.npos) return true;
  for (std::size_t at = header.find('@'); at != header.npos; at = header.find('@', at + 1)) {
    if (at > 0 && is_whitespace(header[at - 1])) return true;
    if (at + 1 < header.size() && is_whitespace(header[at + 1])) return true;
  }
  return false;
}

}  // namespace

std::optional<plain_mail> as_plain_mail(std::string_view raw) {
  std::size_t field = 0, name_size = 0;
  for (std::size_t at = 0; at < raw.size();) {
    const line_span line = line_at(raw, at);
    const bool is_folded =
        name_size > 0 && (line.text.starts_with(' ') || line.text.starts_with('\t'));
    if (!is_folded) {
      if (name_size > 0 && !leaves_body_plain(raw.substr(field, at - field), name_size))
        return std::nullopt;
      if (line.text.empty()) {
        const plain_mail found{raw.substr(0, at), raw.substr(line.next)};
        if (may_change_when_read(found.header) || !is_ascii(raw)) return std::nullopt;
        return found;
      }
      field = at;
      name_size = field_name_length(line.text);
      if (name_size == 0) return std::nullopt;
    }
    at = line.next;
  }
  return std::nullopt;  // a header without its end
}

}  // namespace mailrig::mime
