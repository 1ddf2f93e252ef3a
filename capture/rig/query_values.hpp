// Times as people write them in a query or a parameter.
#pragma once

#include "capture/model/clock.hpp"

#include <optional>
#include <string_view>

namespace mailrig::rig {

// RFC 3339 ("2026-11-22T06:15:00.5+01:00", also with a blank for the T and without seconds), or a
// day, which begins at midnight UTC.
[[nodiscard]] std::optional<model::instant> parse_time(std::string_view text);

}  // namespace mailrig::rig
