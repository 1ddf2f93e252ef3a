#include "capture/wire/data_decoder.hpp"

#include <cstring>

namespace mailrig::wire {
namespace {

// A line began with one dot and this behind it.
model::lint lint_of_single_dot(char next) {
  if (next == '\n') return model::lint::smuggling_crlf_dot_lf;
  return next == '\0' ? model::lint::smuggling_crlf_dot_nul : model::lint::dot_not_stuffed;
}

}  // namespace

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
          if (input.front() != '.') lints_.add(lint_of_single_dot(input.front()));
          state_ = state::text;
          break;
        }
        input.remove_prefix(1);
        state_ = state::dot_cr;
        break;
      case state::dot_cr:
        if (input.front() != '\n') {  // a stuffed line that begins with CR
          lints_.add(model::lint::smuggling_crlf_dot_cr);
          state_ = state::text;
          after_cr_ = true;
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

namespace {

// Whether a line begins at `at`: CRLF stands before it, whose CR may be the last octet of the input
// before.
bool begins_line(const char* begin, const char* at, bool after_cr) {
  if (at - begin >= 2) return at[-1] == '\n' && at[-2] == '\r';
  return at - begin == 1 && at[-1] == '\n' && after_cr;
}

}  // namespace

// From here to the next dot that begins a line, or to the end of the input.
std::string_view data_decoder::take_text(std::string_view& input) {
  const char* const begin = input.data();
  const char* const end = begin + input.size();
  const char* from = begin;
  while (const void* found = std::memchr(from, '.', static_cast<std::size_t>(end - from))) {
    const char* const dot = static_cast<const char*>(found);
    if (begins_line(begin, dot, after_cr_)) {
      state_ = state::line_start;
      after_cr_ = false;
      input.remove_prefix(static_cast<std::size_t>(dot - begin));
      return emit({begin, dot});
    }
    from = dot + 1;
  }
  if (begins_line(begin, end, after_cr_)) state_ = state::line_start;
  after_cr_ = end[-1] == '\r';
  input = {};
  return emit({begin, end});
}

std::string_view data_decoder::emit(std::string_view run) {
  octets_ += run.size();
  return run;
}

}  // namespace mailrig::wire
