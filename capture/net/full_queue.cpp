#include "capture/net/full_queue.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace mailrig::net {
namespace {

namespace ip = boost::asio::ip;

// A listener on every address is reached over the loopback.
ip::tcp::endpoint reachable(const ip::tcp::endpoint& where) {
  if (!where.address().is_unspecified()) return where;
  if (where.address().is_v6()) return {ip::address_v6::loopback(), where.port()};
  return {ip::address_v4::loopback(), where.port()};
}

std::uint16_t port_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
}

}  // namespace

full_queue::full_queue(int listener, const ip::tcp::endpoint& where) {
  // On this machine a connection is made at once, or never.
  constexpr int patience_ms = 20;
  (void)::listen(listener, 0);
  const ip::tcp::endpoint to = reachable(where);
  socket_ = ::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  (void)::connect(socket_, to.data(), static_cast<socklen_t>(to.size()));
  pollfd wait{socket_, POLLOUT, 0};
  (void)::poll(&wait, 1, patience_ms);
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size) == 0) port_ = port_of(own);
}

void full_queue::let_go() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

bool full_queue::owns(const sockaddr_storage& client) const {
  return port_ != 0 && port_of(client) == port_;
}

}  // namespace mailrig::net
