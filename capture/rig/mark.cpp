#include "capture/rig/mark.hpp"

#include "capture/rig/rig.hpp"

#include <charconv>

namespace mailrig::rig {
namespace {

constexpr std::string_view prefix = "after.";

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
  return number;
}

}  // namespace

mark mark_of(const rig& where) {
  return {where.messages().end_uid() - 1, where.attempt_count()};
}

std::string to_string(const mark& value) {
  return std::string(prefix) + std::to_string(value.message) + '.' + std::to_string(value.attempt);
}

std::optional<mark> parse_mark(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto message = take_number(text);
  if (!message || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const auto attempt = take_number(text);
  if (!attempt || !text.empty()) return std::nullopt;
  return mark{*message, *attempt};
}

}  // namespace mailrig::rig
