#include "capture/rig/query_parser.hpp"

#include "capture/mime/utf8.hpp"
#include "capture/rig/query_words.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace mailrig::rig {
namespace {

// Thrown and caught within this file only: a query is refused at the first mistake.
struct refusal {
  query_error why;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_word_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// What a term costs to ask: the envelope and the marks, then the summary, the header, the body.
int cost_of(const query_node& node) {
  if (node.what != query_node::kind::term) {
    int dearest = 0;
    for (const query_node& each : node.children) dearest = std::max(dearest, cost_of(each));
    return dearest;
  }
  switch (node.leaf.what) {
    case word::any_text:
    case word::body: return 3;
    case word::html: return 4;
    case word::has: return 3;
    case word::header: return 2;
    case word::from:
    case word::to:
    case word::cc:
    case word::bcc:
    case word::addressed:
    case word::subject:
    case word::attachment:
    case word::message_id: return 1;
    default: return 0;
  }
}

// Parentheses that change nothing leave no trace.
std::vector<query_node> flattened(query_node::kind what, std::vector<query_node> children) {
  std::vector<query_node> flat;
  for (query_node& each : children) {
    if (each.what == what)
      std::move(each.children.begin(), each.children.end(), std::back_inserter(flat));
    else
      flat.push_back(std::move(each));
  }
  return flat;
}

query_node combine(query_node::kind what, std::vector<query_node> children) {
  if (children.size() == 1) return std::move(children.front());
  children = flattened(what, std::move(children));
  std::stable_sort(children.begin(), children.end(), [](const query_node& a, const query_node& b) {
    return cost_of(a) < cost_of(b);
  });
  query_node made;
  made.what = what;
  made.children = std::move(children);
  return made;
}

struct written_value {
  std::string text;
  value_form form = value_form::plain;
  bool is_bare = true;
};

class parser {
 public:
  explicit parser(std::string_view text) : text_(text) {}

  query parse() {
    if (text_.size() > max_query_octets)
      refuse("the query has " + std::to_string(text_.size()) + " octets; it may have " +
                 std::to_string(max_query_octets),
             0);
    if (!mime::is_valid_utf8(text_)) refuse("the query is not UTF-8", 0);
    skip_blanks();
    if (is_at_end()) return {};
    query_node all = alternatives();
    if (!is_at_end()) refuse("this ) closes no (", at_);
    return all;
  }

 private:
  [[noreturn]] void refuse(std::string detail, std::size_t at) const {
    const auto before = text_.substr(0, at);
    const auto characters = std::count_if(before.begin(), before.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    });
    throw refusal{{std::move(detail), static_cast<std::size_t>(characters) + 1}};
  }

  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  void skip_blanks() {
    while (!is_at_end() && is_blank(text_[at_])) ++at_;
  }

  // OR and NOT count in capitals only, standing alone.
  [[nodiscard]] bool is_operator(std::string_view name) const {
    if (!rest().starts_with(name)) return false;
    const std::size_t end = at_ + name.size();
    return end == text_.size() || is_blank(text_[end]) || text_[end] == '(' || text_[end] == ')';
  }

  query_node alternatives() {
    const std::size_t begin = at_;
    if (++depth_ > max_query_depth)
      refuse("more than " + std::to_string(max_query_depth) + " parentheses are open", begin);
    std::vector<query_node> found;
    found.push_back(conjunction());
    while (is_operator("OR")) {
      at_ += 2;
      skip_blanks();
      if (is_at_end() || text_[at_] == ')') refuse("nothing follows this OR", at_);
      found.push_back(conjunction());
    }
    --depth_;
    return combine(query_node::kind::any_of, std::move(found));
  }

  query_node conjunction() {
    std::vector<query_node> found;
    while (!is_at_end() && text_[at_] != ')' && !is_operator("OR")) {
      if (is_operator("AND")) {
        if (found.empty()) refuse("nothing stands before this AND", at_);
        at_ += 3;
        skip_blanks();
        if (is_at_end() || text_[at_] == ')' || is_operator("OR"))
          refuse("nothing follows this AND", at_);
      }
      found.push_back(factor());
      skip_blanks();
    }
    if (found.empty()) refuse("a condition is missing here", at_);
    return combine(query_node::kind::all_of, std::move(found));
  }

  query_node factor() {
    if (is_operator("NOT")) return negation(3);
    if (text_[at_] == '-' && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1]))
      return negation(1);
    if (text_[at_] == '(') return group();
    return one_term();
  }

  query_node negation(std::size_t sign) {
    at_ += sign;
    skip_blanks();
    if (is_at_end() || text_[at_] == ')') refuse("nothing follows this negation", at_);
    if (++depth_ > max_query_depth) refuse("negations are nested too deeply", at_);
    query_node made;
    made.what = query_node::kind::none_of;
    made.children.push_back(factor());
    --depth_;
    return made;
  }

  query_node group() {
    const std::size_t begin = at_++;
    skip_blanks();
    if (is_at_end()) refuse("this ( is never closed", begin);
    if (text_[at_] == ')') refuse("there is nothing in these parentheses", begin);
    query_node inside = alternatives();
    if (is_at_end()) refuse("this ( is never closed", begin);
    ++at_;
    return inside;
  }

  query_node one_term() {
    if (++terms_ > max_query_terms)
      refuse("there are more than " + std::to_string(max_query_terms) + " conditions", at_);
    const std::size_t begin = at_;
    const query_word* which = take_word_name();
    const std::string_view name = text_.substr(begin, at_ - begin - (which == nullptr ? 0 : 1));
    const written_value value = take_value();
    query_node made;
    made.what = query_node::kind::term;
    if (which == nullptr) {
      made.leaf = free_text(value, begin);
    } else {
      refuse_lost_plus(*which, name, value, begin);
      auto term = make_term(*which, name, value.text, value.form);
      if (auto* wrong = std::get_if<query_error>(&term)) refuse(std::move(wrong->detail), begin);
      made.leaf = std::get<rig::term>(std::move(term));
    }
    made.leaf.position = begin + 1;
    return made;
  }

  // Moves behind the colon of a known word; null for free text.
  const query_word* take_word_name() {
    std::size_t end = at_;
    while (end < text_.size() && is_word_sign(text_[end])) ++end;
    if (end == at_ || end == text_.size() || text_[end] != ':') return nullptr;
    const std::string_view name = text_.substr(at_, end - at_);
    // An address of the web is no word.
    if (text_.substr(end + 1).starts_with("//")) return nullptr;
    const query_word* which = find_query_word(name);
    if (which == nullptr)
      refuse("\"" + std::string(name) + ":\" is no word of the grammar; the nearest is \"" +
                 std::string(nearest_query_word(name)) +
                 ":\". To look for the text itself, put it in quotes",
             at_);
    at_ = end + 1;
    return which;
  }

  written_value take_value() {
    if (rest().starts_with('"')) return take_phrase();
    if (rest().starts_with("~/")) return take_regex();
    const std::size_t begin = at_;
    while (!is_at_end() && !is_blank(text_[at_]) && text_[at_] != '(' && text_[at_] != ')') ++at_;
    return {std::string(text_.substr(begin, at_ - begin))};
  }

  written_value take_phrase() {
    const std::size_t begin = at_++;
    std::string value;
    for (; !is_at_end() && text_[at_] != '"'; ++at_) {
      const bool is_escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                             (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (is_escape) ++at_;
      value += text_[at_];
    }
    if (is_at_end()) refuse("this \" is never closed", begin);
    ++at_;
    return {std::move(value), value_form::plain, false};
  }

  // `\/` stands for a slash; all other escapes are RE2's.
  written_value take_regex() {
    const std::size_t begin = at_;
    std::string value;
    for (at_ += 2; !is_at_end() && text_[at_] != '/'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        if (text_[at_ + 1] != '/') value += '\\';
        ++at_;
      }
      value += text_[at_];
    }
    if (is_at_end())
      refuse("this ~/ is never closed: write ~/expression/, and \\/ for a slash", begin);
    ++at_;
    if (value.empty()) refuse("there is no expression in ~//", begin);
    return {std::move(value), value_form::regex, false};
  }

  term free_text(const written_value& value, std::size_t begin) {
    static constexpr query_word text{word::any_text, "text", value_kind::text, {}};
    auto made = make_term(text, "a text", value.text, value.form);
    if (auto* wrong = std::get_if<query_error>(&made)) refuse(std::move(wrong->detail), begin);
    return std::get<term>(std::move(made));
  }

  // `?query=rcpt:bob+tag@shop.test` arrives as two terms of which no one would think.
  void refuse_lost_plus(const query_word& which, std::string_view name, const written_value& value,
                        std::size_t begin) const {
    const bool may_be = which.value == value_kind::address && value.is_bare &&
                        value.text.find('@') == value.text.npos && rest().starts_with(' ');
    if (!may_be) return;
    const std::string_view next = rest().substr(1);
    const std::string_view tail = next.substr(0, next.find_first_of(" \t()"));
    const std::size_t at_sign = tail.find('@');
    if (at_sign == tail.npos || at_sign == 0 || tail.find(':') != tail.npos ||
        tail.front() == '-' || tail.front() == '"' || tail.starts_with("~/"))
      return;
    const std::string meant = std::string(name) + ':' + value.text;
    refuse("\"" + meant + ' ' + std::string(tail) +
               "\" looks like an address that lost its +, which means a blank in a URL: write " +
               meant + "%2B" + std::string(tail) +
               ". If two conditions are meant, put AND between them",
           begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
};

}  // namespace

std::variant<query, query_error> parse_query(std::string_view text) {
  try {
    return parser(text).parse();
  } catch (refusal& refused) {
    return std::move(refused.why);
  }
}

std::variant<query, query_error> parse_parameter(std::string_view name, std::string_view value) {
  if (value.size() > max_query_octets || !mime::is_valid_utf8(value))
    return query_error{std::string(name) + " must be UTF-8 of at most " +
                       std::to_string(max_query_octets) + " octets"};
  const query_word* which = find_query_word(name);
  if (which == nullptr)
    return query_error{"\"" + std::string(name) +
                       "\" is no word of the grammar; the nearest is \"" +
                       std::string(nearest_query_word(name)) + '"'};
  auto form = value_form::plain;
  if (value.size() > 3 && value.starts_with("~/") && value.ends_with('/')) {
    form = value_form::regex;
    value = value.substr(2, value.size() - 3);
  } else if (value.size() > 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  auto made = make_term(*which, name, value, form);
  if (auto* wrong = std::get_if<query_error>(&made)) return std::move(*wrong);
  query_node node;
  node.what = query_node::kind::term;
  node.leaf = std::get<term>(std::move(made));
  return node;
}

query all_of(std::vector<query> parts) {
  std::vector<query_node> conditions;
  for (query& each : parts) {
    if (each.what == query_node::kind::all_of)
      std::move(each.children.begin(), each.children.end(), std::back_inserter(conditions));
    else
      conditions.push_back(std::move(each));
  }
  return combine(query_node::kind::all_of, std::move(conditions));
}

}  // namespace mailrig::rig
