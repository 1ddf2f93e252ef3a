// Which clients the mail server takes, and for how long. Plain values, given once at start.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/wire/trusted_peers.hpp"

#include <chrono>
#include <cstddef>

namespace mailrig::net {

struct mail_limits {
  std::size_t max_connections = 10'000;  // further clients get 421 and are closed
  std::size_t max_per_address = 0;       // the same for one client address; 0: any number
  wire::trusted_peers proxy_from = {};   // their connections begin with a PROXY header
  model::duration session_timeout = std::chrono::hours{1};  // the longest session
};

}  // namespace mailrig::net
