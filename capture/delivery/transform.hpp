// The transforms of rules: what a broken relay makes of a mail.
//
// Pure: octets in, octets out, the same for the same draw. The mail that was received is never
// touched. Those that need the tree of parts are carried out by mime/editing.
#pragma once

#include "faults/verdict.hpp"

#include <string>
#include <string_view>

namespace mailrig::delivery {

[[nodiscard]] std::string transformed(std::string_view mail, const faults::transform_step& how);

// "truncate", "bare_lf": as rules write it.
[[nodiscard]] std::string_view name_of(faults::transform::kind what);

}  // namespace mailrig::delivery
