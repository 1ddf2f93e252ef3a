#include "faults/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace mailrig::faults {
namespace {

constexpr std::size_t longest_word = 64;

// Levenshtein's distance, for words of bounded length.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (fold(a[i - 1]) == fold(b[j - 1]) ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

}  // namespace

void append_folded(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out.append(text);
  for (std::size_t i = begin; i < out.size(); ++i) out[i] = fold(out[i]);
}

std::string folded(std::string_view text) {
  std::string result;
  append_folded(result, text);
  return result;
}

bool equals_folded(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return fold(x) == fold(y); });
}

bool starts_folded(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_folded(text.substr(0, prefix.size()), prefix);
}

bool ends_folded(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         equals_folded(text.substr(text.size() - suffix.size()), suffix);
}

bool contains_folded(std::string_view text, std::string_view needle) {
  const auto found = std::search(text.begin(), text.end(), needle.begin(), needle.end(),
                                 [](char x, char folded_y) { return fold(x) == folded_y; });
  return found != text.end() || needle.empty();
}

// Goes back to the last star only, so that the time is at most text times glob.
bool matches_glob(std::string_view text, std::string_view glob) {
  std::size_t t = 0;
  std::size_t g = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = t;
    } else if (g < glob.size() && (glob[g] == '?' || fold(glob[g]) == fold(text[t]))) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool is_glob(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

std::string_view domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.empty() || word.size() > longest_word) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view each : known) {
    const std::size_t changes = distance(word, each);
    if (changes < least) {
      least = changes;
      best = each;
    }
  }
  return best;
}

std::string shown(std::string_view text, std::size_t most) {
  std::string result(text.substr(0, most));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  if (text.size() <= most) return result;
  // Not within a character of UTF-8.
  while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xC0U) == 0x80U)
    result.pop_back();
  if (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xC0U) == 0xC0U)
    result.pop_back();
  return result + "…";
}

}  // namespace mailrig::faults
