#include "capture/mime/escape_charsets.hpp"

namespace mailrig::mime {

namespace {

char with_high_bit(char c) {
  return static_cast<char>(c | '\x80');
}

bool is_graphic(char c) {
  return c > ' ' && c < '\x7F';
}

enum class jis_set { ascii, katakana, kanji };

// The set that the escape sequence `ESC x y` switches to.
std::optional<jis_set> set_of(std::string_view two) {
  if (two == "(B" || two == "(J" || two == "(H") return jis_set::ascii;
  if (two == "(I") return jis_set::katakana;
  if (two == "$B" || two == "$@") return jis_set::kanji;
  return std::nullopt;
}

}  // namespace

std::string hz_to_gb2312(std::string_view octets) {
  std::string out;
  out.reserve(octets.size());
  bool in_chinese = false;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char next = i + 1 < octets.size() ? octets[i + 1] : '\0';
    if (octets[i] == '~' && (next == '{' || next == '}')) {
      in_chinese = next == '{';
      ++i;
    } else if (octets[i] == '~' && !in_chinese && (next == '~' || next == '\n')) {
      if (next == '~') out += '~';
      ++i;  // RFC 1843 3: `~` at the end of a line joins it with the next one
    } else {
      if (octets[i] == '\n') in_chinese = false;
      out += in_chinese && is_graphic(octets[i]) ? with_high_bit(octets[i]) : octets[i];
    }
  }
  return out;
}

std::optional<std::string> iso2022jp_to_euc(std::string_view octets) {
  std::string out;
  out.reserve(octets.size());
  jis_set set = jis_set::ascii;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char c = octets[i];
    if (c == '\x1B' && i + 2 < octets.size()) {
      const auto next = set_of(octets.substr(i + 1, 2));
      if (!next) return std::nullopt;
      set = *next;
      i += 2;
      continue;
    }
    if (c == '\n') set = jis_set::ascii;  // RFC 1468: a line ends in ASCII
    if (set == jis_set::katakana && is_graphic(c)) out += '\x8E';
    out += set != jis_set::ascii && is_graphic(c) ? with_high_bit(c) : c;
  }
  return out;
}

}  // namespace mailrig::mime
