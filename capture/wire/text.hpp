// Small helpers on ASCII text of protocol lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailrig::wire {

[[nodiscard]] constexpr char to_upper(char octet) {
  return octet >= 'a' && octet <= 'z' ? static_cast<char>(octet - 'a' + 'A') : octet;
}

// ASCII without case, as verbs, keywords and header names compare (RFC 5321 2.4).
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (to_upper(left[i]) != to_upper(right[i])) return false;
  }
  return true;
}

[[nodiscard]] constexpr bool starts_ignoring_case(std::string_view text,
                                                  std::string_view beginning) {
  return text.size() >= beginning.size() &&
         equals_ignoring_case(text.substr(0, beginning.size()), beginning);
}

[[nodiscard]] constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A line without its LF or CRLF; it has one of them.
[[nodiscard]] constexpr std::string_view without_line_end(std::string_view line) {
  line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// A client's name in a text for people: no control characters, and no longer than an address can be
// (RFC 5321 4.5.3.1: 64 and 255 octets and "@"), so that a reply in which it stands fits its line.
[[nodiscard]] std::string shown_name(std::string_view name);

}  // namespace mailrig::wire
