#include "capture/wire/action.hpp"

namespace mailrig::wire {

std::string_view to_string(peer_end how) {
  switch (how) {
    case peer_end::fin: return "client_fin";
    case peer_end::reset: return "client_reset";
    case peer_end::timeout: return "timeout";
    case peer_end::shutdown: return "shutdown";
    case peer_end::session_limit: break;
  }
  return "session_limit";
}

}  // namespace mailrig::wire
