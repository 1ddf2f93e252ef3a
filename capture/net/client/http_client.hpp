// One GET to a running mailrig, for the command line. Blocking, bounded in time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::net::client {

struct http_url {
  std::string host;
  std::string port;
  std::string path;  // without a trailing slash

  friend bool operator==(const http_url&, const http_url&) = default;
};

// "http://127.0.0.1:8025", "http://[::1]:8025/prefix"; nothing if it is no http URL.
[[nodiscard]] std::optional<http_url> parse_http_url(std::string_view text);

// The status code, or nothing when nobody answers in time.
[[nodiscard]] std::optional<int> get_status(const http_url& url, std::string_view path,
                                            std::chrono::milliseconds limit);

}  // namespace mailrig::net::client
