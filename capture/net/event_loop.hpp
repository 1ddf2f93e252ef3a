// The one I/O thread's loop: sockets, timers and what other threads post. Owner of the io_context.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace mailrig::net {

class event_loop {
 public:
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  [[nodiscard]] boost::asio::io_context& context() { return *context_; }
  // Returns when nothing is left to do, or after stop().
  void run();
  void stop();
  // From any thread.
  void post(std::function<void()> work);
  // Calls `what` once, at SIGTERM or SIGINT.
  void on_termination(std::function<void()> what);
  // Calls `what` once, when standard input ends: the test run that started the server is gone.
  void on_stdin_end(std::function<void()> what);
  // Calls `what` once, after a while.
  void after(std::chrono::milliseconds time, std::function<void()> what);

 private:
  struct watchers;
  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<watchers> watchers_;
};

}  // namespace mailrig::net
