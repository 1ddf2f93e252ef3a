// What a client is called by the socket that it came on.
#pragma once

#include <cstdint>
#include <string>
#include <sys/socket.h>

namespace mailrig::net {

struct peer_name {
  std::string address;
  std::uint16_t port = 0;
  std::string with_port;
};

// Of a Unix socket both are wire::unix_peer. Nothing is looked up.
[[nodiscard]] peer_name name_of(const sockaddr_storage& storage);

}  // namespace mailrig::net
