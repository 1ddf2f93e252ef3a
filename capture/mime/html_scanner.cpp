#include "capture/mime/html_scanner.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/html_text.hpp"

#include <algorithm>
#include <array>

namespace mailrig::mime {

namespace {

constexpr std::string_view blanks = " \t\r\n\f";
constexpr std::string_view name_ends = " \t\r\n\f/>";

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view each) { return equals_ignoring_case(name, each); });
}

// Elements whose content is not shown, or not as text.
constexpr std::array<std::string_view, 4> hidden = {"style", "script", "title", "template"};

std::size_t hidden_number(std::string_view name) {
  const auto found = std::find_if(hidden.begin(), hidden.end(), [name](std::string_view each) {
    return equals_ignoring_case(name, each);
  });
  return static_cast<std::size_t>(found - hidden.begin());
}

bool ends_line(std::string_view name) {
  static constexpr std::array<std::string_view, 27> blocks = {
      "br",     "p",          "div", "tr", "table",   "tbody",   "thead",   "li",     "ul",
      "ol",     "h1",         "h2",  "h3", "h4",      "h5",      "h6",      "hr",     "pre",
      "center", "blockquote", "dd",  "dt", "section", "article", "address", "header", "footer"};
  return is_one_of(name, blocks);
}

// Cells are apart, yet on one line.
bool separates_words(std::string_view name) {
  return equals_ignoring_case(name, "td") || equals_ignoring_case(name, "th");
}

// Text with runs of blanks as one; line ends come from tags only.
class text_joiner {
 public:
  void add(std::string_view words) {
    for (const char c : words) {
      if (is_whitespace(c)) {
        blank();
      } else {
        text_ += c;
      }
    }
  }
  void blank() {
    if (!text_.empty() && text_.back() != ' ' && text_.back() != '\n') text_ += ' ';
  }
  void end_line() {
    if (!text_.empty() && text_.back() == ' ') text_.pop_back();
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

bool html_scanner::is_markup(std::size_t at) const {
  if (at + 1 >= html_.size()) return false;
  const char next = html_[at + 1];
  return is_letter(next) || next == '/' || next == '!' || next == '?';
}

html_token html_scanner::take_text() {
  std::size_t end = html_.find('<', at_);
  while (end != html_.npos && !is_markup(end)) end = html_.find('<', end + 1);
  end = std::min(end, html_.size());
  html_token token;
  token.text = html_.substr(at_, end - at_);
  at_ = end;
  return token;
}

void html_scanner::skip_declaration() {
  const bool is_comment = html_.substr(at_).starts_with("<!--");
  const std::string_view closing = is_comment ? "-->" : ">";
  // Past the opening, so that `<!-->` does not wait for another end.
  const std::size_t end = html_.find(closing, at_ + 2);
  at_ = end == html_.npos ? html_.size() : end + closing.size();
}

// From `from` to the `>` outside of quotes. A quote begins a value only after `=`.
std::size_t html_scanner::end_of_tag(std::size_t from) const {
  std::size_t at = html_.find_first_of("=>", from);
  while (at != html_.npos && html_[at] == '=') {
    at = html_.find_first_not_of(blanks, at + 1);
    if (at == html_.npos) break;
    if (html_[at] == '"' || html_[at] == '\'') at = html_.find(html_[at], at + 1);
    if (at == html_.npos) break;
    at = html_.find_first_of("=>", at);
  }
  return std::min(at, html_.size());
}

// To the closing tag; an element that is never closed hides nothing, and is looked for once.
void html_scanner::skip_hidden(std::string_view name) {
  const std::size_t number = hidden_number(name);
  const auto bit = static_cast<std::uint8_t>(1U << number);
  if (number == hidden.size() || (never_closed_ & bit) != 0) return;
  const std::size_t end = find_ignoring_case(html_, "</" + std::string(hidden[number]), at_);
  if (end != html_.npos)
    at_ = end;
  else
    never_closed_ |= bit;
}

html_token html_scanner::take_tag() {
  html_token token;
  const bool closes = html_[at_ + 1] == '/';
  const std::size_t name_begin = at_ + (closes ? 2 : 1);
  const std::size_t name_end = std::min(html_.find_first_of(name_ends, name_begin), html_.size());
  const std::size_t end = end_of_tag(name_end);
  token.kind = closes ? html_kind::close_tag : html_kind::open_tag;
  token.name = html_.substr(name_begin, name_end - name_begin);
  token.attributes = html_.substr(name_end, end - name_end);
  at_ = std::min(end + 1, html_.size());
  if (!closes) skip_hidden(token.name);
  return token;
}

std::optional<html_token> html_scanner::next() {
  while (at_ < html_.size()) {
    if (html_[at_] != '<' || !is_markup(at_)) return take_text();
    if (html_[at_ + 1] != '!' && html_[at_ + 1] != '?') return take_tag();
    skip_declaration();
  }
  return std::nullopt;
}

std::optional<std::string> attribute_of(const html_token& tag, std::string_view name) {
  const std::string_view all = tag.attributes;
  std::size_t at = 0;
  while ((at = all.find_first_not_of(" \t\r\n\f/", at)) != all.npos) {
    const std::size_t name_end = std::min(all.find_first_of(" \t\r\n\f/=", at + 1), all.size());
    const bool is_wanted = equals_ignoring_case(all.substr(at, name_end - at), name);
    at = std::min(all.find_first_not_of(blanks, name_end), all.size());
    if (at == all.size() || all[at] != '=') {
      if (is_wanted) return std::string();
      continue;
    }
    at = std::min(all.find_first_not_of(blanks, at + 1), all.size());
    if (at == all.size()) break;
    const bool is_quoted = all[at] == '"' || all[at] == '\'';
    const std::size_t begin = is_quoted ? at + 1 : at;
    const std::size_t end = std::min(
        is_quoted ? all.find(all[at], begin) : all.find_first_of(blanks, begin), all.size());
    if (is_wanted)
      return without_character_references(trim(all.substr(begin, end - begin), blanks));
    at = std::min(end + 1, all.size());
  }
  return std::nullopt;
}

std::string text_of_html(std::string_view html) {
  text_joiner joined;
  html_scanner scanner(html);
  while (const auto token = scanner.next()) {
    if (token->kind == html_kind::text) {
      const bool has_references = token->text.find('&') != token->text.npos;
      joined.add(has_references ? without_character_references(token->text)
                                : std::string(token->text));
    } else if (separates_words(token->name)) {
      joined.blank();
    } else if (ends_line(token->name)) {
      joined.end_line();
    } else if (token->kind == html_kind::open_tag && equals_ignoring_case(token->name, "img")) {
      if (const auto shown = attribute_of(*token, "alt")) joined.add(*shown);
    }
  }
  joined.end_line();
  return joined.take();
}

}  // namespace mailrig::mime
