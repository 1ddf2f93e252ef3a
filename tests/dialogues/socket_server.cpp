#include "tests/dialogues/socket_server.hpp"

#include "tests/dialogues/tls_peer.hpp"

#include <chrono>
#include <future>
#include <variant>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace mailrig::dialogue {
namespace {

constexpr std::chrono::seconds patience{10};

}  // namespace

// Keeps the loop running while no socket is open.
struct socket_server::work {
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard;
};

socket_server::socket_server(world& around, const std::string& address,
                             net::mail_server::mail_limits limits)
    : time_keeper_(loop_, around.rigs()),
      work_(std::make_unique<work>(work{boost::asio::make_work_guard(loop_.context())})),
      server_(loop_, around.rigs(), limits) {
  around.clock().run();
  server_.set_tls(&test_contexts());
  smtp_port_ = listen(protocol::smtp, around, address);
  pop3_port_ = listen(protocol::pop3, around, address);
  thread_ = std::thread([this] { loop_.run(); });
}

std::uint16_t socket_server::listen(protocol spoken, world& around, const std::string& address) {
  const auto bound = server_.listen(
      to_string(spoken).data(), address, 0,
      [spoken, &around](rig::session_recorder& recorder, const net::connection_ends& ends) {
        return around.make_session(spoken, recorder, ends.peer, ends.peer_port, ends.own_port);
      });
  if (const auto* error = std::get_if<std::error_code>(&bound))
    throw script_error("cannot listen on " + address + ": " + error->message());
  return std::get<std::uint16_t>(bound);
}

socket_server::~socket_server() {
  loop_.post([this] {
    server_.shut_down([this] { loop_.stop(); });
    server_.abort();
  });
  thread_.join();
}

void socket_server::call(const std::function<void()>& what) {
  std::promise<void> done;
  loop_.post([&what, &done] {
    try {
      what();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

void socket_server::wait_until(const char* what, const std::function<bool()>& is_so) {
  std::promise<bool> answer;
  const auto until = std::chrono::steady_clock::now() + patience;
  const std::function<void()> ask = [&] {
    if (is_so()) return answer.set_value(true);
    if (std::chrono::steady_clock::now() > until) return answer.set_value(false);
    loop_.post(ask);
  };
  loop_.post(ask);
  if (!answer.get_future().get())
    throw script_error(std::string("it does not happen that ") + what);
}

void socket_server::shut_down() {
  call([this] { server_.shut_down([this] { is_down_ = true; }); });
}

}  // namespace mailrig::dialogue
