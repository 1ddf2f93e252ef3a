// Tables of enumerators and their names, as rules write them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace mailrig::faults {

// names[i] is the name of the enumerator of value i.
template <typename Enum, std::size_t Count>
[[nodiscard]] std::optional<Enum> find_name(const std::array<std::string_view, Count>& names,
                                            std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace mailrig::faults
