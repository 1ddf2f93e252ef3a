#include "faults/mail_header.hpp"

#include "faults/text.hpp"

namespace mailrig::faults {
namespace {

constexpr std::size_t most_octets = std::size_t{256} * 1024;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return is_blank(c) || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

header_fields::header_fields(std::string_view mail) : rest_(mail.substr(0, most_octets)) {}

// With its line end.
std::string_view header_fields::take_line() {
  const std::size_t end = rest_.find('\n');
  const std::string_view line = end == std::string_view::npos ? rest_ : rest_.substr(0, end + 1);
  rest_.remove_prefix(line.size());
  return line;
}

bool header_fields::next() {
  while (!rest_.empty()) {
    const std::string_view begin = rest_;
    const std::string_view line = take_line();
    if (trimmed(line).empty() && !is_blank(line.front())) break;
    const std::size_t colon = line.find(':');
    while (!rest_.empty() && is_blank(rest_.front())) (void)take_line();
    if (colon == std::string_view::npos) continue;  // no field: whoever reads the mail skips it too
    name_ = trimmed(line.substr(0, colon));
    folded_ = begin.substr(colon + 1, begin.size() - rest_.size() - colon - 1);
    return true;
  }
  rest_ = {};
  return false;
}

std::string_view header_fields::value() {
  const std::string_view whole = trimmed(folded_);
  if (whole.find('\n') == std::string_view::npos) return whole;
  unfolded_.clear();
  for (const char c : whole) {
    if (c != '\r' && c != '\n') unfolded_ += c;
  }
  return unfolded_;
}

std::size_t count_fields(std::string_view mail, std::string_view name) {
  std::size_t count = 0;
  header_fields fields(mail);
  while (fields.next()) count += equals_folded(fields.name(), name) ? 1 : 0;
  return count;
}

std::string_view address_in(std::string_view value) {
  const std::size_t end = value.rfind('>');
  const std::size_t begin = value.rfind('<', end);
  if (end == std::string_view::npos || begin == std::string_view::npos) return trimmed(value);
  return trimmed(value.substr(begin + 1, end - begin - 1));
}

}  // namespace mailrig::faults
