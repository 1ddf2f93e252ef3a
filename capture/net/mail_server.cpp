#include "capture/net/mail_server.hpp"

#include "capture/net/accepting.hpp"
#include "capture/net/connection.hpp"
#include "capture/net/peer_name.hpp"
#include "capture/net/proxy_preamble.hpp"
#include "capture/net/turn_away.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <set>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
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

}  // namespace

class mail_server::impl {
 public:
  impl(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
      : context_(loop.context()), rigs_(rigs), limits_(limits), shared_(loop.context()) {
    shared_.session_limit = limits.session_timeout;
  }
  ~impl() {
    while (!shared_.connections.empty()) shared_.connections.front().destroy();
  }

  std::variant<std::uint16_t, std::error_code> listen(rig::rig& home, const char* protocol,
                                                      const std::string& address,
                                                      std::uint16_t port,
                                                      session_maker make_session);
  void unlisten_last() {
    // The coroutine that accepts holds it too and, once it runs, finds it closed.
    accepting_.back()->close();
    accepting_.pop_back();
  }
  void shut_down(std::function<void()> done);
  void abort();
  [[nodiscard]] rig::rig& home() { return rigs_.default_rig(); }
  void set_tls(const tls_contexts* contexts) { shared_.tls = contexts; }
  void set_examiner(rig::mail_examiner* examiner) { shared_.examiner = examiner; }
  [[nodiscard]] std::vector<rig::listener_info> list() const;

  std::optional<rig::port_refusal> open(rig::rig& home, const std::vector<rig::port_wish>& wishes);
  void close(const rig::rig& home);
  void end_sessions(const rig::rig& home);
  void release(const rig::rig& home, std::span<const std::uint64_t> rules);
  void listen_as(const rig::rig& home, faults::protocol talk, rig::listening how);
  void go_on() { shared_.ready.run_woken_now(); }

  struct offered {
    const char* protocol;
    session_maker make_session;
  };
  std::vector<offered> offers;
  rig_ports ports;
  std::string public_host = "localhost";
  std::vector<rig::listener_info> foreign;

 private:
  std::optional<rig::port_refusal> open_one(rig::rig& home, const rig::port_wish& wish);
  [[nodiscard]] std::error_code open_on(rig::rig& home, const offered& what,
                                        const std::vector<std::string>& addresses,
                                        std::uint16_t port);
  void unlisten_from(std::size_t first);
  [[nodiscard]] std::uint16_t next_of_range();
  using nothing = asio::awaitable<void, executor_type>;
  static nothing accept_all(impl* server, std::shared_ptr<accepting> on);
  void begin_to_accept(const std::shared_ptr<accepting>& on);
  void take_clients_again(const std::shared_ptr<accepting>& on);
  void retry(const std::shared_ptr<accepting>& on);
  [[nodiscard]] bool accept_one(const std::shared_ptr<accepting>& on);
  [[nodiscard]] std::variant<std::uint16_t, std::error_code> listen_unix(
      rig::rig& home, const char* protocol, const std::string& address, session_maker make_session);
  void begin_preamble(std::shared_ptr<accepting> on, int descriptor, peer_name peer);
  void end_preamble(accepting& on, int descriptor, peer_name peer, proxy_preamble::result header);
  void begin_session(accepting& on, int descriptor, peer_name peer,
                     std::shared_ptr<const model::client_facts> given);
  [[nodiscard]] bool is_crowded(const std::string& address);
  void check_whether_done();

  asio::io_context& context_;
  rig::rig_table& rigs_;
  mail_limits limits_;
  std::vector<std::shared_ptr<accepting>> accepting_;
  shared_state shared_;
  std::size_t open_ = 0;
  std::set<std::shared_ptr<proxy_preamble>> preambles_;
  std::unordered_map<std::string, std::size_t> open_of_;  // by address, if that is limited
  std::size_t range_position_ = 0;
  std::function<void()> when_done_;
};

std::variant<std::uint16_t, std::error_code> mail_server::impl::listen(rig::rig& home,
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
std::variant<std::uint16_t, std::error_code> mail_server::impl::listen_unix(
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

asio::awaitable<void, executor_type> mail_server::impl::accept_all(impl* server,
                                                                   std::shared_ptr<accepting> on) {
  timer_type rest(on->acceptor.get_executor());
  const std::uint64_t generation = on->generation;
  while (on->acceptor.is_open()) {
    const auto [error] = co_await on->acceptor.async_wait(acceptor_type::wait_read, as_error);
    if (error || on->generation != generation) co_return;
    while (server->accept_one(on)) {
    }
    if (errno != EMFILE && errno != ENFILE) continue;
    // No descriptor is left: the client stays in the backlog while others end.
    rest.expires_after(std::chrono::milliseconds(20));
    (void)co_await rest.async_wait(as_error);
    if (on->generation != generation) co_return;
  }
}

void mail_server::impl::begin_to_accept(const std::shared_ptr<accepting>& on) {
  asio::co_spawn(context_, accept_all(this, on), asio::detached);
}

// Rules at `listen`

void mail_server::impl::listen_as(const rig::rig& home, faults::protocol talk, rig::listening how) {
  for (const auto& each : accepting_) {
    if (each->home != &home || each->file || talk_of(*each) != talk) continue;
    if (how == rig::listening::takes_clients)
      take_clients_again(each);
    else
      each->stop(how);
  }
}

// Clients that came while the queue was full are served now; the queue's own connection is not one.
void mail_server::impl::take_clients_again(const std::shared_ptr<accepting>& on) {
  if (on->queue) on->queue->let_go();
  if (on->resume()) return retry(on);
  while (accept_one(on)) {
  }
  on->queue.reset();
  begin_to_accept(on);
}

// Somebody took the port while it was refused and could not be kept; it is asked for until it is
// there again or the rules have changed.
void mail_server::impl::retry(const std::shared_ptr<accepting>& on) {
  const auto timer = std::make_shared<timer_type>(context_.get_executor(), retry_after);
  const auto again = [this, timer, on, generation = on->generation](boost::system::error_code) {
    if (on->is_closed || on->generation != generation) return;
    take_clients_again(on);
  };
  timer->async_wait(again);
}

// False when nobody is waiting any more, or nobody can be taken; errno says which.
bool mail_server::impl::accept_one(const std::shared_ptr<accepting>& on) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  const int descriptor =
      ::accept4(on->acceptor.native_handle(), reinterpret_cast<sockaddr*>(&storage), &size,
                SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return errno == ECONNABORTED || errno == EINTR;
  if (on->queue && on->queue->owns(storage)) {
    ::close(descriptor);
    return true;
  }
  if (open_ >= limits_.max_connections) {
    turn_away(descriptor, too_many(on->name.session));
    return true;
  }
  peer_name peer = name_of(storage);
  if (limits_.proxy_from.contains(peer.address))
    begin_preamble(on, descriptor, std::move(peer));
  else
    begin_session(*on, descriptor, std::move(peer), nullptr);
  return true;
}

// Counts one more of that address, unless there are too many.
bool mail_server::impl::is_crowded(const std::string& address) {
  std::size_t& count = open_of_[address];
  if (count >= limits_.max_per_address) return true;
  ++count;
  return false;
}

void mail_server::impl::begin_session(accepting& on, int descriptor, peer_name peer,
                                      std::shared_ptr<const model::client_facts> given) {
  const bool is_counted = limits_.max_per_address != 0;
  if (is_counted && is_crowded(peer.address))
    return turn_away(descriptor, too_many_of_one(on.name.session));
  std::function<void()> ended = [this] {
    --open_;
    check_whether_done();
  };
  if (is_counted) {
    ended = [this, ended, address = peer.address] {
      if (--open_of_[address] == 0) open_of_.erase(address);
      ended();
    };
  }
  const auto made = std::make_shared<connection>(
      shared_, descriptor,
      connection::origin{rigs_, *on.home, on.name.session,
                         connection_ends{std::move(peer.address), peer.port, on.port},
                         std::move(peer.with_port), std::move(given)},
      on.make_session);
  ++open_;
  made->start(std::move(ended));
}

// PROXY headers

void mail_server::impl::begin_preamble(std::shared_ptr<accepting> on, int descriptor,
                                       peer_name peer) {
  const auto made = std::make_shared<proxy_preamble>(context_, descriptor);
  preambles_.insert(made);
  ++open_;
  made->start([this, made, on = std::move(on), peer = std::move(peer)](
                  int socket, proxy_preamble::result header) {
    preambles_.erase(made);
    --open_;
    end_preamble(*on, socket, peer, std::move(header));
    check_whether_done();
  });
}

void mail_server::impl::end_preamble(accepting& on, int descriptor, peer_name peer,
                                     proxy_preamble::result header) {
  // Its rig may be gone meanwhile.
  if (on.is_closed) return turn_away(descriptor, {});
  if (const auto* failed = std::get_if<proxy_preamble::failure>(&header)) {
    rig::session_recorder record(rigs_, *on.home, on.name.session, peer.with_port);
    record.noted("bad_proxy_header", failed->what);
    record.ended(failed->how);
    const bool is_pop3 = std::string_view(on.name.session) == "pop3";
    return turn_away(descriptor, (is_pop3 ? "-ERR [SYS/PERM] " : "421 4.7.0 ") + failed->what +
                                     "; --proxy-from wants one\r\n");
  }
  const auto& read = std::get<wire::proxy_header>(header);
  auto given = std::make_shared<model::client_facts>();
  given->via = "proxy";
  if (read.source) {
    given->address = peer.address = wire::to_string(read.source->address);
    given->port = std::to_string(read.source->port);
    peer.port = read.source->port;
    given->destination = wire::with_port(read.destination->address, read.destination->port);
  }
  begin_session(on, descriptor, std::move(peer), std::move(given));
}

void mail_server::impl::shut_down(std::function<void()> done) {
  when_done_ = std::move(done);
  for (const auto& each : accepting_) each->close();
  for (const auto& each : preambles_) each->abort();
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
    const bool is_unix = each->address.starts_with(unix_prefix);
    const std::string url = is_unix ? std::string(each->name.scheme) + ':' + each->address
                                    : std::string(each->name.scheme) + "://" + public_host + ':' +
                                          std::to_string(each->port);
    result.push_back({each->name.listener, each->address, each->port, url, each->home->name()});
  }
  result.insert(result.end(), foreign.begin(), foreign.end());
  return result;
}

// Ports of rigs

// Goes round, so that a port that was just given back rests for a while.
std::uint16_t mail_server::impl::next_of_range() {
  const auto size = static_cast<std::size_t>(ports.last - ports.first) + 1;
  return static_cast<std::uint16_t>(ports.first + range_position_++ % size);
}

void mail_server::impl::unlisten_from(std::size_t first) {
  while (accepting_.size() > first) unlisten_last();
}

// One number for all addresses. A second family that the machine lacks is left out.
std::error_code mail_server::impl::open_on(rig::rig& home, const offered& what,
                                           const std::vector<std::string>& addresses,
                                           std::uint16_t port) {
  const std::size_t before = accepting_.size();
  for (const std::string& each : addresses) {
    const auto bound = listen(home, what.protocol, each, port, what.make_session);
    const auto* error = std::get_if<std::error_code>(&bound);
    if (error == nullptr) {
      port = std::get<std::uint16_t>(bound);
    } else if (accepting_.size() == before || !is_missing_family(*error)) {
      unlisten_from(before);
      return *error;
    }
  }
  return {};
}

std::optional<rig::port_refusal> mail_server::impl::open_one(rig::rig& home,
                                                             const rig::port_wish& wish) {
  constexpr int tries = 50;
  const auto what = std::find_if(offers.begin(), offers.end(), [&wish](const offered& each) {
    return each.protocol == wish.protocol;
  });
  if (what == offers.end()) {
    std::vector<std::string_view> known;
    for (const offered& each : offers) known.emplace_back(each.protocol);
    return unknown_protocol(wish, known);
  }
  const std::vector<std::string> addresses = addresses_of(wish, ports.addresses);
  if (addresses.empty()) return no_address(wish);
  if (wish.port != 0) {
    if (!ports.allows(wish.port)) return outside_of_range(wish, ports);
    const std::error_code error = open_on(home, *what, addresses, wish.port);
    return error ? std::optional(port_taken(wish, error)) : std::nullopt;
  }
  std::error_code error = std::make_error_code(std::errc::address_in_use);
  const int most = ports.has_range() ? ports.last - ports.first + 1 : tries;
  for (int i = 0; error && i < most; ++i)
    error = open_on(home, *what, addresses, ports.has_range() ? next_of_range() : std::uint16_t{0});
  return error ? std::optional(no_port_left(ports, error)) : std::nullopt;
}

std::optional<rig::port_refusal> mail_server::impl::open(
    rig::rig& home, const std::vector<rig::port_wish>& wishes) {
  const std::size_t before = accepting_.size();
  for (const rig::port_wish& each : wishes) {
    auto refused = open_one(home, each);
    if (!refused) continue;
    unlisten_from(before);
    return refused;
  }
  return std::nullopt;
}

void mail_server::impl::close(const rig::rig& home) {
  std::erase_if(accepting_, [&home](const std::shared_ptr<accepting>& each) {
    if (each->home != &home) return false;
    each->close();
    return true;
  });
}

void mail_server::impl::release(const rig::rig& home, std::span<const std::uint64_t> rules) {
  for (connection& each : shared_.connections) {
    if (&each.acting() == &home) each.release(rules);
  }
}

void mail_server::impl::end_sessions(const rig::rig& home) {
  for (connection& each : shared_.connections)
    if (&each.home() == &home) each.shut_down();
}

mail_server::mail_server(event_loop& loop, rig::rig_table& rigs, mail_limits limits)
    : rigs_(rigs), impl_(std::make_unique<impl>(loop, rigs, limits)) {
  rigs_.reach_sessions(this);
}
mail_server::~mail_server() {
  rigs_.reach_sessions(nullptr);
}

std::variant<std::uint16_t, std::error_code> mail_server::listen(const char* protocol,
                                                                 const std::string& address,
                                                                 std::uint16_t port,
                                                                 session_maker make_session) {
  return impl_->listen(impl_->home(), protocol, address, port, std::move(make_session));
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
void mail_server::offer(const char* protocol, session_maker make_session) {
  impl_->offers.push_back({protocol, std::move(make_session)});
}
void mail_server::set_rig_ports(rig_ports ports) {
  impl_->ports = std::move(ports);
}
std::optional<rig::port_refusal> mail_server::open(rig::rig& home,
                                                   const std::vector<rig::port_wish>& wishes) {
  return impl_->open(home, wishes);
}
void mail_server::close(const rig::rig& home) {
  impl_->close(home);
}
void mail_server::end_sessions(const rig::rig& home) {
  impl_->end_sessions(home);
}

void mail_server::release(const rig::rig& home, std::span<const std::uint64_t> rules) {
  impl_->release(home, rules);
}
void mail_server::listen_as(const rig::rig& home, faults::protocol talk, rig::listening how) {
  impl_->listen_as(home, talk, how);
}
void mail_server::go_on() {
  impl_->go_on();
}
void mail_server::set_tls(const tls_contexts* contexts) {
  impl_->set_tls(contexts);
}
void mail_server::set_examiner(rig::mail_examiner* examiner) {
  impl_->set_examiner(examiner);
}
void mail_server::set_public_host(std::string host) {
  impl_->public_host = std::move(host);
}
void mail_server::add_foreign(rig::listener_info info) {
  impl_->foreign.push_back(std::move(info));
}

}  // namespace mailrig::net
