// Wires the program together and runs it: loop, rigs, mail listeners, HTTP, signals.
#pragma once

#include "capture/app/options.hpp"

namespace mailrig::app {

// The exit code: 0 after a drained stop, 1 when it could not start.
[[nodiscard]] int serve(const serve_options& options);

}  // namespace mailrig::app
