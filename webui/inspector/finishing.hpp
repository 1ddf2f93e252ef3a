// What every request passes before and every answer after its handler: passwords, other origins
// (CORS), conditional requests, compression, measures.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/endpoints.hpp"
#include "webui/inspector/request.hpp"

#include <optional>

namespace mailrig::inspector {

// The 401, unless the request has the password of --auth or there is none. Health is open to all.
[[nodiscard]] std::optional<answer> refuse_stranger(const request& asked, const context& with);

// OPTIONS: what the resource allows, and for a listed origin the answer to its browser's question
// (CORS preflight). `allowed` are the resource's methods.
[[nodiscard]] answer answer_options(const request& asked, const std::string& allowed);

// Wraps `done` so that the answer is finished on its way. `chosen` is null where nothing fits; the
// request stays valid until the answer is given.
[[nodiscard]] answer_callback finishing(const request& asked, const endpoint* chosen, context& with,
                                        answer_callback done);

}  // namespace mailrig::inspector
