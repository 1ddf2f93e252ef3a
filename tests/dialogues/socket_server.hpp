// A mail server of the program's own making (net/mail_server) in a thread of its own, around a
// world, whose clock runs from then on.
#pragma once

#include "capture/net/event_loop.hpp"
#include "capture/net/mail_server.hpp"
#include "capture/net/time_keeper.hpp"
#include "tests/dialogues/world.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace mailrig::dialogue {

class socket_server {
 public:
  // Listens on a free port; throws script_error when it cannot.
  explicit socket_server(world& around, const std::string& address = "127.0.0.1",
                         net::mail_server::mail_limits limits = {});
  ~socket_server();
  socket_server(const socket_server&) = delete;
  socket_server& operator=(const socket_server&) = delete;

  [[nodiscard]] std::uint16_t port(protocol spoken = protocol::smtp) const {
    return spoken == protocol::smtp ? smtp_port_ : pop3_port_;
  }
  [[nodiscard]] net::mail_server& server() { return server_; }
  // Calls `what` in the server's thread, where the world may be touched, and returns, or throws,
  // behind it.
  void call(const std::function<void()>& what);
  // From any thread.
  void post(std::function<void()> what) { loop_.post(std::move(what)); }
  // Asks in the server's thread, between its events, until `is_so`; throws script_error naming
  // `what` after ten seconds.
  void wait_until(const char* what, const std::function<bool()>& is_so);
  // Tells the server to end; `is_down` is true once no connection is left.
  void shut_down();
  [[nodiscard]] bool is_down() const { return is_down_; }

 private:
  struct work;
  [[nodiscard]] std::uint16_t listen(protocol spoken, world& around, const std::string& address);

  net::event_loop loop_;
  net::time_keeper time_keeper_;
  std::unique_ptr<work> work_;
  net::mail_server server_;
  std::uint16_t smtp_port_ = 0;
  std::uint16_t pop3_port_ = 0;
  bool is_down_ = false;  // of the server's thread
  std::thread thread_;
};

}  // namespace mailrig::dialogue
