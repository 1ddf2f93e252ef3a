// Pages of a list: how many, and where the next one begins. Newest first.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mailrig::inspector {

struct page {
  static constexpr std::size_t default_limit = 50;
  static constexpr std::size_t most = 500;

  std::size_t limit = default_limit;
  std::string before;  // what the cursor names; empty: from the newest on
};

// `limit` and `cursor` of the request, or the 400 that says what is wrong with them.
[[nodiscard]] std::variant<page, answer> read_page(const request& asked);

// The text of a cursor for the items before this one.
[[nodiscard]] std::string cursor_before(std::string_view name);

[[nodiscard]] answer bad_cursor(std::string_view cursor);

// Decimal digits and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

// Stands for now in a rig's messages and attempts, also of an empty one.
[[nodiscard]] std::string message_mark(const rig::rig& where);

struct list_tail {
  std::optional<std::string> next;  // the name that the next page begins before
  std::size_t matched = 0;
  std::size_t total = 0;
  std::string mark;  // stands for now
};
void write_list_tail(json_writer& json, const list_tail& tail);

}  // namespace mailrig::inspector
