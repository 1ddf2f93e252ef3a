// The 412 of a wait that was not met: one text that a failed test can print as it stands, and the
// same as data.
#pragma once

#include "capture/rig/waiters.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"

#include <memory>

namespace mailrig::inspector {

struct missed_wait {
  std::shared_ptr<rig::rig> where;
  rig::wait_request what;
  rig::wait_result result;
  model::instant began;
};

// Looks for near misses on the pool first.
void answer_miss(missed_wait missed, context& with, answer_callback done);

}  // namespace mailrig::inspector
