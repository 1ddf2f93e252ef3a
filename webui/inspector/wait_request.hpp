// What the parameters of a wait ask for.
#pragma once

#include "capture/rig/waiters.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <variant>

namespace mailrig::inspector {

// Or the 400 that says what is wrong.
[[nodiscard]] std::variant<rig::wait_request, answer> read_wait(const request& asked,
                                                                rig::wait_kind kind);

}  // namespace mailrig::inspector
