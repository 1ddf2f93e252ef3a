// Takes the octets behind DATA apart: removes the stuffed dots and finds the end (RFC 5321 4.5.2).
//
// Only CRLF.CRLF ends the data; a bare LF or CR never begins a line, so LF.LF, LF.CRLF, CR.CR and
// their kin are text. All other octets, NUL and 8-bit included, come out as they went in. One look
// at each octet, any cut between two calls.
#pragma once

#include "capture/model/lint.hpp"

#include <cstdint>
#include <string_view>

namespace mailrig::wire {

class data_decoder {
 public:
  // Removes octets from the front of `input` and gives back the next run of un-stuffed ones, which
  // may be empty. The run points into `input`'s octets or to a constant. Call until `input` is
  // empty or the data is complete.
  [[nodiscard]] std::string_view take(std::string_view& input);
  [[nodiscard]] bool is_complete() const { return state_ == state::complete; }
  // Un-stuffed octets given so far.
  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  // What was wrong with the dots that were taken off: only here they are seen.
  [[nodiscard]] model::lint_set lints() const { return lints_; }

 private:
  enum class state {
    line_start,  // behind CRLF, or at the very beginning
    dot,         // a dot at the line start was taken and is held back
    dot_cr,      // ".\r" at the line start is held back
    text,        // within a line
    complete,
  };

  [[nodiscard]] std::string_view take_text(std::string_view& input);
  [[nodiscard]] std::string_view emit(std::string_view run);

  state state_ = state::line_start;
  model::lint_set lints_;
  bool after_cr_ = false;  // the octet before `input` was CR
  std::uint64_t octets_ = 0;
};

}  // namespace mailrig::wire
