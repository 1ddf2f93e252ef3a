// A session's transcript as a person would like to read it.
#pragma once

#include "capture/rig/session_record.hpp"
#include "capture/rig/transcript_ring.hpp"

#include <string>

namespace mailrig::inspector {

// One line for each line that was said: milliseconds since accept, who said it, and the text.
[[nodiscard]] std::string transcript_text(const rig::session_record& session,
                                          const rig::transcript& said);

}  // namespace mailrig::inspector
