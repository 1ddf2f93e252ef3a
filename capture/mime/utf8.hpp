// UTF-8 as this program must emit it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailrig::mime {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

// The length of the well-formed sequence at `text[at]`, or 0 if there is none.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text, std::size_t at);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

[[nodiscard]] bool is_ascii(std::string_view text);

// The text with each octet that belongs to no well-formed sequence replaced by U+FFFD.
[[nodiscard]] std::string repaired_utf8(std::string_view text);

// The longest beginning of a valid text that has at most `octets` octets and cuts no character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t octets);

// The beginning of octets in any charset, at most `limit` of them, cut where hardly a character is
// cut: behind a blank if there is one near, else as UTF-8.
[[nodiscard]] std::string_view octets_up_to(std::string_view octets, std::size_t limit);

// Appends a code point; U+FFFD if it is none.
void append_code_point(std::string& out, unsigned long code_point);

}  // namespace mailrig::mime
