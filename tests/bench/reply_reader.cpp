#include "tests/bench/reply_reader.hpp"

#include <algorithm>

namespace mailrig::bench {
namespace {

// RFC 5321 4.5.3.1.5 says 512; room is left for servers that do not keep to it.
constexpr std::size_t longest_reply_line = 4'096;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 0 when the line does not begin with three digits of a reply code.
int code_of(std::string_view line) {
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return 0;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  return code >= 200 && code <= 599 ? code : 0;
}

}  // namespace

std::optional<reply> reply_reader::next() {
  std::size_t start = 0;
  std::optional<reply> found;
  while (!found && malformed_.empty()) {
    const auto end = rest_.find('\n', start);
    if (end == std::string::npos) break;
    found = take_line(std::string_view(rest_).substr(start, end + 1 - start));
    start = end + 1;
  }
  rest_.erase(0, start);
  if (rest_.size() > longest_reply_line) return reject(rest_);
  return found;
}

std::optional<reply> reply_reader::take_line(std::string_view line) {
  if (line.size() < 2 || line[line.size() - 2] != '\r') return reject(line);
  const auto text = line.substr(0, line.size() - 2);
  const int code = code_of(text);
  if (code == 0 || (open_code_ != 0 && code != open_code_)) return reject(line);
  if (text.size() > 3 && text[3] == '-') {
    open_code_ = code;
    return std::nullopt;
  }
  if (text.size() > 3 && text[3] != ' ') return reject(line);
  open_code_ = 0;
  return reply{code, std::string(text)};
}

std::optional<reply> reply_reader::reject(std::string_view line) {
  malformed_ = line.substr(0, 200);
  return std::nullopt;
}

}  // namespace mailrig::bench
