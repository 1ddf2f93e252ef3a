// Times and sizes as people write them: "300ms", "10s", "5m", "1h"; "100MiB", "64k", "1000".
#pragma once

#include "capture/model/clock.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailrig::model {

// A whole number and its unit: ms, s, m, h or d. Nothing for anything else, a bare number included.
[[nodiscard]] std::optional<duration> parse_duration(std::string_view text);
// Octets, or a whole number and its unit: k, KiB, kB, M, MiB, MB, G, GiB, GB.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace mailrig::model
