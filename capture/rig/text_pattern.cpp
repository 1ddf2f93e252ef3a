#include "capture/rig/text_pattern.hpp"

#include "capture/mime/case_folding.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <re2/re2.h>
#include <utility>

namespace mailrig::rig {
namespace {

constexpr std::int64_t regex_memory = std::int64_t{1} << 20;

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

// Each run of blanks becomes one space, in place; those around the text go.
void join_blanks(std::string& text) {
  std::size_t out = 0;
  for (const char c : text) {
    const bool blank = is_blank(c);
    if (blank && (out == 0 || text[out - 1] == ' ')) continue;
    text[out++] = blank ? ' ' : c;
  }
  if (out > 0 && text[out - 1] == ' ') --out;
  text.resize(out);
}

// How often an octet stands in the folded text of mails, roughly: its place in this line, from the
// most to the least frequent. What is not in it is rare.
constexpr std::array<std::uint8_t, 256> commonness = [] {
  constexpr std::string_view often = " etaoinsrhldcumpfgwybv\n.,-0123456789:=/kxjqz";
  std::array<std::uint8_t, 256> rank{};
  for (std::size_t i = 0; i < often.size(); ++i)
    rank[static_cast<unsigned char>(often[i])] = static_cast<std::uint8_t>(often.size() - i);
  // Lead octets of han and kana.
  for (std::size_t octet = 0xE3; octet <= 0xE9; ++octet) rank[octet] = 50;
  return rank;
}();

std::size_t rarest_octet(std::string_view text) {
  const auto rarest = std::min_element(text.begin(), text.end(), [](char a, char b) {
    return commonness[static_cast<unsigned char>(a)] < commonness[static_cast<unsigned char>(b)];
  });
  return static_cast<std::size_t>(rarest - text.begin());
}

std::string_view longest_word(std::string_view words) {
  std::string_view longest;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (end > longest.size()) longest = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return longest;
}

}  // namespace

text_pattern text_pattern::of_words(std::string_view words) {
  text_pattern made;
  made.what_ = kind::words;
  made.words_ = mime::fold_case(words);
  join_blanks(made.words_);
  made.longest_ = longest_word(made.words_);
  made.rarest_ = rarest_octet(made.words_);
  made.rarest_of_longest_ = rarest_octet(made.longest_);
  return made;
}

std::variant<text_pattern, std::string> text_pattern::of_regex(std::string_view expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(false);
  options.set_max_mem(regex_memory);
  auto regex = std::make_shared<const re2::RE2>(
      re2::StringPiece(expression.data(), expression.size()), options);
  if (!regex->ok()) return regex->error();
  text_pattern made;
  made.what_ = kind::regex;
  made.regex_ = std::move(regex);
  return made;
}

text_pattern text_pattern::of_any_text() {
  return {};
}

// memchr for the rarest octet and a look around it: faster on mails than any cleverer search.
bool text_pattern::finds(std::string_view folded, std::string_view needle,
                         std::size_t rarest) const {
  if (needle.empty()) return true;
  if (folded.size() < needle.size()) return false;
  const char* at = folded.data() + rarest;
  const char* const end = folded.data() + folded.size() - (needle.size() - 1 - rarest);
  while (at < end) {
    at = static_cast<const char*>(
        std::memchr(at, needle[rarest], static_cast<std::size_t>(end - at)));
    if (at == nullptr) return false;
    if (std::memcmp(at - rarest, needle.data(), needle.size()) == 0) return true;
    ++at;
  }
  return false;
}

bool text_pattern::is_in(std::string_view text, std::string& scratch) const {
  if (what_ == kind::any_text) return !text.empty();
  if (what_ == kind::regex)
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex_);
  scratch.clear();
  mime::append_folded(scratch, text);
  if (!finds(scratch, longest_, rarest_of_longest_)) return false;
  if (longest_.size() == words_.size()) return true;
  join_blanks(scratch);
  return finds(scratch, words_, rarest_);
}

bool text_pattern::is_all_of(std::string_view text, std::string& scratch) const {
  if (what_ != kind::words) return is_in(text, scratch);
  scratch.clear();
  mime::append_folded(scratch, text);
  join_blanks(scratch);
  return scratch == words_;
}

bool text_pattern::may_be_in_ascii(std::string_view octets, std::string& scratch) const {
  if (what_ != kind::words) return true;
  // Folding turns ASCII into ASCII only: a word with other letters is in no such text.
  scratch.clear();
  mime::append_folded(scratch, octets);
  return finds(scratch, longest_, rarest_of_longest_);
}

}  // namespace mailrig::rig
