// The `auth` of a session and of its messages: who the client was believed to be, or null.
#pragma once

#include "capture/rig/session_record.hpp"
#include "webui/inspector/json_writer.hpp"

#include <optional>

namespace mailrig::inspector {

void write_auth(json_writer& json, const std::optional<rig::session_login>& auth);

}  // namespace mailrig::inspector
