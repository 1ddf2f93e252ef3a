#include "capture/net/proxy_preamble.hpp"

#include <cerrno>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mailrig::net {

namespace asio = boost::asio;

namespace {

constexpr auto as_error = asio::as_tuple(asio::use_awaitable);

}  // namespace

proxy_preamble::proxy_preamble(asio::io_context& context, int socket)
    : socket_(context, socket), timer_(context, patience) {}

void proxy_preamble::start(callback done) {
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error) return;
    self->failure_ = failure{"The PROXY header did not come within 10 s", model::ended_by::timeout};
    self->socket_.cancel();
  });
  asio::co_spawn(socket_.get_executor(), run(shared_from_this(), std::move(done)), asio::detached);
}

void proxy_preamble::abort() {
  failure_ = failure{"mailrig is shutting down", model::ended_by::shutdown};
  socket_.cancel();
}

asio::awaitable<void> proxy_preamble::run(std::shared_ptr<proxy_preamble> self, callback done) {
  proxy_preamble& me = *self;
  wire::proxy_header_result read = wire::proxy_header_goes_on{};
  while (!me.failure_ && std::holds_alternative<wire::proxy_header_goes_on>(read)) {
    // Why a wait ended is seen in what can be read.
    (void)co_await me.socket_.async_wait(asio::posix::stream_descriptor::wait_read, as_error);
    if (!me.failure_) read = me.take();
  }
  me.timer_.cancel();
  const int socket = me.socket_.release();
  if (const auto* error = std::get_if<wire::proxy_header_error>(&read))
    me.failure_ = failure{error->what, model::ended_by::server};
  if (me.failure_)
    done(socket, std::move(*me.failure_));
  else
    done(socket, std::get<wire::proxy_header>(read));
}

// Octets are looked at before they are taken, so that none behind the header is.
wire::proxy_header_result proxy_preamble::take() {
  const int socket = socket_.native_handle();
  char* const begin = buffer_.data() + held_;
  const ssize_t size = ::recv(socket, begin, buffer_.size() - held_, MSG_PEEK | MSG_DONTWAIT);
  if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
    const bool is_fin = size == 0;
    failure_ = failure{"The client went before its PROXY header was whole",
                       is_fin ? model::ended_by::client_fin : model::ended_by::client_reset};
    return wire::proxy_header_goes_on{};
  }
  if (size < 0) return wire::proxy_header_goes_on{};
  const std::size_t seen = held_ + static_cast<std::size_t>(size);
  auto read = wire::read_proxy_header(std::string_view(buffer_.data(), seen));
  const auto* whole = std::get_if<wire::proxy_header>(&read);
  const std::size_t taken = whole != nullptr ? whole->size - held_ : static_cast<std::size_t>(size);
  if (!std::holds_alternative<wire::proxy_header_error>(read))
    (void)::recv(socket, begin, taken, MSG_DONTWAIT);
  held_ = seen;
  return read;
}

}  // namespace mailrig::net
