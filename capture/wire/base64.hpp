// Base64 (RFC 4648 4) as SASL wants it: strict. No line ends, no blanks, no missing padding, no
// octet outside the alphabet.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace mailrig::wire {

struct base64_error {
  const char* what;  // one clause; it never repeats the text, which may be a secret
};

[[nodiscard]] std::variant<std::string, base64_error> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view octets);

}  // namespace mailrig::wire
