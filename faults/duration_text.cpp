#include "faults/duration_text.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace mailrig::faults {
namespace {

struct unit {
  std::string_view name;
  std::int64_t milliseconds;
};

// The longest first: what duration_text() takes out, and "ms" before "m" when reading.
constexpr std::array<unit, 5> units = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"ms", 1}, {"m", 60'000}, {"s", 1000}}};
constexpr std::array<unit, 5> largest_first = {units[0], units[1], units[3], units[4], units[2]};

constexpr std::int64_t longest_number = 1'000'000'000'000;

// Takes "90s" from the front of `rest`.
std::optional<std::int64_t> take_term(std::string_view& rest) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0) || number > static_cast<double>(longest_number))
    return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  for (const unit& each : units) {
    if (!rest.starts_with(each.name)) continue;
    rest.remove_prefix(each.name.size());
    const double exact = number * static_cast<double>(each.milliseconds);
    if (exact > static_cast<double>(longest_duration.count())) return std::nullopt;
    return static_cast<std::int64_t>(exact + 0.5);
  }
  return std::nullopt;
}

}  // namespace

std::optional<model::duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t sum = 0;
  while (!text.empty()) {
    if (text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto term = take_term(text);
    if (!term) return std::nullopt;
    sum += *term;
    if (sum > longest_duration.count()) return std::nullopt;
  }
  return model::duration{sum};
}

std::string duration_text(model::duration time) {
  std::int64_t rest = time.count();
  if (rest == 0) return "0s";
  std::string text;
  if (rest < 0) {
    text = "-";
    rest = -rest;
  }
  for (const unit& each : largest_first) {
    if (rest < each.milliseconds) continue;
    text.append(std::to_string(rest / each.milliseconds)).append(each.name);
    rest %= each.milliseconds;
  }
  return text;
}

}  // namespace mailrig::faults
