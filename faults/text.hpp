// Small things about text that rules need: ASCII case, globs, which known word was meant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mailrig::faults {

[[nodiscard]] constexpr char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
// ASCII letters in lower case; everything else as it is.
[[nodiscard]] std::string folded(std::string_view text);
void append_folded(std::string& out, std::string_view text);

[[nodiscard]] bool equals_folded(std::string_view a, std::string_view b);
[[nodiscard]] bool starts_folded(std::string_view text, std::string_view prefix);
[[nodiscard]] bool ends_folded(std::string_view text, std::string_view suffix);
// `needle` is already folded.
[[nodiscard]] bool contains_folded(std::string_view text, std::string_view needle);
// `*` any octets, `?` one octet; without regard to ASCII case.
[[nodiscard]] bool matches_glob(std::string_view text, std::string_view glob);
[[nodiscard]] bool is_glob(std::string_view text);

// What stands behind the last '@', or "".
[[nodiscard]] std::string_view domain_of(std::string_view address);

// The word that `word` was probably meant to be, or "".
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);

// At most `most` octets of `text`, with control characters replaced and "…" where it was cut; for
// messages and the hit log.
[[nodiscard]] std::string shown(std::string_view text, std::size_t most = 200);

}  // namespace mailrig::faults
