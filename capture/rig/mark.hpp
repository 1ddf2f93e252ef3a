// "Now", as a text that a test may keep and give back: what came before it and what came after.
//
// Stands for the messages and the attempts of one rig at one moment, also of an empty rig.
#pragma once

#include "capture/store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::rig {

class rig;

struct mark {
  store::message_uid message = 0;  // the newest uid so far
  std::uint64_t attempt = 0;       // how many attempts that became no message had ended

  friend bool operator==(const mark&, const mark&) = default;
};

[[nodiscard]] mark mark_of(const rig& where);
// "after.17.3".
[[nodiscard]] std::string to_string(const mark& value);
[[nodiscard]] std::optional<mark> parse_mark(std::string_view text);

}  // namespace mailrig::rig
