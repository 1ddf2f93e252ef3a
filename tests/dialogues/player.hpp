// Plays a dialogue against a server that is reached in one way or another, and says in full what
// went otherwise.
#pragma once

#include "tests/dialogues/script.hpp"
#include "tests/dialogues/world.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::dialogue {

// The conversation so far, the line that was not met, and why.
struct dialogue_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// How a dialogue reaches its server: by function calls, or over sockets.
class transport {
 public:
  virtual ~transport() = default;

  virtual void connect(std::size_t connection, protocol spoken) = 0;
  virtual void say(std::size_t connection, std::string_view octets) = 0;
  virtual void shut_down_sending(std::size_t connection) = 0;
  virtual void reset(std::size_t connection) = 0;
  // The client's TLS handshake. Throws script_error when it comes out otherwise.
  virtual void begin_tls(std::size_t connection, const tls_client& client) = 0;
  // The next line without its CRLF; nothing if there will be none.
  [[nodiscard]] virtual std::optional<std::string> take_line(std::size_t connection) = 0;
  // So many octets, or as many as there will be.
  [[nodiscard]] virtual std::string take_octets(std::size_t connection, std::size_t count) = 0;
  // Rules are gone, by their tokens.
  virtual void release(const std::vector<std::uint64_t>& rules) = 0;
  // What was said and not taken.
  [[nodiscard]] virtual std::string untaken(std::size_t connection) = 0;
  [[nodiscard]] virtual bool is_closed(std::size_t connection) = 0;
  struct ending {
    std::optional<model::close_mode> mode;  // nothing: any that is no reset
    bool says_close_notify = true;          // under TLS; abrupt and reset never do
  };
  // How the server closed the connection, in the expected mode if that cannot be told from how it
  // did; nothing if it did not.
  [[nodiscard]] virtual std::optional<ending> await_close(std::size_t connection,
                                                          const ending& expected) = 0;
  // Returns once the server has read what was said, or waits for the clock.
  virtual void settle(std::size_t connection) = 0;
  virtual void pass_time(model::duration time) = 0;
  // What goes by real time passes by itself where time is real.
  virtual void pass_real_time(model::duration time) = 0;
  virtual void shut_down_server() = 0;
  // Calls `look` when all that was said has been read, where the rig may be touched.
  virtual void inspect(const std::function<void(world&)>& look) = 0;
  // The same for what comes to pass by real time: again and again, until it is so or patience ends.
  virtual void inspect_until(const std::function<bool(world&)>& is_so) = 0;
  // The clients go away; what must hold at the end of every dialogue holds, or script_error is
  // thrown.
  virtual void finish() = 0;
};

// Throws dialogue_failure.
void play(const script& played, transport& over);

// Printable, cut when long.
[[nodiscard]] std::string printable(std::string_view octets);

}  // namespace mailrig::dialogue
