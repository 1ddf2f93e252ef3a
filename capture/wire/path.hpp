// Reads what stands behind MAIL FROM: and RCPT TO: (RFC 5321 4.1.2): a path and its parameters.
//
// Takes what real clients send and names what a strict server would have refused; refuses only what
// cannot be understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace mailrig::wire {

enum class path_lint : std::uint8_t {
  space_after_colon,
  no_angle_brackets,
  source_route,
  no_domain,
  eight_bit
};
inline constexpr std::size_t path_lint_count = 5;

// Views into the parsed text.
struct path_argument {
  std::string_view address;     // without angle brackets and source route; empty for <>
  std::string_view parameters;  // what follows, trimmed, as given
  std::uint8_t lints = 0;       // bit set of path_lint

  [[nodiscard]] bool has(path_lint lint) const {
    return (lints >> static_cast<unsigned>(lint) & 1U) != 0;
  }
  friend bool operator==(const path_argument&, const path_argument&) = default;
};

struct path_error {
  const char* what;  // one sentence: what is wrong and what would be right
};

// `keyword` is "FROM:" or "TO:".
[[nodiscard]] std::variant<path_argument, path_error> parse_path(std::string_view argument,
                                                                 std::string_view keyword);

struct esmtp_parameter {
  std::string_view keyword;
  std::string_view value;  // empty if there is none
};

// Removes one parameter from the front of "SIZE=1 BODY=7BIT"; an empty keyword means that none is
// left.
[[nodiscard]] esmtp_parameter take_parameter(std::string_view& parameters);

}  // namespace mailrig::wire
