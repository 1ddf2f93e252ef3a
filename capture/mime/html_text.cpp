#include "capture/mime/html_text.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::mime {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> named_references = {{
    {"amp", "&"},
    {"lt", "<"},
    {"gt", ">"},
    {"quot", "\""},
    {"apos", "'"},
    {"nbsp", " "},
    {"copy", "©"},
    {"reg", "®"},
    {"hellip", "…"},
    {"mdash", "—"},
    {"ndash", "–"},
    {"middot", "·"},
}};

// `#20013` or `#x4E2D`, without `&` and `;`; false if it is neither.
bool append_numeric(std::string& out, std::string_view body) {
  const bool is_hex = body.size() > 1 && to_lower(body[1]) == 'x';
  const std::string_view digits = body.substr(is_hex ? 2 : 1);
  if (digits.empty() || digits.size() > 8) return false;
  unsigned long value = 0;
  for (const char c : digits) {
    const int digit = hex_value(c);
    if (digit < 0 || (!is_hex && digit > 9)) return false;
    value = value * (is_hex ? 16 : 10) + static_cast<unsigned long>(digit);
  }
  append_code_point(out, value);
  return true;
}

bool append_reference(std::string& out, std::string_view body) {
  if (body.starts_with('#')) return append_numeric(out, body);
  const auto found = std::find_if(named_references.begin(), named_references.end(),
                                  [&](const auto& known) { return known.first == body; });
  if (found == named_references.end()) return false;
  out += found->second;
  return true;
}

// What a browser does not show, whatever stands between its tags.
std::string_view hidden_element(std::string_view tag) {
  for (const std::string_view name : {"style", "script", "title", "head"})
    if (starts_ignoring_case(tag.substr(1), name) && tag.size() > name.size() + 1 &&
        !is_letter(tag[name.size() + 1]))
      return name;
  return {};
}

// The first octet after the markup at `at`; a hidden element goes whole.
std::size_t after_markup(std::string_view html, std::size_t at) {
  const std::string_view rest = html.substr(at);
  std::string end = ">";
  if (rest.starts_with("<!--")) end = "-->";
  if (const auto hidden = hidden_element(rest); !hidden.empty()) end = "</" + std::string(hidden);
  const std::size_t found = find_ignoring_case(html, end, at + 1);
  if (found == std::string_view::npos) return html.size();
  return end.starts_with('<') ? found : found + end.size();
}

// The text with each run of blanks as one; markup and line ends do not add up to words.
void append_words(std::string& words, std::string_view text) {
  for (const char c : text) {
    const bool is_blank = is_whitespace(c);
    if (is_blank && (words.empty() || words.back() == ' ')) continue;
    words += is_blank ? ' ' : c;
  }
}

}  // namespace

std::string without_character_references(std::string_view html) {
  constexpr std::size_t longest = 10;
  std::string out;
  out.reserve(html.size());
  for (std::size_t i = 0; i < html.size(); ++i) {
    const std::size_t end = html[i] == '&' ? html.substr(i, longest).find(';') : html.npos;
    if (end != html.npos && append_reference(out, html.substr(i + 1, end - 1))) {
      i += end;
    } else {
      out += html[i];
    }
  }
  return out;
}

std::string visible_words(std::string_view html, std::size_t octets) {
  std::string words;
  std::size_t at = 0;
  while (at < html.size() && words.size() < octets) {
    const std::size_t open = std::min(html.find('<', at), html.size());
    append_words(words, html.substr(at, std::min(open - at, octets * 8)));
    const bool is_markup =
        open + 1 < html.size() && (is_letter(html[open + 1]) || html[open + 1] == '/' ||
                                   html[open + 1] == '!' || html[open + 1] == '?');
    at = is_markup ? after_markup(html, open) : open + 1;
    append_words(words, is_markup ? " " : html.substr(open, 1));
  }
  return without_character_references(words);
}

std::string_view declared_charset(std::string_view html) {
  const std::string_view head = html.substr(0, 1'024);
  for (std::size_t at = find_ignoring_case(head, "charset"); at != std::string_view::npos;
       at = find_ignoring_case(head, "charset", at + 1)) {
    const std::size_t equals = head.find_first_not_of(" \t\r\n", at + 7);
    if (equals == std::string_view::npos || head[equals] != '=') continue;
    const std::size_t begin = head.find_first_not_of(" \t\r\n\"'", equals + 1);
    if (begin == std::string_view::npos) return {};
    return head.substr(begin, head.find_first_of(" \t\r\n\"'>;/", begin) - begin);
  }
  return {};
}

}  // namespace mailrig::mime
