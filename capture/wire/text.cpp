#include "capture/wire/text.hpp"

#include <algorithm>

namespace mailrig::wire {

std::string shown_name(std::string_view name) {
  constexpr std::size_t most = 320;
  std::size_t end = std::min(name.size(), most);
  // Not within a character of UTF-8.
  while (end < name.size() && end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80)
    --end;
  std::string result(name.substr(0, end));
  for (char& each : result) {
    if (static_cast<unsigned char>(each) < 0x20 || each == 0x7F) each = '?';
  }
  return result;
}

}  // namespace mailrig::wire
