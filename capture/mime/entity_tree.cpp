#include "capture/mime/entity_tree.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/defects.hpp"
#include "capture/mime/encoded_word.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace mailrig::mime {

namespace {

// A type and a subtype of plausible characters; anything else is RFC 2045 5.2's default.
bool is_media_type(std::string_view type) {
  const std::size_t slash = type.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < type.size() &&
         std::all_of(type.begin(), type.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

std::string without_angle_brackets(std::string_view value) {
  value = trim(value);
  if (value.starts_with('<')) value.remove_prefix(1);
  return std::string(value.substr(0, value.find('>')));
}

std::string_view value_of(const header_block& header, std::string_view name) {
  const raw_field* const field = header.find(name);
  return field == nullptr ? std::string_view() : octets_up_to(field->value, max_value);
}

// The boundaries of the multiparts that are open at one place, innermost last.
class boundary_stack {
 public:
  struct level {
    std::string boundary;
    int entity = 0;
    bool was_seen = false;
  };
  struct match {
    std::size_t level = 0;
    bool is_closing = false;
  };

  [[nodiscard]] bool empty() const { return levels_.empty(); }
  [[nodiscard]] std::size_t size() const { return levels_.size(); }
  [[nodiscard]] level& operator[](std::size_t index) { return levels_[index]; }

  void push(std::string boundary, int entity) {
    indices_[boundary].push_back(levels_.size());
    levels_.push_back({std::move(boundary), entity, false});
  }

  level pop() {
    level last = std::move(levels_.back());
    levels_.pop_back();
    indices_[last.boundary].pop_back();
    return last;
  }

  // RFC 2046 5.1.1: `--boundary`, for the last one `--` behind it, then only blanks.
  [[nodiscard]] std::optional<match> find(std::string_view line) const {
    if (!line.starts_with("--")) return std::nullopt;
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    if (line.size() < 2) return std::nullopt;
    line.remove_prefix(2);
    if (const auto found = level_of(line)) return match{*found, false};
    if (!line.ends_with("--")) return std::nullopt;
    line.remove_suffix(2);
    if (const auto found = level_of(line)) return match{*found, true};
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<std::size_t> level_of(std::string_view boundary) const {
    if (boundary.size() > max_boundary) return std::nullopt;
    const auto found = indices_.find(std::string(boundary));
    if (found == indices_.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
  }

  static constexpr std::size_t max_boundary = 1'000;  // RFC 2046 allows 70

  std::vector<level> levels_;
  std::unordered_map<std::string, std::vector<std::size_t>> indices_;
};

// One pass over the message. `at_` is always the beginning of a line.
class cutter {
 public:
  explicit cutter(std::string_view raw) : raw_(raw) {}

  entity_tree cut() {
    skip_mbox_line();
    open_entity(-1);
    while (at_ < raw_.size()) next_delimiter();
    close_levels(0);
    close_path(-1, raw_.size());
    return std::move(tree_);
  }

 private:
  void note(std::string defect) { add_defect(tree_.defects, std::move(defect)); }

  void skip_mbox_line() {
    if (!raw_.starts_with("From ")) return;
    at_ = line_at(raw_, 0).next;
    note("the message begins with an mbox \"From \" line");
  }

  // Reads headers at `at_` and puts the entity on the tree; an attached message opens the one
  // inside it at once.
  void open_entity(int parent) {
    for (bool is_message = true; is_message;) {
      if (tree_.entities.size() == max_parts) {
        note("more than 10,000 parts; the rest is not shown");
        is_full_ = true;
        return;
      }
      const int number = add_entity(parent);
      is_message = at(number).is_open_message() && can_descend(number);
      parent = number;
    }
  }

  int add_entity(int parent) {
    const int number = static_cast<int>(tree_.entities.size());
    header_block header = scan_header_block(
        raw_, at_, [this](std::string_view line) { return boundaries_.find(line).has_value(); });
    judge_header(header, number);
    tree_.entities.push_back(make_entity(header, parent));
    tree_.entities.back().header_begin = std::exchange(at_, header.end);
    if (number == 0) tree_.header = std::move(header);
    open_path_.push_back(number);
    if (tree_.entities.back().is_multipart()) open_multipart(number);
    return number;
  }

  entity make_entity(const header_block& header, int parent) {
    entity made;
    made.parent = parent;
    made.content_begin = header.end;
    made.content_end = raw_.size();
    made.content_type = parse_parameters(value_of(header, "content-type"));
    made.disposition = parse_parameters(value_of(header, "content-disposition"));
    made.transfer_encoding =
        lower_case(decode_words(unfolded(value_of(header, "content-transfer-encoding"))));
    made.content_id = guess_words(value_of(header, "content-id"));
    bool is_digest = false;
    if (parent >= 0) {
      entity& above = at(parent);
      above.has_children = true;
      made.depth = above.depth + 1;
      is_digest = above.type == "multipart/digest";
    }
    made.type = made.content_type.value;
    if (!is_media_type(made.type)) {
      // RFC 2046 5.1.5: a digest's parts are messages unless they say otherwise.
      made.type = is_digest && made.type.empty() ? "message/rfc822" : "text/plain";
      if (!made.content_type.value.empty())
        note(in_part(static_cast<int>(tree_.entities.size())) + "unreadable Content-Type " +
             quoted(made.content_type.value) + ", taken as " + made.type);
    }
    return made;
  }

  static std::string guess_words(std::string_view raw_value) {
    return without_angle_brackets(decode_words(unfolded(raw_value)));
  }

  void judge_header(const header_block& header, int number) {
    const bool is_message = number == 0;
    if (is_message && raw_.empty()) {
      note("the message is empty");
    } else if (is_message && header.fields.empty() && !header.has_blank_line) {
      note("the message has no header");
    } else if (header.ends_at_delimiter) {
      note(in_part(number) + "ends without a body");
    } else if (header.ends_at_data_end && !header.fields.empty()) {
      note(in_part(number) + "the data ends within the header");
    } else if (!header.has_blank_line && at_ < raw_.size()) {
      note(in_part(number) + "no blank line between header and body");
    }
    if (header.has_more_fields)
      note(in_part(number) + "more than 10,000 header fields; the rest is not shown");
  }

  bool can_descend(int number) {
    const bool is_deep = at(number).depth >= max_depth;
    if (is_deep) note("nested deeper than 100 levels; what is inside is not shown");
    return !is_deep;
  }

  void open_multipart(int number) {
    if (!can_descend(number)) return;
    entity& opened = at(number);
    std::string boundary(trim(opened.content_type.parameter("boundary")));
    if (boundary.empty()) {
      boundary = guessed_boundary(opened.content_begin);
      note(in_part(number) + opened.type + " has no boundary parameter" +
           (boundary.empty() ? "; shown as text" : "; taken from the body"));
      if (boundary.empty()) {
        opened.type = "text/plain";
        return;
      }
    }
    boundaries_.push(std::move(boundary), number);
  }

  // The first line of the body that is not blank, if it looks like a delimiter.
  std::string guessed_boundary(std::size_t begin) const {
    while (begin < raw_.size()) {
      const line_span line = line_at(raw_, begin);
      const std::string_view text = trim(line.text);
      if (text.size() > 2 && text.size() <= 100 && text.starts_with("--"))
        return std::string(text.substr(2));
      if (!text.empty()) break;
      begin = line.next;
    }
    return {};
  }

  // Moves to the next delimiter line and acts on it.
  void next_delimiter() {
    if (boundaries_.empty()) {
      at_ = raw_.size();
      return;
    }
    while (at_ < raw_.size() && !raw_.substr(at_).starts_with("--")) skip_to_dashes();
    if (at_ >= raw_.size()) return;
    const line_span line = line_at(raw_, at_);
    const auto match = boundaries_.find(line.text);
    if (match) take_delimiter(*match, line.next);
    if (!match) at_ = line.next;
  }

  void skip_to_dashes() {
    const std::size_t found = raw_.find("\n--", at_);
    at_ = found == std::string_view::npos ? raw_.size() : found + 1;
  }

  void take_delimiter(boundary_stack::match match, std::size_t next) {
    close_levels(match.level + 1);
    boundary_stack::level& level = boundaries_[match.level];
    const int multipart = level.entity;
    level.was_seen = true;
    close_path(multipart, before_line_end(at_));
    at_ = next;
    if (match.is_closing) {
      boundaries_.pop();
    } else {
      open_entity(multipart);
    }
    if (is_full_) at_ = raw_.size();
  }

  // RFC 2046 5.1.1: the line end before a delimiter belongs to the delimiter.
  [[nodiscard]] std::size_t before_line_end(std::size_t at) const {
    if (at > 0 && raw_[at - 1] == '\n') --at;
    if (at > 0 && raw_[at - 1] == '\r') --at;
    return at;
  }

  // Ends the content of every open entity below `ancestor` (-1: of all).
  void close_path(int ancestor, std::size_t end) {
    while (!open_path_.empty() && open_path_.back() != ancestor) {
      entity& closed = at(open_path_.back());
      closed.content_end = std::max(end, closed.content_begin);
      open_path_.pop_back();
    }
  }

  // Gives up the multiparts from `level` up: their closing delimiters never came.
  void close_levels(std::size_t level) {
    while (boundaries_.size() > level) {
      const boundary_stack::level lost = boundaries_.pop();
      if (!is_full_) judge_lost(lost);
    }
  }

  void judge_lost(const boundary_stack::level& lost) {
    entity& multipart = at(lost.entity);
    if (lost.was_seen) {
      note("boundary " + quoted(lost.boundary) + " is never closed");
      return;
    }
    note("boundary " + quoted(lost.boundary) + " never appears; shown as text");
    multipart.type = "text/plain";
  }

  [[nodiscard]] entity& at(int number) { return tree_.entities[static_cast<std::size_t>(number)]; }

  std::string_view raw_;
  std::size_t at_ = 0;
  std::vector<int> open_path_;  // from the message down to the entity that was opened last
  bool is_full_ = false;
  boundary_stack boundaries_;
  entity_tree tree_;
};

}  // namespace

bool entity::is_open_message() const {
  const bool is_encoded = transfer_encoding == "base64" ||
                          transfer_encoding == "quoted-printable" ||
                          transfer_encoding.find("uue") != std::string::npos;
  return (type == "message/rfc822" || type == "message/global") && !is_encoded;
}

entity_tree cut_entities(std::string_view raw) {
  return cutter(raw).cut();
}

}  // namespace mailrig::mime
