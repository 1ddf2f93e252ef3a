// Reads what stands behind MAIL FROM: and RCPT TO: (RFC 5321 4.1.2): a path and its parameters.
//
// Takes what real clients send and names what a strict server would have refused; refuses only what
// cannot be understood.
#pragma once

#include "capture/model/lint.hpp"

#include <string_view>
#include <variant>

namespace mailrig::wire {

// Views into the parsed text.
struct path_argument {
  std::string_view address;     // without angle brackets and source route; empty for <>
  std::string_view parameters;  // what follows, trimmed, as given
  model::lint_set lints;
  friend bool operator==(const path_argument&, const path_argument&) = default;
};

struct path_error {
  const char* what;  // one sentence: what is wrong and what would be right
};

// `keyword` is "FROM:" or "TO:".
[[nodiscard]] std::variant<path_argument, path_error> parse_path(std::string_view argument,
                                                                 std::string_view keyword);

}  // namespace mailrig::wire
