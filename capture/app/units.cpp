#include "capture/model/units.hpp"

#include "capture/app/options.hpp"

#include <charconv>
#include <stdexcept>

namespace mailrig::app {

std::chrono::milliseconds parse_duration(const std::string& text) {
  const auto parsed = model::parse_duration(text);
  if (parsed) return *parsed;
  throw std::invalid_argument(
      "'" + text + "' is not a time: write a number and its unit, such as 300ms, 10s, 5m or 1h");
}

std::size_t parse_size(const std::string& text) {
  const auto parsed = model::parse_size(text);
  if (parsed) return *parsed;
  throw std::invalid_argument(
      "'" + text +
      "' is not a size: write octets, or a number and its unit, such as 64KiB or 100MiB");
}

port_range parse_port_range(const std::string& text) {
  port_range range;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.first);
  const bool has_dash = first.ec == std::errc{} && first.ptr != end && *first.ptr == '-';
  const auto last = std::from_chars(has_dash ? first.ptr + 1 : end, end, range.last);
  if (has_dash && last.ec == std::errc{} && last.ptr == end && range.first > 0 &&
      range.first <= range.last)
    return range;
  throw std::invalid_argument("'" + text +
                              "' is not a range of ports: write two numbers from 1 to 65535, the "
                              "lower first, such as 26000-26099");
}

}  // namespace mailrig::app
