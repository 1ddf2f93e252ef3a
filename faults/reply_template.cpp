#include "faults/reply_template.hpp"

#include "faults/fact_values.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

constexpr std::array<placeholder, 10> known = {{
    {"ip", std::nullopt},
    {"host", std::nullopt},
    {"queueid", std::nullopt},
    {"epoch", std::nullopt},
    {"rcpt", fact::rcpt_any},
    {"mail_from", fact::mail_from},
    {"auth_user", fact::auth_user},
    {"session", std::nullopt},
    {"hits", std::nullopt},
    {"seed", std::nullopt},
}};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

// The name between the braces at the front of `text`, or "" if it is no placeholder.
std::string_view name_at(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_name_character(text[end])) ++end;
  if (end == 1 || end == text.size() || text[end] != '}') return {};
  return text.substr(1, end - 1);
}

void append_safely(std::string& out, std::string_view value) {
  for (const char c : value) out += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
}

std::string session_text(const event& facts) {
  return facts.session == nullptr ? std::string{} : to_string(facts.session->id);
}

void append_value(std::string& out, std::string_view name, const template_values& values) {
  const event& facts = values.facts;
  if (name == "ip") return append_safely(out, facts.client_address);
  if (name == "host")
    return append_safely(out, facts.session == nullptr ? "" : facts.session->server_name);
  if (name == "queueid") {
    return append_safely(
        out, facts.attempt == nullptr ? session_text(facts) : model::to_string(*facts.attempt));
  }
  if (name == "epoch") {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(values.now.time_since_epoch());
    return append_safely(out, std::to_string(seconds.count()));
  }
  if (name == "rcpt") return append_safely(out, recipient_of(facts));
  if (name == "mail_from") return append_safely(out, reverse_path_of(facts).value_or(""));
  if (name == "auth_user") return append_safely(out, text_of(fact::auth_user, facts).value_or(""));
  if (name == "session") return append_safely(out, session_text(facts));
  append_safely(out, std::to_string(name == "hits" ? values.hits : values.seed));
}

// Calls `literal(text)` and `named(name)` for the pieces of a template, in order.
template <typename Literal, typename Named>
void for_each_piece(std::string_view text, Literal literal, Named named) {
  while (!text.empty()) {
    const std::size_t brace = text.find('{');
    if (brace != 0) literal(text.substr(0, brace));
    if (brace == std::string_view::npos) return;
    text.remove_prefix(brace);
    if (text.starts_with("{{")) {
      literal(text.substr(0, 1));
      text.remove_prefix(2);
    } else if (const std::string_view name = name_at(text); !name.empty()) {
      named(name);
      text.remove_prefix(name.size() + 2);
    } else {
      literal(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
}

}  // namespace

bool is_placeholder(std::string_view name) {
  return std::any_of(known.begin(), known.end(),
                     [name](const placeholder& each) { return each.name == name; });
}

std::vector<placeholder> placeholders_in(std::string_view text) {
  std::vector<placeholder> found;
  for_each_piece(
      text, [](std::string_view) {},
      [&found](std::string_view name) {
        const auto* const row =
            std::find_if(known.begin(), known.end(),
                         [name](const placeholder& each) { return each.name == name; });
        found.push_back(row == known.end() ? placeholder{name, std::nullopt} : *row);
      });
  return found;
}

std::string render(std::string_view text, const template_values& values) {
  std::string out;
  for_each_piece(
      text, [&out](std::string_view piece) { out += piece; },
      [&](std::string_view name) { append_value(out, name, values); });
  return out;
}

}  // namespace mailrig::faults
