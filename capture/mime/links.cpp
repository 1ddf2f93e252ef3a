#include "capture/mime/links.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/html_scanner.hpp"
#include "capture/mime/html_text.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

namespace mailrig::mime {

namespace {

constexpr std::size_t max_link_text = 300;

constexpr bool ends_url(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet <= ' ' || octet >= 0x7F || c == '<' || c == '>' || c == '"' || c == '`' || c == '\\';
}

// How many more brackets are closed than opened. A closing bracket at the end of a URL belongs to
// the sentence if it was not opened in the URL.
class bracket_count {
 public:
  explicit bracket_count(std::string_view url) {
    for (const char c : url) count(c, 1);
  }
  void count(char c, int step) {
    for (std::size_t i = 0; i < opening.size(); ++i) {
      if (c == opening[i]) excess_[i] -= step;
      if (c == closing[i]) excess_[i] += step;
    }
  }
  [[nodiscard]] bool is_surplus(char c) const {
    const std::size_t kind = closing.find(c);
    return kind != closing.npos && excess_[kind] > 0;
  }

 private:
  static constexpr std::string_view opening = "([{", closing = ")]}";
  std::array<std::ptrdiff_t, 3> excess_{};
};

std::string_view without_punctuation(std::string_view url) {
  bracket_count brackets(url);
  while (!url.empty()) {
    const char last = url.back();
    const bool is_stop = std::string_view(".,;:!?'*_|").find(last) != std::string_view::npos;
    if (!is_stop && !brackets.is_surplus(last)) break;
    brackets.count(last, -1);
    url.remove_suffix(1);
  }
  return url;
}

// Where a scheme or `www.` begins at or after `from`.
std::size_t next_start(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find_first_of("hHfFwW", from); at != text.npos;
       at = text.find_first_of("hHfFwW", at + 1)) {
    const bool follows_word = at > 0 && (is_letter(text[at - 1]) || is_digit(text[at - 1]));
    if (follows_word) continue;
    const std::string_view rest = text.substr(at, 9);
    for (const std::string_view start : {"https://", "http://", "ftp://", "www."})
      if (starts_ignoring_case(rest, start) && rest.size() > start.size() &&
          !ends_url(rest[start.size()]))
        return at;
  }
  return text.npos;
}

bool leads_nowhere(std::string_view url) {
  if (url.empty() || url.starts_with('#')) return true;
  for (const std::string_view scheme : {"javascript:", "cid:", "data:", "about:"})
    if (starts_ignoring_case(url, scheme)) return true;
  return false;
}

std::string shown(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = is_whitespace(c);
    if (is_blank && (line.empty() || line.back() == ' ')) continue;
    line += is_blank ? ' ' : c;
  }
  return std::string(trim(utf8_prefix(line, max_link_text)));
}

class collector {
 public:
  void add(std::string url, std::string text, int part) {
    if (links_.size() == max_links || leads_nowhere(url)) return;
    if (seen_.insert(url).second) links_.push_back({std::move(url), std::move(text), part});
  }
  void add_from_text(std::string_view text, int part) {
    for (const span& each : find_urls(text))
      add(std::string(text.substr(each.begin, each.end - each.begin)), {}, part);
  }
  std::vector<link> take() { return std::move(links_); }

 private:
  std::vector<link> links_;
  std::unordered_set<std::string> seen_;
};

// Goes over one HTML part; an <a> is put down when it ends, with what stood in it.
class html_reader {
 public:
  html_reader(std::string_view html, int part, collector& into)
      : html_(html), part_(part), into_(into) {}

  void read() {
    html_scanner scanner(html_);
    std::size_t begin = 0;
    while (const auto token = scanner.next()) {
      take(*token, begin);
      begin = scanner.position();
    }
    end_anchor(html_.size());
  }

 private:
  void take(const html_token& token, std::size_t begin) {
    if (token.kind == html_kind::text) {
      if (!href_) into_.add_from_text(without_character_references(token.text), part_);
    } else if (equals_ignoring_case(token.name, "a")) {
      end_anchor(begin);
      if (token.kind != html_kind::open_tag) return;
      href_ = attribute_of(token, "href");
      content_begin_ = begin;
    } else if (token.kind == html_kind::open_tag && equals_ignoring_case(token.name, "area")) {
      if (auto href = attribute_of(token, "href"))
        into_.add(std::move(*href), shown(attribute_of(token, "alt").value_or("")), part_);
    }
  }

  void end_anchor(std::size_t end) {
    if (!href_) return;
    into_.add(std::move(*href_),
              shown(text_of_html(html_.substr(content_begin_, end - content_begin_))), part_);
    href_.reset();
  }

  std::string_view html_;
  int part_;
  collector& into_;
  std::optional<std::string> href_;
  std::size_t content_begin_ = 0;  // of the open <a>, its own tag included
};

}  // namespace

std::vector<span> find_urls(std::string_view text) {
  std::vector<span> found;
  for (std::size_t at = next_start(text, 0); at != text.npos;) {
    std::size_t end = at;
    while (end < text.size() && !ends_url(text[end])) ++end;
    const std::string_view url = without_punctuation(text.substr(at, end - at));
    found.push_back({at, at + url.size()});
    at = next_start(text, end);
  }
  return found;
}

std::vector<link> find_links(const message_view& view) {
  collector found;
  for_each_piece(view.html, view.html_pieces, [&found](std::string_view html, int part) {
    html_reader(html, part, found).read();
  });
  for_each_piece(view.text, view.text_pieces,
                 [&found](std::string_view text, int part) { found.add_from_text(text, part); });
  return found.take();
}

}  // namespace mailrig::mime
