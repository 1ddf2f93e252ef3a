// Actions about what octets leave, and how fast.
#include "faults/load_action.hpp"

#include <array>

namespace mailrig::faults {
namespace {

constexpr std::size_t most_keywords = 100;
constexpr std::int64_t largest_rate = 1'000'000'000'000;
constexpr std::int64_t largest_piece = 1 << 20;

constexpr std::array<std::string_view, 18> malform_kinds = {
    "no_code",   "bad_digit", "code_only",  "no_space",  "mixed_codes", "unterminated_multiline",
    "lf_only",   "cr_only",   "no_eol",     "nul_bytes", "long_line",   "many_lines",
    "eight_bit", "utf16",     "telnet_iac", "http_400",  "random",      "unstuffed_dot"};
constexpr std::array<std::string_view, 3> charsets = {"gbk", "utf-8", "latin1"};

bool has_line_end(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

std::vector<std::string> load_keywords(rule_context& context, object_reader& in,
                                       std::string_view key) {
  std::vector<std::string> lines = in.texts(key, most_keywords);
  for (const std::string& each : lines) {
    if (each.empty() || has_line_end(each))
      context.out.add(in.where() / key, "a keyword is empty or holds a line end", "\"SIZE 1000\"");
  }
  return lines;
}

}  // namespace

action load_malform(rule_context& context, object_reader& in) {
  malform result;
  if (in.require("kind", R"({"kind": "lf_only"})") == nullptr) return result;
  result.what = in.choice("kind", malform_kinds, result.what);
  using enum malform::kind;
  if (result.what == long_line || result.what == many_lines || result.what == random)
    result.n = load_required_number(in, "n", {1, largest_piece});
  if (result.what == eight_bit) result.encoding = in.choice("charset", charsets, result.encoding);
  using enum model::stage;
  const stage_set fitting = {capa, list, uidl, retr, retr_body, top};
  if (result.what == unstuffed_dot && !(context.target.stages & fitting).empty()) return result;
  if (result.what == unstuffed_dot)
    context.out.add(in.where() / "kind", "a dot is stuffed in what POP3 lists only",
                    "at " + stage_list(fitting, protocol::pop3) + " of pop3");
  return result;
}

action load_ehlo(rule_context& context, object_reader& in) {
  ehlo result;
  result.add = load_keywords(context, in, "add");
  result.remove = load_keywords(context, in, "remove");
  if (const json* change = in.find("change"); change != nullptr) {
    const place where = in.where() / "change";
    if (!change->is_object() || change->size() > most_keywords)
      context.out.add(where, "expected an object, found " + excerpt(*change),
                      R"({"SIZE": "SIZE 1000"})");
    else
      for (const auto& [keyword, line] : change->items())
        result.change.push_back({keyword, load_line(context, line, where / keyword)});
  }
  if (result == ehlo{} && context.out.empty())
    context.out.add(in.where(), "nothing changes", R"({"remove": ["STARTTLS"]})");
  return result;
}

action load_throttle(rule_context& context, object_reader& in) {
  throttle result;
  result.in = static_cast<std::uint64_t>(in.integer("in", 0, {1, largest_rate}));
  result.out = static_cast<std::uint64_t>(in.integer("out", 0, {1, largest_rate}));
  result.latency = in.duration("latency", {});
  if (result == throttle{} && context.out.empty())
    context.out.add(in.where(), "nothing is throttled",
                    R"({"in": 1024, "out": 1024} in octets a second, or {"latency": "200ms"})");
  return result;
}

action load_stop_reading(rule_context&, object_reader& in) {
  stop_reading result;
  result.max = in.duration("max", result.max, model::duration{1});
  return result;
}

}  // namespace mailrig::faults
