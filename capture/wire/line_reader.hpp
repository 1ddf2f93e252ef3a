// Finds the command lines in a stream of octets, and throws overlong ones away without keeping
// them.
//
// Owned by a session. Remembers how far an unfinished line was looked at, so that nothing is
// scanned twice; holds no octets itself.
#pragma once

#include "capture/wire/text.hpp"

#include <cstddef>
#include <string_view>

namespace mailrig::wire {

class line_reader {
 public:
  struct found {
    enum class what {
      nothing,   // the line goes on
      line,      // `line` is whole, with its LF
      overlong,  // a line over the limit has ended
    };
    what kind = what::nothing;
    std::size_t taken = 0;  // octets that need not be offered again
    std::string_view line;
  };

  // `octets` begins with what was left by the last call. `limit` counts the line end too.
  [[nodiscard]] found read(std::string_view octets, std::size_t limit);
  // What comes belongs to a line that is over the limit.
  [[nodiscard]] bool is_discarding() const { return is_discarding_; }

 private:
  [[nodiscard]] found discard(std::string_view octets);

  std::size_t scanned_ = 0;
  bool is_discarding_ = false;
};

// A request line of HTTP/1: a browser that was pointed here, or a page that tries to speak through
// one.
[[nodiscard]] constexpr bool looks_like_http(std::string_view line) {
  return line.find(" HTTP/1.") != std::string_view::npos;
}

// The first octets of a TLS record that holds a ClientHello (RFC 8446 5.1).
[[nodiscard]] constexpr bool looks_like_tls(std::string_view octets) {
  return octets.starts_with("\x16\x03");
}

}  // namespace mailrig::wire
