#include "capture/rig/glob.hpp"

#include <cstddef>

namespace mailrig::rig {
namespace {

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

// On a mismatch the last star takes one octet more; stars before it never need to be tried again.
bool matches_glob(std::string_view pattern, std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t in_pattern = 0;
  std::size_t in_text = 0;
  std::size_t star = none;
  std::size_t star_took_to = 0;
  while (in_text < text.size()) {
    const char wanted = in_pattern < pattern.size() ? pattern[in_pattern] : '\0';
    if (in_pattern < pattern.size() && wanted == '*') {
      star = in_pattern++;
      star_took_to = in_text;
    } else if (in_pattern < pattern.size() &&
               (wanted == '?' || lower(wanted) == lower(text[in_text]))) {
      ++in_pattern;
      ++in_text;
    } else if (star != none) {
      in_pattern = star + 1;
      in_text = ++star_took_to;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == none;
}

}  // namespace mailrig::rig
