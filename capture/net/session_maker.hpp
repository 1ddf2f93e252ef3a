// How a listener makes the session of a connection that it has accepted.
#pragma once

#include "capture/rig/session_recorder.hpp"
#include "capture/wire/protocol_session.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mailrig::net {

// The two ends of a connection, as far as its session knows them. A Unix socket has no ports.
struct connection_ends {
  std::string peer;  // the client's address without its port
  std::uint16_t peer_port = 0;
  std::uint16_t own_port = 0;
};

// The recorder outlives the session.
using session_maker = std::function<std::unique_ptr<wire::protocol_session>(
    rig::session_recorder& recorder, const connection_ends& ends)>;

}  // namespace mailrig::net
