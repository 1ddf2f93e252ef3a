#include "capture/net/turn_away.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace mailrig::net {

std::string_view too_many(std::string_view protocol) {
  if (protocol.starts_with("pop3"))
    return "-ERR [SYS/TEMP] Too many connections; try again later\r\n";
  return "421 4.3.2 Too many connections; try again later\r\n";
}

std::string_view too_many_of_one(std::string_view protocol) {
  if (protocol.starts_with("pop3"))
    return "-ERR [SYS/TEMP] Too many connections from your address "
           "(--max-connections-per-address)\r\n";
  return "421 4.7.0 Too many connections from your address (--max-connections-per-address)\r\n";
}

void turn_away(int descriptor, std::string_view reply) {
  (void)::send(descriptor, reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  // What was read is not answered by a reset, in which the reply could get lost.
  char ignored[4096];
  for (int i = 0; i < 16 && ::recv(descriptor, ignored, sizeof ignored, MSG_DONTWAIT) > 0; ++i) {
  }
  ::close(descriptor);
}

}  // namespace mailrig::net
