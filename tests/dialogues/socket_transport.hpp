// Reaches the server over real sockets, plain or with TLS from the first octet: the ways `socket`
// and `tls` of playing. Real time runs by itself here; the clock of the rig stands and is moved by
// clock: steps, so that a silence is no matter of patience.
#pragma once

#include "tests/dialogues/player.hpp"
#include "tests/dialogues/reply_check.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"

#include <cstddef>
#include <map>
#include <memory>

namespace mailrig::dialogue {

class socket_transport final : public transport {
 public:
  enum class mode { as_written, tls };
  explicit socket_transport(const script& played, mode how = mode::as_written);

  void connect(std::size_t connection, protocol spoken) override;
  void say(std::size_t connection, std::string_view octets) override;
  void shut_down_sending(std::size_t connection) override;
  void reset(std::size_t connection) override;
  void begin_tls(std::size_t connection, const tls_client& how) override;
  [[nodiscard]] std::optional<std::string> take_line(std::size_t connection) override;
  [[nodiscard]] std::string take_octets(std::size_t connection, std::size_t count) override;
  void release(const std::vector<std::uint64_t>& rules) override;
  [[nodiscard]] std::string untaken(std::size_t connection) override;
  [[nodiscard]] bool is_closed(std::size_t connection) override;
  [[nodiscard]] std::optional<ending> await_close(std::size_t connection,
                                                  const ending& expected) override;
  void settle(std::size_t connection) override;
  void pass_time(model::duration time) override;
  void pass_real_time(model::duration) override {}
  void shut_down_server() override;
  void inspect(const std::function<void(world&)>& look) override;
  void inspect_until(const std::function<bool(world&)>& is_so) override;
  void finish() override;

 private:
  struct client {
    protocol spoken = protocol::smtp;
    std::size_t session = 0;  // its number in the rig, counting from 1
    std::unique_ptr<socket_client> socket;
    bool has_said_goodbye = false;
    bool was_closed_by_server = false;
  };
  [[nodiscard]] bool has_read_all(const client& one);
  void wait_until_read(const client& one);
  void wait_until_ended(const client& one);
  void check_replies(const client& one);
  void check_count(const client& one);
  void let_waits_end();

  mode how_;
  world world_;
  wording whose_;
  socket_server server_;
  std::map<std::size_t, client> clients_;
};

}  // namespace mailrig::dialogue
