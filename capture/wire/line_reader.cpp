#include "capture/wire/line_reader.hpp"

#include <cstring>
#include <utility>

namespace mailrig::wire {

line_reader::found line_reader::read(std::string_view octets, std::size_t limit) {
  if (is_discarding_) return discard(octets);
  const std::size_t from = std::exchange(scanned_, 0);
  const void* const newline = std::memchr(octets.data() + from, '\n', octets.size() - from);
  const std::size_t size =
      newline == nullptr
          ? octets.size()
          : static_cast<std::size_t>(static_cast<const char*>(newline) - octets.data()) + 1;
  if (size > limit) {
    is_discarding_ = true;
    return discard(octets);
  }
  if (newline != nullptr) return {found::what::line, size, octets.substr(0, size)};
  scanned_ = size;
  return {};
}

line_reader::found line_reader::discard(std::string_view octets) {
  const std::size_t newline = octets.find('\n');
  if (newline == std::string_view::npos) return {found::what::nothing, octets.size(), {}};
  is_discarding_ = false;
  return {found::what::overlong, newline + 1, {}};
}

}  // namespace mailrig::wire
