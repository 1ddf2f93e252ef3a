#include "capture/wire/data_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace mailrig::wire {

std::string_view data_decoder::take(std::string_view& input) {
  while (!input.empty()) {
    switch (state_) {
      case state::line_start:
        if (input.front() != '.') {
          state_ = state::text;
          break;
        }
        input.remove_prefix(1);
        state_ = state::dot;
        break;
      case state::dot:
        if (input.front() != '\r') {
          state_ = state::text;
          break;
        }
        input.remove_prefix(1);
        state_ = state::dot_cr;
        break;
      case state::dot_cr:
        if (input.front() != '\n') {  // a stuffed line that begins with CR
          state_ = state::text;
          after_cr_ = true;
          line_octets_ = 1;
          return emit("\r");
        }
        input.remove_prefix(1);
        state_ = state::complete;
        return {};
      case state::text: return take_text(input);
      case state::complete: return {};
    }
  }
  return {};
}

// From here to the next stuffed dot, or to the end of the input.
std::string_view data_decoder::take_text(std::string_view& input) {
  const char* const begin = input.data();
  const char* const end = begin + input.size();
  const char* line = begin;
  const char* from = begin;
  while (const void* found = std::memchr(from, '\n', static_cast<std::size_t>(end - from))) {
    const char* const newline = static_cast<const char*>(found);
    from = newline + 1;
    const bool is_crlf = newline > begin ? newline[-1] == '\r' : after_cr_;
    if (!is_crlf) {
      ++facts_.bare_lf_count;
      line_octets_ += static_cast<std::size_t>(newline - line);
      end_line();
      line = from;
      if (from == end) break;
      continue;
    }
    line_octets_ +=
        static_cast<std::size_t>(newline - line) - 1;  // the CR may be of an earlier input
    end_line();
    line = from;
    if (from == end || *from == '.') {
      after_cr_ = false;
      state_ = state::line_start;
      input.remove_prefix(static_cast<std::size_t>(from - begin));
      return emit({begin, from});
    }
  }
  line_octets_ += static_cast<std::size_t>(end - line);
  after_cr_ = end[-1] == '\r';
  input.remove_prefix(input.size());
  return emit({begin, end});
}

void data_decoder::end_line() {
  facts_.longest_line = std::max(facts_.longest_line, static_cast<std::uint32_t>(line_octets_));
  line_octets_ = 0;
}

std::string_view data_decoder::emit(std::string_view run) {
  facts_.octets_received += run.size();
  return run;
}

}  // namespace mailrig::wire
