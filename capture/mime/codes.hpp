// One-time codes: what a test wants to type back after it asked for a login mail.
#pragma once

#include "capture/mime/message_view.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace mailrig::mime {

inline constexpr std::size_t max_codes = 50;

struct code {
  std::string value;    // 4 to 8 digits or letters; the blank or hyphen of "123 456" is left out
  std::string context;  // the line it stands in
  int part = -1;        // the number of its part; -1: it stands in the subject

  friend bool operator==(const code&, const code&) = default;
};

// The likeliest first: what stands beside a word such as code, PIN, OTP, password or 验证码, then
// numbers on lines of their own, then bare numbers; years, prices, dates, telephone numbers and
// colours last. Words of letters only count beside such a word. Each value once, `max_codes` at
// most.
[[nodiscard]] std::vector<code> find_codes(const message_view& view);

}  // namespace mailrig::mime
