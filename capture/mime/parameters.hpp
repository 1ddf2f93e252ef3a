// Content-Type and Content-Disposition: a value and its parameters (RFC 2045 5.1, RFC 2183), with
// RFC 2231's continuations and charsets, and the raw or RFC 2047 forms that programs send instead.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailrig::mime {

struct parameterised_value {
  std::string value;                                            // "multipart/mixed", lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, UTF-8

  // The parameter's value, or an empty string.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
};

[[nodiscard]] parameterised_value parse_parameters(std::string_view raw_value);

}  // namespace mailrig::mime
