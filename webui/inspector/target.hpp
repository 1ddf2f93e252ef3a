// The target of a request (RFC 9112 3.2) taken apart: path segments and query parameters, percent
// encoding undone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

struct parameter {
  std::string name;
  std::string value;
  friend bool operator==(const parameter&, const parameter&) = default;
};

struct target {
  std::string authority;              // of the absolute form "http://host/path"; else empty
  std::string path;                   // as sent, without the query
  std::vector<std::string> segments;  // "/a/b%20c" is "a", "b c"; "/" has none
  std::vector<parameter> parameters;  // in their order; "?a" has an empty value
  friend bool operator==(const target&, const target&) = default;
};

// Nothing if it is neither the origin form nor the absolute form, or its percent encoding is
// broken.
[[nodiscard]] std::optional<target> parse_target(std::string_view text);

// Percent-encodes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace mailrig::inspector
