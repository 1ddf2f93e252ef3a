// Keeps the accept queue of a listener full with connections of its own, so that nobody else's SYN
// is answered: their connect times out.
//
// Linux: a backlog of 0 holds one connection; with it in the queue further SYNs are dropped. What
// came before stays in the queue. I/O thread only; the listener outlives it.
#pragma once

#include <cstdint>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

namespace mailrig::net {

class full_queue {
 public:
  // `where` is what the listener is bound to.
  full_queue(int listener, const boost::asio::ip::tcp::endpoint& where);
  ~full_queue() { let_go(); }
  full_queue(const full_queue&) = delete;
  full_queue& operator=(const full_queue&) = delete;

  // Its own connection ends; it may still be in the queue.
  void let_go();
  // Whether a client that was accepted is that connection.
  [[nodiscard]] bool owns(const sockaddr_storage& client) const;

 private:
  int socket_ = -1;
  std::uint16_t port_ = 0;  // its own end
};

}  // namespace mailrig::net
