#include "capture/net/peer_name.hpp"

#include "capture/wire/trusted_peers.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <netinet/in.h>

namespace mailrig::net {
namespace {

std::string octets_of(in_addr address) {
  const std::uint32_t value = ntohl(address.s_addr);
  char text[16];
  char* end = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (shift != 24) *end++ = '.';
    end =
        std::to_chars(end, text + sizeof text, (value >> static_cast<unsigned>(shift)) & 0xFFU).ptr;
  }
  return {text, end};
}

}  // namespace

// Without inet_ntop for IPv4: it formats through snprintf.
peer_name name_of(const sockaddr_storage& storage) {
  peer_name name;
  if (storage.ss_family == AF_UNIX) {
    name.address = name.with_port = wire::unix_peer;
  } else if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    name.address = octets_of(v4.sin_addr);
    name.port = ntohs(v4.sin_port);
    name.with_port = name.address;
    name.with_port += ':';
    name.with_port += std::to_string(name.port);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    char text[INET6_ADDRSTRLEN] = "";
    (void)::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    name.address = text;
    name.port = ntohs(v6.sin6_port);
    name.with_port = '[' + name.address + "]:" + std::to_string(name.port);
  }
  return name;
}

}  // namespace mailrig::net
