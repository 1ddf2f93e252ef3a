// The arguments of the commands: each takes what stands behind its verb apart into the command, or
// answers what is wrong with it. They know no session.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/pop3/command_table.hpp"

#include <optional>

namespace mailrig::pop3::arguments {

using refusal = std::optional<model::reply>;

[[nodiscard]] refusal none(command& given);
[[nodiscard]] refusal any(command& given);
[[nodiscard]] refusal of_user(command& given);
[[nodiscard]] refusal of_pass(command& given);
[[nodiscard]] refusal of_apop(command& given);
[[nodiscard]] refusal of_auth(command& given);
[[nodiscard]] refusal message(command& given);
[[nodiscard]] refusal optional_message(command& given);
[[nodiscard]] refusal of_top(command& given);

}  // namespace mailrig::pop3::arguments
