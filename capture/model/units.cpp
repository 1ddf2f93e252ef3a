#include "capture/model/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace mailrig::model {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> time_units = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<unit, 11> size_units = {{{"", 1},
                                              {"b", 1},
                                              {"k", 1U << 10U},
                                              {"kib", 1U << 10U},
                                              {"kb", 1000},
                                              {"m", 1U << 20U},
                                              {"mib", 1U << 20U},
                                              {"mb", 1'000'000},
                                              {"g", 1U << 30U},
                                              {"gib", 1U << 30U},
                                              {"gb", 1'000'000'000}}};

bool is_named(const unit& known, std::string_view text) {
  const auto lower = [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  };
  return std::equal(known.name.begin(), known.name.end(), text.begin(), text.end(),
                    [lower](char left, char right) { return left == lower(right); });
}

std::optional<std::uint64_t> parse(std::string_view text, std::span<const unit> units) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const unit& each : units) {
    if (!is_named(each, suffix)) continue;
    if (number > most / each.factor) return std::nullopt;
    return number * each.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<duration> parse_duration(std::string_view text) {
  const auto milliseconds = parse(text, time_units);
  if (!milliseconds) return std::nullopt;
  return duration(static_cast<std::int64_t>(*milliseconds));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse(text, size_units);
}

}  // namespace mailrig::model
