// Header fields found in raw octets, as views: nothing is decoded and nothing is copied.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace mailrig::mime {

inline constexpr std::size_t max_fields = 10'000;

struct raw_field {
  std::string_view name;
  std::string_view value;  // the octets after the colon, folding kept, without the last line's end
};

struct header_block {
  std::vector<raw_field> fields;  // at most `max_fields`
  std::size_t end = 0;            // where the content begins
  bool has_blank_line = false;
  bool has_more_fields = false;   // than `max_fields`
  bool ends_at_data_end = false;  // without a blank line
  bool ends_at_delimiter = false;

  // The first field of that name (given in lower case), or nothing.
  [[nodiscard]] const raw_field* find(std::string_view name) const;
};

struct line_span {
  std::string_view text;  // without its line end
  std::size_t next = 0;   // where the next line begins
};

// The line at `begin`; it ends in CRLF, in LF or with the data.
[[nodiscard]] line_span line_at(std::string_view raw, std::size_t begin);

// Reads fields from `begin` to the blank line, to the first line that is no header field (a missing
// blank line) or to a line for which `is_delimiter` is true.
template <class IsDelimiter>
[[nodiscard]] header_block scan_header_block(std::string_view raw, std::size_t begin,
                                             IsDelimiter is_delimiter);

// RFC 5322 2.2: printable ASCII up to a colon; blanks before the colon are the obsolete syntax of
// 4.5. Returns the name's length, or 0 if the line is no field.
[[nodiscard]] std::size_t field_name_length(std::string_view line);

template <class IsDelimiter>
header_block scan_header_block(std::string_view raw, std::size_t begin, IsDelimiter is_delimiter) {
  header_block block;
  bool has_field = false;
  std::size_t at = begin;
  block.end = begin;
  while (at < raw.size()) {
    const line_span line = line_at(raw, at);
    if (line.text.empty()) {
      block.has_blank_line = true;
      block.end = line.next;
      return block;
    }
    if (line.text.starts_with("--") && is_delimiter(line.text)) {
      block.ends_at_delimiter = true;
      return block;
    }
    const bool is_folded = has_field && (line.text[0] == ' ' || line.text[0] == '\t');
    const std::size_t name = is_folded ? 0 : field_name_length(line.text);
    if (!is_folded && name == 0) return block;
    has_field = true;
    if (block.fields.size() == max_fields && !is_folded) {
      block.has_more_fields = true;
    } else if (is_folded && !block.has_more_fields) {
      std::string_view& value = block.fields.back().value;
      const char* const value_end = line.text.data() + line.text.size();
      value = {value.data(), static_cast<std::size_t>(value_end - value.data())};
    } else if (!is_folded) {
      const std::size_t colon = line.text.find(':');
      block.fields.push_back({line.text.substr(0, name), line.text.substr(colon + 1)});
    }
    at = block.end = line.next;
  }
  block.ends_at_data_end = true;
  return block;
}

}  // namespace mailrig::mime
