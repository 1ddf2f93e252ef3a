#include "capture/wire/header_scan.hpp"

#include "capture/wire/text.hpp"

#include <cstddef>

namespace mailrig::wire {
namespace {

constexpr std::size_t looked_at = std::size_t{64} * 1024;

// Removes one line from the front and gives it without its line end.
std::string_view take_line(std::string_view& text) {
  const std::size_t newline = text.find('\n');
  std::string_view line = text.substr(0, newline);
  text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool is_folded(std::string_view rest) {
  return !rest.empty() && (rest.front() == ' ' || rest.front() == '\t');
}

}  // namespace

std::string find_header(std::string_view mail, std::string_view name) {
  std::string_view rest = mail.substr(0, looked_at);
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) return {};
    if (to_upper(line.front()) != to_upper(name.front())) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !equals_ignoring_case(trim(line.substr(0, colon)), name))
      continue;
    std::string value(trim(line.substr(colon + 1)));
    while (is_folded(rest)) {
      value += ' ';
      value += trim(take_line(rest));
    }
    return value;
  }
  return {};
}

}  // namespace mailrig::wire
