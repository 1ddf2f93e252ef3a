// Durations as rules write them: a number with a unit, "300ms", "10s", "15m", "4h", "1d", and
// "1h30m".
#pragma once

#include "capture/model/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::faults {

inline constexpr model::duration longest_duration = std::chrono::hours{24 * 3660};

// Nothing: not a duration, or longer than ten years. Fractions ("1.5s") are taken to the
// millisecond.
[[nodiscard]] std::optional<model::duration> parse_duration(std::string_view text);
// The shortest text that parse_duration reads back: "1h30m", "0s".
[[nodiscard]] std::string duration_text(model::duration time);

}  // namespace mailrig::faults
