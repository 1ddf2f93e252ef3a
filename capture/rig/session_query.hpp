// Queries held against sessions: the words of the grammar that say something of a connection.
#pragma once

#include "capture/rig/query.hpp"
#include "capture/rig/session_record.hpp"

#include <optional>
#include <string>

namespace mailrig::rig {

// What is wrong with asking this of sessions; nothing if all of its words apply.
[[nodiscard]] std::optional<query_error> refuse_for_sessions(const query_node& wanted);

// `wanted` is one that refuse_for_sessions() let pass.
[[nodiscard]] bool matches(const query_node& wanted, const session_record& session,
                           std::string& scratch);

}  // namespace mailrig::rig
