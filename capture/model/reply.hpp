// An SMTP reply as a value (RFC 5321 4.2): code, enhanced status code (RFC 3463), text.
//
// The text is borrowed: from a constant, or from a buffer that outlives the writing of the reply.
// Several lines are separated by '\n' in the text.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailrig::model {

struct enhanced_code {
  std::uint8_t status_class = 0;  // 2, 4 or 5; 0 means that the reply carries none
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;

  friend bool operator==(const enhanced_code&, const enhanced_code&) = default;
};

struct reply {
  std::uint16_t code = 0;
  enhanced_code enhanced;
  std::string_view text;

  [[nodiscard]] bool is_positive() const { return code < 400; }
  friend bool operator==(const reply&, const reply&) = default;
};

// "5.7.1", or "" if there is none.
[[nodiscard]] std::string to_string(enhanced_code code);

}  // namespace mailrig::model
