#include "capture/net/mail_listeners.hpp"

#include "capture/rig/rig.hpp"

#include <cerrno>
#include <chrono>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mailrig::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::string_view unix_prefix = "unix:";

constexpr std::chrono::milliseconds retry_after{100};
constexpr auto as_error = asio::as_tuple(asio::use_awaitable_t<executor_type>{});

faults::protocol talk_of(const accepting& on) {
  const std::string_view spoken = on.name.session;
  if (spoken == "pop3") return faults::protocol::pop3;
  return spoken == "lmtp" ? faults::protocol::lmtp : faults::protocol::smtp;
}

rig::listener_info describe(const accepting& on, const std::string& public_host) {
  const std::string scheme(on.name.scheme);
  const std::string url = on.address.starts_with(unix_prefix)
                              ? scheme + ':' + on.address
                              : scheme + "://" + public_host + ':' + std::to_string(on.port);
  return {on.name.listener, on.address, on.port, url, on.home->name()};
}

}  // namespace

// Opening and closing

std::variant<std::uint16_t, std::error_code> mail_listeners::listen(rig::rig& home,
                                                                    const char* protocol,
                                                                    const std::string& address,
                                                                    std::uint16_t port,
                                                                    session_maker make_session) {
  if (address.starts_with(unix_prefix))
    return listen_unix(home, protocol, address, std::move(make_session));
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return std::error_code(error);
  const tcp::endpoint endpoint(ip, port);
  acceptor_type acceptor(context_);
  if (const std::error_code failed = bind_to(acceptor, endpoint)) return failed;
  if (const std::error_code failed = begin_to_listen(acceptor)) return failed;
  const std::uint16_t bound = acceptor.local_endpoint().port();
  auto on = std::make_shared<accepting>(accepting{std::move(acceptor), nullptr, &home,
                                                  find_listener_name(protocol), address, bound,
                                                  std::move(make_session)});
  accepting_.push_back(on);
  // Rules may have been there first.
  if (const auto how = home.how_to_listen(talk_of(*on)); how != rig::listening::takes_clients)
    on->stop(how);
  else
    begin_to_accept(on);
  return bound;
}

// The acceptor is only waited for and asked for its descriptor, whose family it need not know.
std::variant<std::uint16_t, std::error_code> mail_listeners::listen_unix(
    rig::rig& home, const char* protocol, const std::string& address, session_maker make_session) {
  auto bound = listen_on_unix(address.substr(unix_prefix.size()), usual_backlog);
  if (const auto* error = std::get_if<std::error_code>(&bound)) return *error;
  auto& made = std::get<unix_listener>(bound);
  acceptor_type acceptor(context_);
  acceptor.assign(tcp::v4(), made.socket);
  auto on = std::make_shared<accepting>(accepting{std::move(acceptor), std::move(made.file), &home,
                                                  find_listener_name(protocol), address, 0,
                                                  std::move(make_session)});
  accepting_.push_back(on);
  begin_to_accept(on);
  return std::uint16_t{0};
}

void mail_listeners::unlisten_from(std::size_t first) {
  while (accepting_.size() > first) {
    // The coroutine that accepts holds it too and, once it runs, finds it closed.
    accepting_.back()->close();
    accepting_.pop_back();
  }
}

void mail_listeners::close_those_of(const rig::rig& home) {
  std::erase_if(accepting_, [&home](const std::shared_ptr<accepting>& each) {
    if (each->home != &home) return false;
    each->close();
    return true;
  });
}

void mail_listeners::close_all() {
  for (const auto& each : accepting_) each->close();
}

std::vector<rig::listener_info> mail_listeners::list(const std::string& public_host) const {
  std::vector<rig::listener_info> result;
  for (const auto& each : accepting_) result.push_back(describe(*each, public_host));
  return result;
}

// Accepting

asio::awaitable<void, executor_type> mail_listeners::accept_all(mail_listeners* owner,
                                                                std::shared_ptr<accepting> on) {
  timer_type rest(on->acceptor.get_executor());
  const std::uint64_t generation = on->generation;
  while (on->acceptor.is_open()) {
    const auto [error] = co_await on->acceptor.async_wait(acceptor_type::wait_read, as_error);
    if (error || on->generation != generation) co_return;
    while (owner->accept_one(on)) {
    }
    if (errno != EMFILE && errno != ENFILE) continue;
    // No descriptor is left: the client stays in the backlog while others end.
    rest.expires_after(std::chrono::milliseconds(20));
    (void)co_await rest.async_wait(as_error);
    if (on->generation != generation) co_return;
  }
}

void mail_listeners::begin_to_accept(const std::shared_ptr<accepting>& on) {
  asio::co_spawn(context_, accept_all(this, on), asio::detached);
}

// False when nobody is waiting any more, or nobody can be taken; errno says which.
bool mail_listeners::accept_one(const std::shared_ptr<accepting>& on) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int descriptor =
      ::accept4(on->acceptor.native_handle(), reinterpret_cast<sockaddr*>(&storage), &size,
                SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return errno == ECONNABORTED || errno == EINTR;
  if (on->queue && on->queue->owns(storage))
    ::close(descriptor);
  else
    sessions_.take(on, descriptor, storage);
  return true;
}

// Rules at `listen`

void mail_listeners::listen_as(const rig::rig& home, faults::protocol talk, rig::listening how) {
  for (const auto& each : accepting_) {
    if (each->home != &home || each->file || talk_of(*each) != talk) continue;
    if (how == rig::listening::takes_clients)
      take_clients_again(each);
    else
      each->stop(how);
  }
}

// Clients that came while the queue was full are served now; the queue's own connection is not one.
void mail_listeners::take_clients_again(const std::shared_ptr<accepting>& on) {
  if (on->queue) on->queue->let_go();
  if (on->resume()) return retry(on);
  while (accept_one(on)) {
  }
  on->queue.reset();
  begin_to_accept(on);
}

// Somebody took the port while it was refused and could not be kept; it is asked for until it is
// there again or the rules have changed.
void mail_listeners::retry(const std::shared_ptr<accepting>& on) {
  const auto timer = std::make_shared<timer_type>(context_.get_executor(), retry_after);
  const auto again = [this, timer, on, generation = on->generation](boost::system::error_code) {
    if (on->is_closed || on->generation != generation) return;
    take_clients_again(on);
  };
  timer->async_wait(again);
}

}  // namespace mailrig::net
