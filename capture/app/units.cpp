#include "capture/app/options.hpp"
#include "capture/wire/text.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace mailrig::app {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 4> time_units = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<unit, 11> size_units = {{{"", 1},
                                              {"B", 1},
                                              {"k", 1U << 10U},
                                              {"KiB", 1U << 10U},
                                              {"kB", 1000},
                                              {"M", 1U << 20U},
                                              {"MiB", 1U << 20U},
                                              {"MB", 1'000'000},
                                              {"G", 1U << 30U},
                                              {"GiB", 1U << 30U},
                                              {"GB", 1'000'000'000}}};

template <std::size_t Count>
std::uint64_t parse(const std::string& text, const std::array<unit, Count>& units,
                    const char* wanted) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const unit& each : units) {
    if (error != std::errc{} || !wire::equals_ignoring_case(each.name, suffix)) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / each.factor) break;
    return number * each.factor;
  }
  throw std::invalid_argument("'" + text + "' " + wanted);
}

}  // namespace

std::chrono::milliseconds parse_duration(const std::string& text) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(
      parse(text, time_units,
            "is not a time: write a number and its unit, such as 300ms, 10s, 5m or 1h")));
}

std::size_t parse_size(const std::string& text) {
  return parse(text, size_units,
               "is not a size: write octets, or a number and its unit, such as 64KiB or 100MiB");
}

}  // namespace mailrig::app
