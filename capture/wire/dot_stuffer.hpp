// Hands a mail out in lines (RFC 1939 3, RFC 5321 4.5.2): stuffs the dots that begin a line and
// adds a last CRLF where the mail lacks one. The counterpart of data_decoder.
//
// A line begins behind CRLF and at the very beginning, nowhere else: bare LF, bare CR and NUL go
// out as they are. Copies nothing: what it gives are views into the mail, which must outlive it,
// and into constants.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailrig::wire {

class dot_stuffer {
 public:
  explicit dot_stuffer(std::string_view mail) : mail_(mail) {}

  // The next octets to be sent, at most so many (at least 2); empty at the end. What the runs make
  // together ends with CRLF, or is empty for an empty mail; the final dot is not in it.
  [[nodiscard]] std::string_view take(std::size_t at_most);
  [[nodiscard]] bool is_done() const { return done_; }

 private:
  [[nodiscard]] std::string_view take_end();

  std::string_view mail_;
  std::size_t position_ = 0;
  bool is_stuffed_ = false;  // the dot at `position_` has had its second dot
  bool done_ = false;
};

// The front of a mail that TOP sends (RFC 1939 7): the header, the blank line, and so many lines of
// the body. All of a mail that has no blank line.
[[nodiscard]] std::string_view top_of(std::string_view mail, std::size_t lines);

}  // namespace mailrig::wire
