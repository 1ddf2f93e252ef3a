// Reaches the session by function calls, through `driver`: the ways `whole`, `bytes` and `cut` of
// playing.
#pragma once

#include "tests/dialogues/driver.hpp"
#include "tests/dialogues/player.hpp"
#include "tests/dialogues/reply_check.hpp"

#include <map>
#include <memory>

namespace mailrig::dialogue {

enum class feeding {
  whole,  // a segment in one read
  bytes,  // octet by octet; of a bulk only the first and last 64 KiB, the rest in reads of 64 KiB
};

class direct_transport final : public transport {
 public:
  direct_transport(const script& played, feeding how);

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
  void settle(std::size_t) override {}
  void pass_time(model::duration time) override;
  void pass_real_time(model::duration time) override { pass_time(time); }
  void shut_down_server() override;
  void inspect(const std::function<void(world&)>& look) override { look(world_); }
  void inspect_until(const std::function<bool(world&)>& is_so) override { (void)is_so(world_); }
  void finish() override { finish(wire::peer_end::fin); }

  // Every open connection ends so; then the checks of finish().
  void finish(wire::peer_end how);

 private:
  struct client {
    protocol spoken = protocol::smtp;
    std::size_t session = 0;  // its number in the rig, counting from 1
    std::unique_ptr<driver> server;
    std::size_t taken = 0;  // octets of its output
  };
  void check_replies(const client& one);
  void check_open_transaction(const client& one, std::size_t attempts_before);

  world world_;
  feeding how_;
  wording whose_;
  std::map<std::size_t, client> clients_;
};

// The peer goes away behind every step and in the middle of everything it says, once with FIN and
// once with RST. Throws dialogue_failure.
void play_cut(const script& played);

}  // namespace mailrig::dialogue
