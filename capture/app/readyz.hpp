// `mailrig readyz`: asks a running server whether it is ready. For health checks and scripts.
#pragma once

#include "capture/app/options.hpp"

namespace mailrig::app {

// 0: ready, 1: it says no, 2: the URL is none, 3: nobody answers.
[[nodiscard]] int readyz(const readyz_options& options);

}  // namespace mailrig::app
