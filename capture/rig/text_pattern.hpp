// What a text must hold to match: words, compared without case by Unicode and with any run of
// blanks for a blank, or a regular expression (RE2, without case unless it says `(?-i)`).
//
// An immutable value, cheap to copy; may be used by several threads at once. Matching folds the
// text into a scratch string of the caller's, so that a search over many mails allocates once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace mailrig::rig {

class text_pattern {
 public:
  // `words` is valid UTF-8.
  [[nodiscard]] static text_pattern of_words(std::string_view words);
  // Or what is wrong with the expression, in English.
  [[nodiscard]] static std::variant<text_pattern, std::string> of_regex(
      std::string_view expression);
  // `*`: any text but the empty one.
  [[nodiscard]] static text_pattern of_any_text();

  text_pattern() = default;

  // Anywhere in the text, which is valid UTF-8.
  [[nodiscard]] bool is_in(std::string_view text, std::string& scratch) const;
  // The whole text; an expression and `*` may match anywhere.
  [[nodiscard]] bool is_all_of(std::string_view text, std::string& scratch) const;
  // False: it is surely not in a text whose ASCII octets, in this order, stand in `octets`,
  // whatever lies between its words.
  [[nodiscard]] bool may_be_in_ascii(std::string_view octets, std::string& scratch) const;

  [[nodiscard]] bool is_words() const { return what_ == kind::words; }
  // Folded, each run of blanks one; empty unless these are words.
  [[nodiscard]] const std::string& words() const { return words_; }

 private:
  enum class kind : std::uint8_t { words, regex, any_text };

  [[nodiscard]] bool finds(std::string_view folded, std::string_view needle,
                           std::size_t rarest) const;

  kind what_ = kind::any_text;
  std::string words_;
  // The longest word of `words_`, and in both the octet that is rarest in most texts.
  std::string longest_;
  std::size_t rarest_ = 0;
  std::size_t rarest_of_longest_ = 0;
  std::shared_ptr<const re2::RE2> regex_;
};

}  // namespace mailrig::rig
