// The arguments of the commands: each takes what stands behind its verb apart into the command, or
// answers what is wrong with it. They know no session.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/smtp/command_table.hpp"
#include "capture/smtp/settings.hpp"

#include <optional>

namespace mailrig::smtp::arguments {

using refusal = std::optional<model::reply>;

[[nodiscard]] refusal none(command& given, const settings& rules);
[[nodiscard]] refusal any(command& given, const settings& rules);
[[nodiscard]] refusal of_greeting(command& given, const settings& rules);
[[nodiscard]] refusal of_bdat(command& given, const settings& rules);
[[nodiscard]] refusal of_xclient(command& given, const settings& rules);
[[nodiscard]] refusal of_vrfy(command& given, const settings& rules);
[[nodiscard]] refusal of_mail(command& given, const settings& rules);
[[nodiscard]] refusal of_rcpt(command& given, const settings& rules);
[[nodiscard]] refusal of_auth(command& given, const settings& rules);

}  // namespace mailrig::smtp::arguments
