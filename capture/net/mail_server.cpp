#include "capture/net/mail_server.hpp"

#include "capture/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mailrig::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int backlog = 4096;
constexpr std::string_view too_many = "421 4.3.2 Too many connections; try again later\r\n";

struct peer_name {
  std::string address;
  std::string with_port;
};

peer_name name_of(const sockaddr_storage& storage, socklen_t size) {
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), &storage, std::min<std::size_t>(size, endpoint.capacity()));
  peer_name name;
  name.address = endpoint.address().to_string();
  name.with_port = endpoint.address().is_v6() ? '[' + name.address + ']' : name.address;
  name.with_port += ':' + std::to_string(endpoint.port());
  return name;
}

struct accepting {
  tcp::acceptor acceptor;
  const char* protocol;
  std::string address;
  std::uint16_t port;
  mail_server::session_maker make_session;
};

}  // namespace

class mail_server::impl {
 public:
  impl(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
      : context_(loop.context()), rigs_(rigs), limits_(limits) {}

  std::variant<std::uint16_t, std::error_code> listen(const char* protocol,
                                                      const std::string& address,
                                                      std::uint16_t port,
                                                      session_maker make_session);
  void unlisten_last() { accepting_.pop_back(); }
  void shut_down(std::function<void()> done);
  void abort();
  [[nodiscard]] std::vector<rig::listener_info> list() const;

  std::string public_host = "localhost";
  std::vector<rig::listener_info> foreign;

 private:
  static asio::awaitable<void> accept_all(impl* server, std::shared_ptr<accepting> on);
  [[nodiscard]] bool accept_one(accepting& on);
  void begin_session(accepting& on, int descriptor, const sockaddr_storage& storage,
                     socklen_t size);
  void check_whether_done();

  asio::io_context& context_;
  rig::rig_table& rigs_;
  mail_limits limits_;
  std::vector<std::shared_ptr<accepting>> accepting_;
  shared_state shared_;
  std::size_t open_ = 0;
  std::function<void()> when_done_;
};

std::variant<std::uint16_t, std::error_code> mail_server::impl::listen(const char* protocol,
                                                                       const std::string& address,
                                                                       std::uint16_t port,
                                                                       session_maker make_session) {
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return std::error_code(error);
  const tcp::endpoint endpoint(ip, port);
  tcp::acceptor acceptor(context_);
  acceptor.open(endpoint.protocol(), error);
  if (error) return std::error_code(error);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (ip.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  // Accepted sockets inherit it: replies must not wait for the acknowledgement of earlier ones.
  acceptor.set_option(tcp::no_delay(true), error);
  acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(backlog, error);
  if (!error) acceptor.native_non_blocking(true, error);
  if (error) return std::error_code(error);
  const std::uint16_t bound = acceptor.local_endpoint().port();
  auto on = std::make_shared<accepting>(
      accepting{std::move(acceptor), protocol, address, bound, std::move(make_session)});
  accepting_.push_back(on);
  asio::co_spawn(context_, accept_all(this, on), asio::detached);
  return bound;
}

asio::awaitable<void> mail_server::impl::accept_all(impl* server, std::shared_ptr<accepting> on) {
  asio::steady_timer rest(on->acceptor.get_executor());
  while (on->acceptor.is_open()) {
    const auto [error] = co_await on->acceptor.async_wait(tcp::acceptor::wait_read,
                                                          asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    while (server->accept_one(*on)) {
    }
    if (errno != EMFILE && errno != ENFILE) continue;
    // No descriptor is left: the client stays in the backlog while others end.
    rest.expires_after(std::chrono::milliseconds(20));
    (void)co_await rest.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

// False when nobody is waiting any more, or nobody can be taken; errno says which.
bool mail_server::impl::accept_one(accepting& on) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int descriptor =
      ::accept4(on.acceptor.native_handle(), reinterpret_cast<sockaddr*>(&storage), &size,
                SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return errno == ECONNABORTED || errno == EINTR;
  if (open_ >= limits_.max_connections) {
    (void)::send(descriptor, too_many.data(), too_many.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(descriptor, SHUT_WR);
    ::close(descriptor);
    return true;
  }
  begin_session(on, descriptor, storage, size);
  return true;
}

void mail_server::impl::begin_session(accepting& on, int descriptor,
                                      const sockaddr_storage& storage, socklen_t size) {
  peer_name peer = name_of(storage, size);
  socket_type socket(context_, asio::generic::stream_protocol(storage.ss_family, IPPROTO_TCP),
                     descriptor);
  auto recorder = std::make_unique<rig::session_recorder>(rigs_, rigs_.default_rig(), on.protocol,
                                                          std::move(peer.with_port));
  auto session = on.make_session(*recorder, peer.address);
  const auto made = std::make_shared<connection>(shared_, std::move(socket), std::move(recorder),
                                                 std::move(session));
  ++open_;
  made->start([this] {
    --open_;
    check_whether_done();
  });
}

void mail_server::impl::shut_down(std::function<void()> done) {
  when_done_ = std::move(done);
  for (const auto& each : accepting_) each->acceptor.close();
  for (connection& each : shared_.connections) each.shut_down();
  check_whether_done();
}

void mail_server::impl::check_whether_done() {
  if (open_ == 0 && when_done_) std::exchange(when_done_, nullptr)();
}

void mail_server::impl::abort() {
  for (connection& each : shared_.connections) each.abort();
}

std::vector<rig::listener_info> mail_server::impl::list() const {
  std::vector<rig::listener_info> result;
  for (const auto& each : accepting_) {
    const std::string url =
        std::string(each->protocol) + "://" + public_host + ':' + std::to_string(each->port);
    result.push_back({each->protocol, each->address, each->port, url, rigs_.default_rig().name()});
  }
  result.insert(result.end(), foreign.begin(), foreign.end());
  return result;
}

mail_server::mail_server(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
    : impl_(std::make_unique<impl>(loop, rigs, limits)) {}
mail_server::~mail_server() = default;

std::variant<std::uint16_t, std::error_code> mail_server::listen(const char* protocol,
                                                                 const std::string& address,
                                                                 std::uint16_t port,
                                                                 session_maker make_session) {
  return impl_->listen(protocol, address, port, std::move(make_session));
}
void mail_server::unlisten_last() {
  impl_->unlisten_last();
}
void mail_server::shut_down(std::function<void()> done) {
  impl_->shut_down(std::move(done));
}
void mail_server::abort() {
  impl_->abort();
}
std::vector<rig::listener_info> mail_server::list() const {
  return impl_->list();
}
void mail_server::set_public_host(std::string host) {
  impl_->public_host = std::move(host);
}
void mail_server::add_foreign(rig::listener_info info) {
  impl_->foreign.push_back(std::move(info));
}

}  // namespace mailrig::net
