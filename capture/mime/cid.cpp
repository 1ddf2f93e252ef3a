#include "capture/mime/cid.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/html_text.hpp"

#include <algorithm>

namespace mailrig::mime {

namespace {

using replacer = std::function<std::string(std::string_view)>;

constexpr std::string_view scheme = "cid:";

// Copies HTML and rewrites references on the way. Knows just enough of HTML's syntax to tell
// attribute values and style sheets from text, where a `cid:` is only words.
class rewriter {
 public:
  rewriter(std::string_view html, const replacer& replace) : html_(html), replace_(replace) {}

  std::string rewrite() {
    out_.reserve(html_.size() + 256);
    while (at_ < html_.size()) {
      copy_to(html_.find('<', at_));
      if (at_ < html_.size()) take_markup();
    }
    return std::move(out_);
  }

 private:
  void copy_to(std::size_t end) {
    end = std::min(end, html_.size());
    out_ += html_.substr(at_, end - at_);
    at_ = end;
  }

  void take_markup() {
    const std::string_view rest = html_.substr(at_);
    if (rest.starts_with("<!--")) {
      const std::size_t end = html_.find("-->", at_ + 4);
      copy_to(end == std::string_view::npos ? end : end + 3);
    } else if (rest.size() > 1 && is_letter(rest[1])) {
      const std::size_t name_end = rest.find_first_of(" \t\r\n\f/>");
      const bool is_style = equals_ignoring_case(rest.substr(1, name_end - 1), "style");
      take_tag();
      if (is_style) take_style_sheet();
    } else {
      copy_to(at_ + 1);
    }
  }

  // From `<` to the `>` outside of quotes. A quote begins a value only after `=`.
  void take_tag() {
    while (at_ < html_.size()) {
      copy_to(html_.find_first_of("=>", at_));
      const bool is_end = at_ >= html_.size() || html_[at_] == '>';
      copy_to(at_ + 1);
      if (is_end) return;
      copy_to(html_.find_first_not_of(" \t\r\n\f", at_));
      take_value();
    }
  }

  void take_value() {
    if (at_ >= html_.size()) return;
    const char quote = html_[at_];
    if (quote == '"' || quote == '\'') {
      copy_to(at_ + 1);
      put_value(html_.substr(at_, html_.find(quote, at_) - at_));
      copy_to(at_ + 1);
    } else {
      put_value(html_.substr(at_, html_.find_first_of(" \t\r\n\f>", at_) - at_));
    }
  }

  void put_value(std::string_view value) {
    at_ += value.size();
    const std::string_view bare = trim(value);
    if (starts_ignoring_case(bare, scheme)) {
      put_reference(bare.substr(0, scheme.size()), bare.substr(scheme.size()));
    } else {
      put_style(value);
    }
  }

  void put_reference(std::string_view spelled_scheme, std::string_view reference) {
    const std::string in_its_place = replace_(reference);
    if (!in_its_place.empty()) {
      out_ += in_its_place;
    } else {
      out_ += spelled_scheme;
      out_ += reference;
    }
  }

  // CSS: `url(cid:x)`, `url('cid:x')`, `url( "cid:x" )`.
  void put_style(std::string_view css) {
    std::size_t done = 0;
    for (std::size_t open = find_ignoring_case(css, "url("); open != std::string_view::npos;
         open = find_ignoring_case(css, "url(", done)) {
      std::size_t begin = css.find_first_not_of(" \t\r\n\f", open + 4);
      std::string_view ends = " \t\r\n\f)";
      if (begin != std::string_view::npos && (css[begin] == '"' || css[begin] == '\''))
        ends = css.substr(begin++, 1);
      begin = std::min(begin, css.size());
      for (const std::string_view entity : {"&quot;", "&#39;"})
        if (css.substr(begin).starts_with(entity)) begin += entity.size(), ends = "&";
      out_ += css.substr(done, begin - done);
      done = begin;
      if (!starts_ignoring_case(css.substr(begin), scheme)) continue;
      const std::size_t end = std::min(css.find_first_of(ends, begin), css.size());
      put_reference(css.substr(begin, scheme.size()),
                    css.substr(begin + scheme.size(), end - begin - scheme.size()));
      done = end;
    }
    out_ += css.substr(done);
  }

  void take_style_sheet() {
    const std::size_t end = std::min(find_ignoring_case(html_, "</style", at_), html_.size());
    const std::string_view css = html_.substr(at_, end - at_);
    at_ = end;
    put_style(css);
  }

  std::string_view html_;
  const replacer& replace_;
  std::size_t at_ = 0;
  std::string out_;
};

int number_in(const std::unordered_map<std::string, int>& ids, const std::string& id) {
  const auto found = ids.find(id);
  return found == ids.end() ? -1 : found->second;
}

// Where <base> may stand: behind a doctype, which must stay the first thing in the document or the
// browser falls into quirks mode.
std::size_t after_doctype(std::string_view html) {
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = std::min(html.find_first_not_of(" \t\r\n\f", at), html.size());
    const std::string_view rest = html.substr(begin);
    std::size_t end = std::string_view::npos;
    if (rest.starts_with("<!--")) {
      end = html.find("-->", begin);
    } else if (rest.starts_with("<?xml") || starts_ignoring_case(rest, "<!doctype")) {
      end = html.find('>', begin);
    }
    if (end == std::string_view::npos) return 0;
    at = html.find('>', end) + 1;
    if (starts_ignoring_case(rest, "<!doctype")) return at;
  }
}

}  // namespace

content_ids::content_ids(const std::vector<part>& parts) {
  for (const part& one : parts) {
    if (one.content_id.empty()) continue;
    exact_.try_emplace(one.content_id, one.number);
    lower_.try_emplace(lower_case(one.content_id), one.number);
  }
}

int content_ids::find(std::string_view reference) const {
  if (exact_.empty()) return -1;
  const std::string written = without_character_references(trim(reference));
  const std::string decoded = percent_decoded(written);
  for (const std::string& spelling : {written, decoded})
    if (const int number = number_in(exact_, spelling); number >= 0) return number;
  return number_in(lower_, lower_case(decoded));
}

std::string replace_cids(std::string_view html, const replacer& replace) {
  return rewriter(html, replace).rewrite();
}

std::string html_with_part_urls(const message_view& view, std::string_view part_url_prefix) {
  const content_ids ids(view.parts);
  std::string html = replace_cids(view.html, [&](std::string_view reference) {
    const int number = ids.find(reference);
    return number < 0 ? std::string() : std::string(part_url_prefix) + std::to_string(number);
  });
  html.insert(after_doctype(html), "<base target=\"_blank\">");
  return html;
}

}  // namespace mailrig::mime
