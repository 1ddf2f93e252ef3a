// Times, sizes and durations as people write them in a query or a parameter.
#pragma once

#include "capture/model/clock.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailrig::rig {

// RFC 3339 ("2026-11-22T06:15:00.5+01:00", also with a blank for the T and without seconds), or a
// day, which begins at midnight UTC.
[[nodiscard]] std::optional<model::instant> parse_time(std::string_view text);

// "2000", "64KiB", "1MB", "3k": units of 1,024 unless they end in a decimal kB, MB or GB.
[[nodiscard]] std::optional<std::uint64_t> parse_octets(std::string_view text);

}  // namespace mailrig::rig
