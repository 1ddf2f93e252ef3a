#include "capture/rig/session_record.hpp"

#include <array>

namespace mailrig::rig {

std::string_view to_string(model::ended_by value) {
  static constexpr std::array<std::string_view, 6> names = {
      "client_fin", "client_reset", "server", "timeout", "shutdown", "tls_failure"};
  return names[static_cast<std::size_t>(value)];
}

}  // namespace mailrig::rig
