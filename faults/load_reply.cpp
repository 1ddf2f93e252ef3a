// `reply` and `extra`: what is said instead of, or beside, the normal reply.
#include "faults/base64.hpp"
#include "faults/load_action.hpp"
#include "faults/reply_template.hpp"
#include "faults/text.hpp"

#include <array>

namespace mailrig::faults {
namespace {

constexpr std::size_t longest_reply = std::size_t{64} * 1024;
constexpr std::size_t most_lines = 1000;

// What a client gets to read: a placeholder must be known, and known here.
void check_template(rule_context& context, const place& where, std::string_view text) {
  for (const placeholder& each : placeholders_in(text)) {
    if (!is_placeholder(each.name))
      context.out.add(where, "nothing stands for {" + std::string(each.name) + "}",
                      "{ip} {host} {queueid} {epoch} {rcpt} {mail_from} {auth_user} {session} "
                      "{hits} {seed}, or {{ for a brace");
    else if (each.needs)
      check_known(context, where, fact_name{*each.needs, {}});
  }
}

bool has_line_end(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

void load_code(reply& result, rule_context& context, object_reader& in) {
  const bool is_pop3 = context.target.talk == protocol::pop3;
  const std::string_view right = is_pop3 ? R"("+OK" or "-ERR")" : "a number from 100 to 999";
  const json* const code = in.require("code", right);
  if (code == nullptr) return;
  if (!is_pop3) {
    const auto number = read_integer(*code, in.where() / "code", context.out, {100, 999});
    result.code = static_cast<std::uint16_t>(number.value_or(451));
    return;
  }
  if (*code == "+OK")
    result.code = pop3_ok;
  else if (*code == "-ERR")
    result.code = pop3_err;
  else
    context.out.add(in.where() / "code", excerpt(*code) + " is no reply of POP3",
                    std::string(right));
}

// "5.7.1" (RFC 3463 2).
std::optional<model::enhanced_code> parse_enhanced(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  std::size_t count = 0;
  bool has_digit = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9' && numbers[count] < 1000) {
      numbers[count] = numbers[count] * 10 + static_cast<unsigned>(c - '0');
      has_digit = true;
    } else if (c == '.' && has_digit && count < 2) {
      ++count;
      has_digit = false;
    } else {
      return std::nullopt;
    }
  }
  const bool is_class = numbers[0] == 2 || numbers[0] == 4 || numbers[0] == 5;
  if (count != 2 || !has_digit || !is_class || numbers[1] > 999 || numbers[2] > 999)
    return std::nullopt;
  return model::enhanced_code{static_cast<std::uint8_t>(numbers[0]),
                              static_cast<std::uint16_t>(numbers[1]),
                              static_cast<std::uint16_t>(numbers[2])};
}

void load_enhanced(reply& result, rule_context& context, object_reader& in) {
  const json* const enhanced = in.find("enhanced");
  if (enhanced == nullptr) return;
  const auto parsed = enhanced->is_string()
                          ? parse_enhanced(enhanced->get_ref<const std::string&>())
                          : std::nullopt;
  if (context.target.talk == protocol::pop3)
    context.out.add(in.where() / "enhanced", "POP3 has no enhanced codes",
                    "a response code in the text: \"[IN-USE] …\" (RFC 2449 8)");
  else if (!parsed)
    context.out.add(in.where() / "enhanced", excerpt(*enhanced) + " is no enhanced code",
                    "\"5.7.1\": class 2, 4 or 5, then two numbers (RFC 3463)");
  else
    result.enhanced = *parsed;
}

void load_lines(reply& result, rule_context& context, const json& lines, const place& where) {
  if (!lines.is_array() || lines.empty() || lines.size() > most_lines) {
    context.out.add(where, "expected 1 to 1,000 lines, found " + excerpt(lines),
                    "[\"first\", \"second\"]");
    return;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i != 0) result.text += '\n';
    result.text += load_line(context, lines[i], where[i]);
    if (result.text.size() > longest_reply)
      return context.out.add(where, "the reply is longer than 64 KiB", "a shorter reply");
  }
}

}  // namespace

std::string load_line(rule_context& context, const json& value, const place& where) {
  std::string text = read_text(value, where, context.out, longest_reply).value_or("");
  if (has_line_end(text))
    context.out.add(where, "a line holds a line end", "`lines`: [\"first\", \"second\"]");
  check_template(context, where, text);
  return text;
}

action load_reply(rule_context& context, object_reader& in) {
  reply result;
  load_code(result, context, in);
  load_enhanced(result, context, in);
  const json* const text = in.find("text");
  const json* const lines = in.find("lines");
  const json* const raw = in.find("raw_base64");
  const int given = (text != nullptr) + (lines != nullptr) + (raw != nullptr);
  if (given != 1)
    context.out.add(in.where(),
                    given == 0 ? "the reply has no text" : "the reply has several texts",
                    "one of `text`, `lines` and `raw_base64`");
  if (text != nullptr) result.text = load_line(context, *text, in.where() / "text");
  if (lines != nullptr) load_lines(result, context, *lines, in.where() / "lines");
  if (raw != nullptr) {
    const place where = in.where() / "raw_base64";
    const auto octets =
        decode_base64(read_text(*raw, where, context.out, longest_reply).value_or(""));
    if (!octets)
      context.out.add(where, "not base64", "the reply's exact octets, with its line end");
    result.is_raw = true;
    result.text = octets.value_or("");
  }
  return result;
}

action load_extra(rule_context& context, object_reader& in) {
  extra result;
  if (const json* text = in.require("text", R"({"text": "250 OK", "place": "before"})");
      text != nullptr)
    result.text = load_line(context, *text, in.where() / "text");
  constexpr std::array<std::string_view, 2> places = {"before", "after"};
  result.place = in.choice("place", places, result.place);
  return result;
}

}  // namespace mailrig::faults
