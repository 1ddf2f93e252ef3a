// POST /v1/verify: whether what a test claims is so, or becomes so in time.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"

namespace mailrig::inspector {

void verify(const request& asked, context& with, answer_callback done);

}  // namespace mailrig::inspector
