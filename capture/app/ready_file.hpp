// The file that tells a test run where everything listens.
#pragma once

#include "capture/rig/listeners.hpp"

#include <string>
#include <vector>

namespace mailrig::app {

// Does nothing for an empty path. A file that is not there is fine.
void remove_ready_file(const std::string& path);
// {"pid":…,"version":"…","listeners":[{"protocol","address","port","url","rig"},…]}, whole or not
// at all (by rename). Throws std::runtime_error when it cannot be written. Does nothing for an
// empty path.
void write_ready_file(const std::string& path, const std::string& version,
                      const std::vector<rig::listener_info>& listeners);

}  // namespace mailrig::app
