#include "capture/mime/body.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/charset.hpp"
#include "capture/mime/cid.hpp"
#include "capture/mime/defects.hpp"
#include "capture/mime/html_text.hpp"
#include "capture/mime/transfer.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mailrig::mime {

namespace {

// Every line end as LF.
std::string with_lf(std::string text) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    text[out++] = text[i] == '\r' ? '\n' : text[i];
  }
  text.resize(out);
  return text;
}

// The parts that are shown, in order.
struct shown_parts {
  std::vector<int> text, html;

  void append(const shown_parts& other) {
    text.insert(text.end(), other.text.begin(), other.text.end());
    html.insert(html.end(), other.html.begin(), other.html.end());
  }
};

// Walks the tree; its depth, and so the recursion's, is bounded by `max_depth`.
class chooser {
 public:
  chooser(std::string_view raw, const entity_tree& tree, message_view& view)
      : raw_(raw), tree_(tree), view_(view), children_(tree.entities.size()) {
    for (std::size_t i = 1; i < tree.entities.size(); ++i)
      children_[static_cast<std::size_t>(tree.entities[i].parent)].push_back(static_cast<int>(i));
  }

  void choose() {
    const shown_parts shown = shown_in(0, place::listed);
    for (const int number : shown.text) append_body(view_.text, view_.text_pieces, number);
    for (const int number : shown.html) append_body(view_.html, view_.html_pieces, number);
    mark_attachments(0);
    for (const std::vector<int>* list : {&shown.text, &shown.html})
      for (const int number : *list) view_part(number).is_attachment = false;
    mark_inline_images();
  }

 private:
  // Where a part stands decides what its file name means: in a list of parts a named text is a
  // file; as a form of the body (alternative, root of related) it is the body all the same.
  enum class place { listed, form };

  [[nodiscard]] const entity& at(int number) const {
    return tree_.entities[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] part& view_part(int number) {
    return view_.parts[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] const std::vector<int>& children(int number) const {
    return children_[static_cast<std::size_t>(number)];
  }

  shown_parts shown_in(int number, place where) {
    const entity& here = at(number);
    if (here.type == "multipart/alternative") return shown_in_alternative(number);
    if (here.type == "multipart/related") return shown_in_related(number);
    if (here.is_multipart()) return shown_in_list(number);
    const bool is_file = here.disposition.value == "attachment" ||
                         (where == place::listed && !view_part(number).filename.empty());
    if (is_file) return {};
    if (here.type == "text/html" || here.type == "application/xhtml+xml") return {{}, {number}};
    if (here.type == "text/plain") return {{number}, {}};
    return {};
  }

  shown_parts shown_in_list(int number) {
    shown_parts shown;
    for (const int child : children(number)) shown.append(shown_in(child, place::listed));
    return shown;
  }

  // RFC 2046 5.1.4: the forms of one body, the plainest first.
  shown_parts shown_in_alternative(int number) {
    shown_parts shown;
    for (const int child : children(number)) {
      shown_parts form = shown_in(child, place::form);
      if (shown.text.empty()) shown.text = std::move(form.text);
      if (!form.html.empty()) shown.html = std::move(form.html);
    }
    return shown;
  }

  // RFC 2387 makes the first part the root unless `start` names one. JavaMail's tutorials put the
  // picture first and name none, so a root that is no text yields to the first part with a body.
  shown_parts shown_in_related(int number) {
    const std::vector<int>& all = children(number);
    if (const int root = named_root(number); root >= 0) return shown_in(root, place::form);
    for (const int child : all)
      if (shown_parts shown = shown_in(child, place::form); !shown.html.empty()) return shown;
    for (const int child : all)
      if (shown_parts shown = shown_in(child, place::form); !shown.text.empty()) return shown;
    return {};
  }

  [[nodiscard]] int named_root(int number) const {
    std::string_view start = trim(at(number).content_type.parameter("start"));
    if (start.starts_with('<')) start.remove_prefix(1);
    if (start.ends_with('>')) start.remove_suffix(1);
    if (start.empty()) return -1;
    for (const int child : children(number))
      if (at(child).content_id == start) return child;
    return -1;
  }

  // Leaves and attached messages; what is inside an attached message belongs to that message.
  void mark_attachments(int number) {
    if (!at(number).is_multipart()) view_part(number).is_attachment = true;
    if (!at(number).is_multipart()) return;
    for (const int child : children(number)) mark_attachments(child);
  }

  void mark_inline_images() {
    if (view_.html.empty()) return;
    const content_ids ids(view_.parts);
    const auto mark = [&](std::string_view reference) {
      const int number = ids.find(reference);
      if (number >= 0) {
        view_part(number).is_inline =
            std::exchange(view_part(number).is_attachment, false) || view_part(number).is_inline;
      } else {
        add_defect(view_.defects, "the HTML refers to " +
                                      quoted("cid:" + std::string(reference.substr(0, 200))) +
                                      ", which no part has as its Content-ID");
      }
      return std::string();
    };
    static_cast<void>(replace_cids(view_.html, mark));
  }

  void append_body(std::string& body, std::vector<body_piece>& pieces, int number) {
    std::string text = decoded_body(number);
    if (text.empty()) return;
    if (!body.empty() && !body.ends_with('\n')) body += '\n';
    pieces.push_back({number, body.size()});
    body += text;
    if (body.size() <= max_body) return;
    body.resize(utf8_prefix(body, max_body).size());
    note_cut();
  }

  void note_cut() { add_defect(view_.defects, "more than 8 MiB of text; the rest is not shown"); }

  std::string decoded_body(int number) {
    const entity& here = at(number);
    const std::string_view encoded =
        raw_.substr(here.content_begin, here.content_end - here.content_begin);
    const std::string start = decode_transfer_prefix(encoded, here.transfer_encoding, max_body + 1);
    const std::string_view octets = octets_up_to(start, max_body);
    if (octets.size() < start.size()) note_cut();
    std::string_view charset = here.content_type.parameter("charset");
    if (charset.empty() && here.type != "text/plain") charset = declared_charset(octets);
    decoded_text decoded = decode_charset(octets, charset);
    if (!decoded.is_known_charset)
      add_defect(view_.defects, in_part(number) + "unknown charset " + quoted(charset));
    if (!decoded.is_clean)
      add_defect(view_.defects, in_part(number) + "octets that are not charset " + quoted(charset));
    return with_lf(std::move(decoded.text));
  }

  std::string_view raw_;
  const entity_tree& tree_;
  message_view& view_;
  std::vector<std::vector<int>> children_;
};

}  // namespace

void choose_bodies(std::string_view raw, const entity_tree& tree, message_view& view) {
  chooser(raw, tree, view).choose();
}

}  // namespace mailrig::mime
