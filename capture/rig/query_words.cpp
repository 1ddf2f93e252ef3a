#include "capture/rig/query_words.hpp"

#include "capture/model/units.hpp"
#include "capture/rig/query_values.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace mailrig::rig {
namespace {

using enum value_kind;

constexpr auto table = std::to_array<query_word>({
    {word::from, "from", address, {}},
    {word::to, "to", address, {}},
    {word::cc, "cc", address, {}},
    {word::bcc, "bcc", address, {}},
    {word::addressed, "addressed", address, {}},
    {word::rcpt, "rcpt", address, {}},
    {word::mail_from, "mail_from", address, {}},
    {word::subject, "subject", text, {}},
    {word::header, "header.", text, {}},
    {word::body, "body", text, {}},
    {word::html, "html", text, {}},
    {word::attachment, "attachment", text, {}},
    {word::message_id, "message-id", text, {}},
    {word::tag, "tag", name, {}},
    {word::is, "is", choice, "read unread"},
    {word::has, "has", choice, "attachment inline link code"},
    {word::before, "before", time, {}},
    {word::after, "after", time, {}},
    {word::larger, "larger", octets, {}},
    {word::smaller, "smaller", octets, {}},
    {word::session, "session", name, {}},
    {word::helo, "helo", text, {}},
    {word::user, "user", text, {}},
    {word::tls, "tls", choice, "yes no"},
    {word::lint, "lint", name, {}},
    {word::fate, "fate", choice,
     "delivered delayed duplicated reordered dropped lost_later bounced quarantined corrupted "
     "mixed"},
    {word::chain, "chain", name, {}},
    {word::outcome, "outcome", choice, "accepted rejected aborted unanswered"},
    {word::stage, "stage", choice,
     "mail rcpt data data_body bdat end_of_data after_accept deliver"},
    {word::reply, "reply", text, {}},
    {word::rule, "rule", name, {}},
});

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view written) {
  std::string result(written);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char each) { return lower(each); });
  return result;
}

// Levenshtein's distance, for short words.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t column = 0; column <= right.size(); ++column) row[column] = column;
  for (std::size_t line = 1; line <= left.size(); ++line) {
    std::size_t diagonal = row[0];
    row[0] = line;
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const std::size_t replaced = diagonal + (left[line - 1] == right[column - 1] ? 0 : 1);
      diagonal = row[column];
      row[column] = std::min({replaced, row[column] + 1, row[column - 1] + 1});
    }
  }
  return row.back();
}

bool is_among(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find(' '), choices.size());
    if (choices.substr(0, end) == value) return true;
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return false;
}

query_error bad_choice(const query_word& which, std::string_view value) {
  std::string list(which.choices);
  for (std::size_t at = list.find(' '); at != list.npos; at = list.find(' ', at + 2))
    list.replace(at, 1, ", ");
  return {std::string(which.name) + ": takes one of " + list + ", not \"" + std::string(value) +
          '"'};
}

// A raw `+` in a URL arrives as a blank.
std::optional<query_error> lost_plus(std::string_view value) {
  const std::size_t at = value.find('@');
  const std::size_t blank = value.find(' ');
  if (at == value.npos || blank == value.npos || blank > at) return std::nullopt;
  std::string meant(value);
  meant.replace(blank, 1, "%2B");
  return query_error{"\"" + std::string(value) +
                     "\" holds a blank, and no address does: a raw + in a URL means a blank. Write "
                     "it as %2B: " +
                     meant};
}

std::variant<text_pattern, query_error> make_pattern(std::string_view value, value_form form) {
  if (form == value_form::plain)
    return value == "*" ? text_pattern::of_any_text() : text_pattern::of_words(value);
  auto made = text_pattern::of_regex(value);
  if (const auto* wrong = std::get_if<std::string>(&made))
    return query_error{"the regular expression " + std::string(value) +
                       " is none that RE2 takes: " + *wrong};
  return std::get<text_pattern>(std::move(made));
}

std::optional<query_error> fill_text(term& made, std::string_view value, value_form form) {
  auto pattern = make_pattern(value, form);
  if (auto* wrong = std::get_if<query_error>(&pattern)) return std::move(*wrong);
  made.pattern = std::get<text_pattern>(std::move(pattern));
  return std::nullopt;
}

// Whether a value means itself without quotes.
bool is_bare_value(word what, std::string_view value) {
  if (value.find_first_of(" \t\r\n()\"\\") != value.npos || value.starts_with("~/")) return false;
  if (what != word::any_text) return true;
  const bool is_operator = value == "OR" || value == "AND" || value == "NOT";
  // Behind a condition on an address an @ looks like the rest of it.
  return !is_operator && !value.starts_with('-') && value.find_first_of(":@") == value.npos;
}

std::string in_quotes(std::string_view value) {
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// ~/expression/, its slashes escaped.
std::string as_regex(std::string_view expression) {
  std::string written = "~/";
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] == '/') written += '\\';
    written += expression[i];
    if (expression[i] == '\\' && i + 1 < expression.size()) written += expression[++i];
  }
  return written + '/';
}

std::optional<query_error> fill(term& made, const query_word& which, std::string_view value,
                                value_form form) {
  switch (which.value) {
    case address:
      if (form == value_form::plain)
        if (auto wrong = lost_plus(value)) return wrong;
      return fill_text(made, value, form);
    case text:
    case name: return fill_text(made, value, form);
    case choice:
      made.value = lower(value);
      if (form == value_form::regex || !is_among(which.choices, made.value))
        return bad_choice(which, value);
      return std::nullopt;
    case time:
      if (const auto when = parse_time(value)) {
        made.when = *when;
        return std::nullopt;
      }
      return query_error{std::string(which.name) +
                         ": takes a time such as 2026-11-22T06:15:00Z or a "
                         "day such as 2026-11-22 (UTC), not \"" +
                         std::string(value) + '"'};
    case octets:
      if (const auto size = model::parse_size(value)) {
        made.octets = *size;
        return std::nullopt;
      }
      return query_error{std::string(which.name) +
                         ": takes a size such as 2000, 64KiB or 1MB, not \"" + std::string(value) +
                         '"'};
  }
  return std::nullopt;
}

}  // namespace

std::span<const query_word> query_words() {
  return table;
}

const query_word* find_query_word(std::string_view name) {
  const std::string wanted = lower(name);
  for (const query_word& each : table) {
    if (each.what == word::header) {
      if (wanted.starts_with(each.name) && wanted.size() > each.name.size()) return &each;
    } else if (wanted == each.name) {
      return &each;
    }
  }
  return wanted == "message_id" ? find_query_word("message-id") : nullptr;
}

std::string_view name_of(word what) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [what](const query_word& each) { return each.what == what; });
  return found == table.end() ? std::string_view() : found->name;
}

std::string_view nearest_query_word(std::string_view name) {
  const std::string wrong = lower(name.substr(0, 40));
  const auto nearest =
      std::min_element(table.begin(), table.end(), [&](const query_word& a, const query_word& b) {
        return distance(wrong, a.name) < distance(wrong, b.name);
      });
  return nearest->name;
}

std::variant<term, query_error> make_term(const query_word& which, std::string_view name,
                                          std::string_view value, value_form form) {
  if (value.find_first_not_of(" \t\r\n") == value.npos)
    return query_error{std::string(name) + ": has no value; \"" + std::string(name) +
                       ":*\" finds what has any"};
  term made;
  made.what = which.what;
  if (which.what == word::header) made.header_name = lower(name.substr(which.name.size()));
  made.value = form == value_form::regex ? as_regex(value) : std::string(value);
  if (auto wrong = fill(made, which, value, form)) return std::move(*wrong);
  return made;
}

std::string term::text() const {
  std::string name(name_of(what));
  if (what == word::header) name += header_name;
  if (!name.empty()) name += ':';
  const bool is_regex = !pattern.is_words() && value.starts_with("~/");
  return name + (is_regex || is_bare_value(what, value) ? value : in_quotes(value));
}

}  // namespace mailrig::rig
