// Patterns of addresses and names: `*` stands for any octets, `?` for one; case does not count
// (ASCII).
#pragma once

#include <string_view>

namespace mailrig::rig {

// Linear in the product of both lengths at worst; never recurses, so a hostile pattern costs no
// stack.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);
[[nodiscard]] inline bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

}  // namespace mailrig::rig
