// HTTP requests to a running mailrig, for the command line. Blocking, each step bounded in time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mailrig::net::client {

struct http_url {
  std::string host;
  std::string port;
  std::string path;  // without a trailing slash

  friend bool operator==(const http_url&, const http_url&) = default;
};

// "http://127.0.0.1:8025", "http://[::1]:8025/prefix"; nothing if it is no http URL.
[[nodiscard]] std::optional<http_url> parse_http_url(std::string_view text);

struct http_request {
  std::string verb = "GET";
  std::string target;  // path and query, behind the URL's own path
  std::string body;    // JSON, if there is one
};

struct http_response {
  int status = 0;
  std::string content_type;
  std::string body;  // what no sink took
};

// Nobody answers, or what answers is broken off; in words.
struct unreachable {
  std::string why;
};

// Takes a body piece by piece as it comes; false ends the request.
using body_sink = std::function<bool(std::string_view piece)>;

class http_client {
 public:
  // `credentials` are "user:password", or empty.
  http_client(http_url url, std::string credentials)
      : url_(std::move(url)), credentials_(std::move(credentials)) {}

  // `patience` is how long the server may say nothing. A sink gets the body of a 200.
  [[nodiscard]] std::variant<http_response, unreachable> ask(const http_request& asked,
                                                             std::chrono::milliseconds patience,
                                                             const body_sink& sink = {}) const;

 private:
  http_url url_;
  std::string credentials_;
};

// Percent-encodes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace mailrig::net::client
