#include "capture/mime/code_tokens.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/links.hpp"

#include <algorithm>

namespace mailrig::mime {

namespace {

constexpr std::size_t shortest = 4, longest = 8;
constexpr std::size_t max_tokens = 10'000;

constexpr bool is_word(char c) {
  return is_letter(c) || is_digit(c);
}

// Latin letters outside of ASCII (U+00C0 to U+024F) begin with these octets.
constexpr bool is_latin_lead(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet >= 0xC3 && octet <= 0xC9;
}

std::size_t end_of_word(std::string_view text, std::size_t at) {
  while (at < text.size() && is_word(text[at])) ++at;
  return at;
}

bool is_number(std::string_view word) {
  return std::all_of(word.begin(), word.end(), is_digit);
}

// Where groups of digits of one size end that stand behind the one from `begin` to `end`, one sign
// between them; `end` if there is none.
std::size_t end_of_groups(std::string_view text, std::size_t begin, std::size_t end) {
  const std::size_t size = end - begin;
  if (end >= text.size()) return end;
  const char separator = text[end];
  const bool separates = separator == ' ' || separator == '-' || (size == 1 && separator == '\n');
  if (!separates || !is_number(text.substr(begin, size))) return end;
  // Two pairs are a date or a time; three pairs may be a code.
  const std::size_t fewest = size == 2 ? 3 : 2;
  std::size_t last = end, groups = 1;
  while (last < text.size() && text[last] == separator) {
    const std::size_t next = end_of_word(text, last + 1);
    if (next - last - 1 != size || !is_number(text.substr(last + 1, size))) break;
    last = next;
    ++groups;
  }
  return groups >= fewest ? last : end;
}

std::string only_digits(std::string_view group) {
  std::string digits;
  for (const char c : group)
    if (is_digit(c)) digits += c;
  return digits;
}

// `a.b`, `a@b`, `a_b` and `#a`'s like: a piece of something longer.
bool is_inside_something(std::string_view text, std::size_t begin, std::size_t end) {
  const char before = begin > 0 ? text[begin - 1] : ' ';
  const char after = end < text.size() ? text[end] : ' ';
  if (before == '@' || after == '@' || before == '_' || after == '_') return true;
  const bool goes_on = end + 1 < text.size() && is_letter(text[end + 1]);
  if (after == '.' && goes_on) return true;
  return before == '.' && begin > 1 && is_letter(text[begin - 2]);
}

bool touches_latin(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin > 1 && is_latin_lead(text[begin - 2])) ||
         (end < text.size() && is_latin_lead(text[end]));
}

class tokeniser {
 public:
  explicit tokeniser(std::string_view text) : text_(text), urls_(find_urls(text)) {}

  std::vector<code_token> read() {
    std::size_t at = 0;
    while (at < text_.size() && tokens_.size() < max_tokens) {
      if (const std::size_t after = after_url(at); after != at) {
        at = after;
      } else if (is_word(text_[at])) {
        at = take_word(at);
      } else {
        ++at;
      }
    }
    return std::move(tokens_);
  }

 private:
  std::size_t after_url(std::size_t at) {
    while (url_ < urls_.size() && urls_[url_].end <= at) ++url_;
    return url_ < urls_.size() && urls_[url_].begin <= at ? urls_[url_].end : at;
  }

  std::size_t take_word(std::size_t begin) {
    const std::size_t end = end_of_word(text_, begin);
    const std::size_t group_end = end_of_groups(text_, begin, end);
    const std::string value = group_end == end
                                  ? std::string(text_.substr(begin, end - begin))
                                  : only_digits(text_.substr(begin, group_end - begin));
    if (group_end != end && value.size() > longest) return group_end;
    if (value.size() >= shortest && value.size() <= longest) put(value, begin, group_end);
    return group_end;
  }

  void put(const std::string& value, std::size_t begin, std::size_t end) {
    if (is_inside_something(text_, begin, end)) return;
    code_token made{value, begin, end, false, false};
    made.has_digit = std::any_of(value.begin(), value.end(), is_digit);
    made.has_letter = std::any_of(value.begin(), value.end(), is_letter);
    if (made.has_letter && touches_latin(text_, begin, end)) return;
    const bool is_lower_word =
        !made.has_digit &&
        std::any_of(value.begin(), value.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!is_lower_word) tokens_.push_back(std::move(made));
  }

  std::string_view text_;
  std::vector<span> urls_;
  std::size_t url_ = 0;
  std::vector<code_token> tokens_;
};

}  // namespace

std::vector<code_token> find_code_tokens(std::string_view text) {
  return tokeniser(text).read();
}

}  // namespace mailrig::mime
