// Cuts a server's octets into replies (RFC 5321 4.2.1) and says when they are none.
// One per connection. Knows no socket and no dialogue; must never grow past one reply line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::bench {

struct reply {
  int code;
  std::string last_line;
};

class reply_reader {
 public:
  // Takes what was read. Call next() until it answers nothing before feeding again.
  void feed(std::string_view octets) { rest_.append(octets); }

  // The next whole reply, or nothing while it is not all there or once the input is malformed.
  std::optional<reply> next();

  // The line that is no reply; empty while all is well.
  const std::string& malformed_line() const { return malformed_; }
  bool is_empty() const { return rest_.empty(); }

 private:
  std::optional<reply> take_line(std::string_view line);
  std::optional<reply> reject(std::string_view line);

  std::string rest_;
  std::string malformed_;
  int open_code_ = 0;
};

}  // namespace mailrig::bench
