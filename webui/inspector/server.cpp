#include "webui/inspector/server.hpp"

#include "webui/inspector/connection.hpp"
#include "webui/inspector/http_session.hpp"
#include "webui/inspector/socket.hpp"

#include <chrono>
#include <unistd.h>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

namespace asio = boost::asio;

// Connections beyond the limit that are still told so; past that they are closed without a word.
constexpr std::size_t most_turned_away = 64;
// When no descriptor is left, accepting again at once would only spin.
constexpr std::chrono::milliseconds pause_after_failure{100};

class listener : public std::enable_shared_from_this<listener> {
 public:
  listener(const asio::io_context::executor_type& where, connection_table_ref table)
      : acceptor_(where), pause_(where), table_(std::move(table)) {}

  std::variant<std::uint16_t, std::error_code> open(const asio::ip::tcp::endpoint& endpoint);
  void accept();
  void close() {
    error ignored;
    pause_.cancel();
    acceptor_.close(ignored);
  }

 private:
  void take(tcp_socket socket);
  void pause();

  tcp_acceptor acceptor_;
  timer pause_;
  connection_table_ref table_;
};

std::variant<std::uint16_t, std::error_code> listener::open(
    const asio::ip::tcp::endpoint& endpoint) {
  error failed;
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(tcp_acceptor::reuse_address(true), failed);
  // One port for both families means two sockets.
  if (!failed && endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(tcp_acceptor::max_listen_connections, failed);
  const auto bound = failed ? endpoint : acceptor_.local_endpoint(failed);
  if (failed) {
    close();
    return std::error_code(failed);
  }
  return bound.port();
}

void listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](const error& failed, tcp_socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (failed) {
      self->pause();
      return;
    }
    self->take(std::move(socket));
    self->accept();
  });
}

void listener::take(tcp_socket socket) {
  const std::size_t most = table_->shared.settings().max_connections;
  const std::size_t now = table_->open.size();
  if (now >= most + most_turned_away) return;
  // Connections read when the socket seems readable; if it was not after all, nobody shall wait.
  error failed;
  socket.non_blocking(true, failed);
  if (failed) return;
  auto session = std::make_shared<http_session>(table_, std::move(socket));
  if (now >= most)
    session->turn_away();
  else
    session->start();
}

void listener::pause() {
  pause_.expires_after(pause_after_failure);
  pause_.async_wait([self = shared_from_this()](const error& cancelled) {
    if (!cancelled) self->accept();
  });
}

}  // namespace

class server::implementation {
 public:
  implementation(asio::io_context& io, const server_settings& settings, const services& what)
      : io_(io), table_(std::make_shared<connection_table>(settings, what)), wait_due_(io) {
    table_->shared.on_wait_due([this] { arm_for_waits(); });
  }

  std::variant<std::uint16_t, std::error_code> listen(const std::string& address,
                                                      std::uint16_t port) {
    error failed;
    const auto parsed = asio::ip::make_address(address, failed);
    if (failed) return std::error_code(failed);
    auto opened = std::make_shared<listener>(io_.get_executor(), table_);
    auto result = opened->open({parsed, port});
    if (std::holds_alternative<std::uint16_t>(result)) {
      opened->accept();
      listeners_.push_back(std::move(opened));
    }
    return result;
  }

  void unlisten_last() {
    listeners_.back()->close();
    listeners_.pop_back();
  }

  void stop() {
    for (const auto& each : listeners_) each->close();
    wait_due_.cancel();
    table_->shared.end_waits();
    // Stopping may end a connection, which takes itself out of the table.
    for (connection* each : std::vector(table_->open.begin(), table_->open.end())) each->stop();
  }

  // Operations that the io_context still holds may keep the table alive for longer than the rigs.
  void let_go_of_rigs() { table_->shared.forget_rigs(); }

  [[nodiscard]] const connection_table& table() const { return *table_; }

 private:
  // One timer for all waits: for the one that ends next.
  void arm_for_waits() {
    const auto due = table_->shared.waits().next_due();
    if (!due) return;
    wait_due_.expires_at(*due);
    wait_due_.async_wait([this](const error& cancelled) {
      if (cancelled) return;
      table_->shared.waits().tick();
      arm_for_waits();
    });
  }

  asio::io_context& io_;
  connection_table_ref table_;
  timer wait_due_;
  std::vector<std::shared_ptr<listener>> listeners_;
};

server::server(asio::io_context& io, server_settings settings, services what)
    : implementation_(std::make_unique<implementation>(io, settings, what)) {}

server::~server() {
  stop();
  implementation_->let_go_of_rigs();
}

std::variant<std::uint16_t, std::error_code> server::listen(const std::string& address,
                                                            std::uint16_t port) {
  return implementation_->listen(address, port);
}

void server::unlisten_last() {
  implementation_->unlisten_last();
}

void server::stop() {
  implementation_->stop();
}

std::size_t server::connection_count() const {
  return implementation_->table().open.size();
}

std::size_t server::event_stream_count() const {
  return implementation_->table().shared.event_streams();
}

std::string machine_name() {
  char name[256] = {};
  // Too long a name comes cut; POSIX leaves open whether it is terminated then.
  if (gethostname(name, sizeof name - 1) != 0) return {};
  return name;
}

}  // namespace mailrig::inspector
