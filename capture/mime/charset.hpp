// Octets in a charset, as a label names it, to valid UTF-8.
//
// Labels are read as mail programs mean them, not as the registry has them: `gb2312` is decoded as
// GB18030, `shift_jis` as windows-31j, `euc-kr` as UHC, `iso-8859-1` as windows-1252, since each of
// these is a superset that real senders put under the smaller name.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::mime {

struct decoded_text {
  std::string text;      // always valid UTF-8; U+FFFD where an octet could not be decoded
  bool is_clean = true;  // nothing had to be replaced
  bool is_known_charset =
      true;  // false: the label named nothing known, and the charset was guessed
};

[[nodiscard]] decoded_text decode_charset(std::string_view octets, std::string_view label);

// For octets without a label: UTF-8 if valid, else GB18030 if valid, else latin-1.
[[nodiscard]] std::string guess_charset(std::string_view octets);

}  // namespace mailrig::mime
