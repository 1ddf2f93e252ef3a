// Takes HTML apart into text and tags, from the front to the back: no tree, no memory of what is
// open. What no reader sees (comments, style sheets, scripts, the title) is left out.
//
// Lenient as browsers are: a `<` that begins no tag is text, and what is never closed ends with the
// document. Views into the HTML; linear in its size, whatever stands in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::mime {

enum class html_kind : std::uint8_t { text, open_tag, close_tag };

struct html_token {
  html_kind kind = html_kind::text;
  std::string_view name;        // of a tag, as written
  std::string_view attributes;  // of an open tag, raw
  std::string_view text;        // of text, character references not undone
};

class html_scanner {
 public:
  explicit html_scanner(std::string_view html) : html_(html) {}

  // Nothing at the end.
  [[nodiscard]] std::optional<html_token> next();
  // How many octets of the HTML have been gone over.
  [[nodiscard]] std::size_t position() const { return at_; }

 private:
  [[nodiscard]] html_token take_text();
  [[nodiscard]] html_token take_tag();
  [[nodiscard]] bool is_markup(std::size_t at) const;
  void skip_declaration();
  void skip_hidden(std::string_view name);
  [[nodiscard]] std::size_t end_of_tag(std::size_t from) const;

  std::string_view html_;
  std::size_t at_ = 0;
  std::uint8_t never_closed_ = 0;  // a bit for each hidden element that has no end behind `at_`
};

// The value of an attribute (its name in lower case), character references undone and blanks around
// it away; nothing if the tag has none.
[[nodiscard]] std::optional<std::string> attribute_of(const html_token& tag, std::string_view name);

// What a reader sees, as plain text: blocks and <br> end lines, runs of blanks are one. An image
// shows its alternative text.
[[nodiscard]] std::string text_of_html(std::string_view html);

}  // namespace mailrig::mime
