#include "capture/net/accepting.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace mailrig::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Where the system's choice is one that paces what it sends (BBR), each reply of a few octets costs
// a timer and a tenth more. Where this one is not to be had, the system's choice stays.
void choose_congestion_control(int listener) {
  constexpr std::string_view name = "cubic";  // RFC 9438, what most systems have
  (void)::setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, name.data(), name.size());
}

}  // namespace

std::error_code bind_to(acceptor_type& acceptor, const tcp::endpoint& where) {
  boost::system::error_code error;
  acceptor.open(where.protocol(), error);
  if (error) return error;
  acceptor.set_option(acceptor_type::reuse_address(true), error);
  if (where.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  // Accepted sockets inherit both: replies must not wait for the acknowledgement of earlier ones.
  acceptor.set_option(tcp::no_delay(true), error);
  choose_congestion_control(acceptor.native_handle());
  acceptor.bind(where, error);
  return error;
}

std::error_code begin_to_listen(acceptor_type& acceptor) {
  boost::system::error_code error;
  acceptor.listen(usual_backlog, error);
  if (!error) acceptor.native_non_blocking(true, error);
  return error;
}

namespace {

tcp::endpoint endpoint_of(const accepting& on) {
  return {asio::ip::make_address(on.address), on.port};
}

}  // namespace

void accepting::close() {
  is_closed = true;
  queue.reset();
  boost::system::error_code ignored;
  acceptor.close(ignored);
}

void accepting::stop(rig::listening instead) {
  how = instead;
  ++generation;
  boost::system::error_code ignored;
  acceptor.cancel(ignored);
  queue.reset();
  if (instead == rig::listening::refuses) {
    acceptor.close(ignored);
    if (bind_to(acceptor, endpoint_of(*this))) acceptor.close(ignored);
  } else if (acceptor.is_open()) {
    queue = std::make_unique<full_queue>(acceptor.native_handle(), endpoint_of(*this));
  }
}

std::error_code accepting::resume() {
  how = rig::listening::takes_clients;
  ++generation;
  if (!acceptor.is_open()) {
    if (const std::error_code error = bind_to(acceptor, endpoint_of(*this))) {
      boost::system::error_code ignored;
      acceptor.close(ignored);
      return error;
    }
  }
  return begin_to_listen(acceptor);
}

}  // namespace mailrig::net
