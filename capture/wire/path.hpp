// Reads what stands behind MAIL FROM: and RCPT TO: (RFC 5321 4.1.2): a path and its parameters.
//
// Takes what real clients send and names what a strict server would have refused; refuses only what
// cannot be understood.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::wire {

enum class path_lint { space_after_colon, no_angle_brackets, source_route, no_domain, eight_bit };

struct path_argument {
  std::string address;     // without angle brackets and source route; empty for <>
  std::string parameters;  // what follows, trimmed, as given
  std::vector<path_lint> lints;

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

// Splits "SIZE=1 BODY=7BIT"; the views point into `parameters`.
[[nodiscard]] std::vector<esmtp_parameter> split_parameters(std::string_view parameters);

}  // namespace mailrig::wire
