// Drives a protocol session without sockets, timers and threads: what net/connection does, step by
// step and by hand. While it does so it holds the session to the contract of
// wire/protocol_session.hpp and throws broken_promise when the session breaks it.
#pragma once

#include "capture/model/closing.hpp"
#include "capture/rig/mailbox_visit.hpp"
#include "capture/rig/session_recorder.hpp"
#include "capture/wire/protocol_session.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::dialogue {

struct broken_promise : std::logic_error {
  using std::logic_error::logic_error;
};

class driver {
 public:
  // `most_rest`: octets that the session may leave with the driver while it asks for more.
  driver(std::unique_ptr<rig::session_recorder> recorder,
         std::unique_ptr<wire::protocol_session> session, std::size_t most_rest);

  // The peer's octets arrive, in one read if the session takes so many at once.
  void receive(std::string_view octets);
  // The peer's last octets are in; timeout and shutdown are the driver's own ends.
  void end_of_input(wire::peer_end how);
  void pass_time(model::duration time);
  // Rules are gone.
  void release(const std::vector<std::uint64_t>& rules);
  // The client answers the server's readiness for TLS: with a handshake that succeeds, or, if an
  // alert is given, with that. No octets are exchanged; the session is told as if they were. The
  // certificate is named by whom it names; empty: none.
  void handshake(const model::client_hello& hello, const std::string& certificate = {},
                 std::uint8_t alert = 0);
  // Octets that come now come instead of a handshake.
  [[nodiscard]] bool awaits_tls() const { return tls_has_begun_; }
  static constexpr std::string_view early_octets = "Octets came before the TLS handshake";

  [[nodiscard]] bool is_closed() const { return closed_by_.has_value(); }
  [[nodiscard]] bool is_pausing() const { return pause_left_.has_value(); }
  [[nodiscard]] const std::optional<wire::close>& closed_by() const { return closed_by_; }
  // All that the session wrote, and how many octets of it each write ended with.
  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] const std::vector<std::size_t>& writes() const { return writes_; }

 private:
  void pump();
  [[nodiscard]] bool carry_out(const wire::need_input& what);
  [[nodiscard]] bool carry_out(const wire::send& what);
  [[nodiscard]] bool carry_out(const wire::deliver& what);
  [[nodiscard]] bool carry_out(const wire::wait& what);
  [[nodiscard]] bool carry_out(const wire::close& what);
  [[nodiscard]] bool carry_out(const wire::open_mailbox& what);
  [[nodiscard]] bool carry_out(const wire::fetch& what);
  [[nodiscard]] bool carry_out(const wire::update& what);
  [[nodiscard]] bool carry_out(const wire::examine& what);
  [[nodiscard]] bool carry_out(const wire::start_tls& what);
  [[nodiscard]] bool carry_out(const wire::set_pace& what);
  [[nodiscard]] bool fail_tls(model::tls_end how, model::ended_by cause);
  [[nodiscard]] bool has_unread() const { return read_ < unread_.size(); }
  void read(std::size_t at_most);
  void offer_rest();
  void feed_rest();
  void tell_end(wire::peer_end how);

  std::unique_ptr<rig::session_recorder> recorder_;
  std::unique_ptr<wire::protocol_session> session_;
  std::unique_ptr<rig::mailbox_visit> visit_;
  std::size_t most_rest_;
  std::string unread_;    // in the kernel, so to say
  std::size_t read_ = 0;  // octets of it that were read meanwhile
  std::string rest_;      // read, not taken
  bool rest_waits_ = false;
  std::string injected_;               // came behind STARTTLS and is kept
  std::optional<wire::peer_end> end_;  // behind `unread_`; told once
  bool end_is_told_ = false;
  model::duration idle_{0};
  model::duration silence_{0};  // of the peer, whatever the session does meanwhile
  std::optional<model::duration> pause_left_;
  struct client_tls {
    model::client_hello hello;
    std::string certificate;
    std::uint8_t alert;
    bool is_told = false;  // of the ClientHello
  };
  bool tls_has_begun_ = false;
  std::optional<client_tls> client_tls_;
  std::string output_;
  std::vector<std::size_t> writes_;
  model::ended_by ended_by_ = model::ended_by::server;
  std::optional<wire::close> closed_by_;
};

}  // namespace mailrig::dialogue
