// One listener: its socket, whose sessions it makes, and how it treats clients that come.
//
// Owned by the mail server, on the I/O thread; the coroutine that accepts holds it too and ends
// when the listener is closed or its generation has passed.
#pragma once

#include "capture/net/full_queue.hpp"
#include "capture/net/listener_name.hpp"
#include "capture/net/session_maker.hpp"
#include "capture/net/unix_listener.hpp"
#include "capture/rig/listeners.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace mailrig::rig {
class rig;
}

namespace mailrig::net {

using acceptor_type = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                         boost::asio::io_context::executor_type>;

inline constexpr int usual_backlog = 4096;

// Bound, but not listening.
[[nodiscard]] std::error_code bind_to(acceptor_type& acceptor,
                                      const boost::asio::ip::tcp::endpoint& where);
[[nodiscard]] std::error_code begin_to_listen(acceptor_type& acceptor);

struct accepting {
  acceptor_type acceptor;
  std::unique_ptr<unix_file> file;  // of a Unix socket
  rig::rig* home;                   // closed before its rig goes
  listener_name name;
  std::string address;
  std::uint16_t port;
  session_maker make_session;
  rig::listening how = rig::listening::takes_clients;
  std::uint64_t generation = 0;  // who accepts for an earlier one stops
  std::unique_ptr<full_queue> queue{};
  bool is_closed = false;

  void close();
  // Nobody is accepted from here on. While clients are refused the port stays bound, so that nobody
  // else gets it; where that fails it is free until clients are taken again.
  void stop(rig::listening instead);
  // Listens again, with the same port; who waited in the queue is still in it. An error: somebody
  // else has the port now.
  [[nodiscard]] std::error_code resume();
};

}  // namespace mailrig::net
