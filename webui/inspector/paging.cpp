#include "webui/inspector/paging.hpp"

#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"

#include <charconv>

namespace mailrig::inspector {
namespace {

constexpr std::string_view cursor_prefix = "before.";

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

std::string cursor_before(std::string_view name) {
  return std::string(cursor_prefix) + std::string(name);
}

answer bad_cursor(std::string_view cursor) {
  return problem(400, "bad_cursor", "That is not a cursor of this list",
                 "cursor is \"" + std::string(cursor) +
                     "\"; give next_cursor of an earlier answer as it is, or leave it out.");
}

std::string message_mark(const rig::rig& where) {
  return rig::to_string(rig::mark_of(where));
}

std::variant<page, answer> read_page(const request& asked) {
  page result;
  if (const std::string* limit = asked.parameter("limit")) {
    const auto number = parse_number(*limit);
    if (!number || *number < 1 || *number > page::most)
      return problem(400, "bad_limit", "limit is out of range",
                     "limit is \"" + *limit + "\"; it is a number from 1 to 500, 50 by default.");
    result.limit = static_cast<std::size_t>(*number);
  }
  if (const std::string* cursor = asked.parameter("cursor")) {
    if (!cursor->starts_with(cursor_prefix) || cursor->size() == cursor_prefix.size())
      return bad_cursor(*cursor);
    result.before = cursor->substr(cursor_prefix.size());
  }
  return result;
}

void write_list_tail(json_writer& json, const list_tail& tail) {
  json.key("next_cursor");
  if (tail.next)
    json.value(cursor_before(*tail.next));
  else
    json.null();
  json.field("matched", tail.matched).field("total", tail.total).field("mark", tail.mark);
}

}  // namespace mailrig::inspector
