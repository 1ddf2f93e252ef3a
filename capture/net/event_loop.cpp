#include "capture/net/event_loop.hpp"

#include <array>
#include <csignal>
#include <unistd.h>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace mailrig::net {

namespace asio = boost::asio;

// What the loop watches besides sockets; cancelled with the loop.
struct event_loop::watchers {
  explicit watchers(asio::io_context& context) : signals(context), input(context) {}

  void read_input() {
    input.async_wait(
        asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
          if (error) return;
          std::array<char, 4096> ignored;
          const ssize_t size = ::read(input.native_handle(), ignored.data(), ignored.size());
          if (size > 0) return read_input();
          std::exchange(at_input_end, nullptr)();
        });
  }

  asio::signal_set signals;
  asio::posix::stream_descriptor input;
  std::function<void()> at_input_end;
};

// One thread runs the loop and touches its sockets; others only post, which this hint keeps safe.
event_loop::event_loop()
    : context_(std::make_unique<asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO)),
      watchers_(std::make_unique<watchers>(*context_)) {}

event_loop::~event_loop() = default;

void event_loop::run() {
  context_->run();
}
void event_loop::stop() {
  context_->stop();
}
void event_loop::post(std::function<void()> work) {
  asio::post(*context_, std::move(work));
}

void event_loop::on_termination(std::function<void()> what) {
  watchers_->signals.add(SIGTERM);
  watchers_->signals.add(SIGINT);
  watchers_->signals.async_wait([what = std::move(what)](boost::system::error_code error, int) {
    if (!error) what();
  });
}

void event_loop::on_stdin_end(std::function<void()> what) {
  watchers_->at_input_end = std::move(what);
  boost::system::error_code error;
  // A regular file cannot be watched and has no writer to wait for: it is taken as open for ever.
  (void)watchers_->input.assign(::dup(STDIN_FILENO), error);
  if (!error) watchers_->read_input();
}

void event_loop::after(std::chrono::milliseconds time, std::function<void()> what) {
  auto timer = std::make_shared<asio::steady_timer>(*context_, time);
  timer->async_wait([timer, what = std::move(what)](boost::system::error_code error) {
    if (!error) what();
  });
}

}  // namespace mailrig::net
