// One connection of a mail client: the coroutine that carries out what its protocol session asks
// for.
//
// Owns the socket, the session and the recorder. Reads into a buffer that all connections of the
// loop share and keeps only what the session did not take. Hot paths await once a read and nothing
// per line or per write.
#pragma once

#include "capture/net/poller.hpp"
#include "capture/net/session_maker.hpp"
#include "capture/net/task.hpp"
#include "capture/net/tls_filter.hpp"
#include "capture/rig/mail_examiner.hpp"
#include "capture/rig/mailbox_visit.hpp"
#include "capture/rig/session_recorder.hpp"
#include "capture/wire/protocol_session.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

namespace mailrig::net {

// The loop's own executor instead of the type-erased default: a fifth of the instructions of a
// short session.
using executor_type = boost::asio::io_context::executor_type;
using timer_type = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor_type>;

struct shared_state;
class tls_contexts;

class connection final : public std::enable_shared_from_this<connection>,
                         public boost::intrusive::list_base_hook<>,
                         private rig::rules_listener {
 public:
  // Where a connection comes from, for its record.
  struct origin {
    rig::rig_table& table;
    rig::rig& home;
    const char* protocol;
    connection_ends ends;
    std::string peer_with_port;
    std::shared_ptr<const model::client_facts> given{};  // what a proxy said of it; null: nothing
  };

  // Takes the accepted, non-blocking socket.
  connection(shared_state& shared, int socket, origin from, const session_maker& make_session);
  ~connection();

  // Runs until the connection is closed, then calls `ended`. Call once.
  void start(std::function<void()> ended);
  // The server goes away: the session says so to its peer, then the connection closes.
  void shut_down();
  // Closes at once.
  void abort();
  // Forgets everything where it stands; for the end of the program.
  void destroy();
  // Rules are gone, by their tokens: what they make the session wait for ends. Empty: all rules.
  void release(std::span<const std::uint64_t> rules);
  // The rig of its session, which a route may change.
  [[nodiscard]] rig::rig& home() { return recorder_.home(); }
  // The rig whose rules acted on it last.
  [[nodiscard]] const rig::rig& acting() const { return recorder_.acting(); }

 private:
  using steady = std::chrono::steady_clock;

  static detached run(std::shared_ptr<connection> self, std::function<void()> ended);
  [[nodiscard]] task converse();
  [[nodiscard]] task carry_out(wire::send what);
  [[nodiscard]] task carry_out(wire::deliver what);
  [[nodiscard]] task carry_out(wire::wait what);
  // Reads when there is something; tells the session of the silence until then.
  [[nodiscard]] task await_watched(wire::need_input what);
  void rules_changed() override;
  [[nodiscard]] bool asks_again();
  // Lets time pass by one of the clocks; returns early when the peer or the server goes, when a
  // rule does, or when the session has lasted too long.
  [[nodiscard]] task pause(wire::wait what);
  // For what is none of a rule's waits.
  [[nodiscard]] task pause_unread(model::duration time);
  void end_pause(std::uint32_t number);
  // What the kernel still holds of what was written leaves before a reset would throw it away.
  [[nodiscard]] task empty_send_queue();
  // At the pace that a rule has set.
  [[nodiscard]] task send_paced(wire::send what);
  [[nodiscard]] task receive_paced(std::size_t at_most);
  [[nodiscard]] task carry_out(wire::close what);
  // What is answered at once. False: it is nothing of that kind.
  [[nodiscard]] bool run_errand(const wire::action& what);
  [[nodiscard]] task carry_out(wire::start_tls what);
  [[nodiscard]] task carry_out(wire::examine what);
  [[nodiscard]] task carry_out(wire::open_mailbox what);
  // Until `answer` is there; whoever gives it wakes this connection.
  [[nodiscard]] task await_answer(std::shared_ptr<rig::examination> answer);
  [[nodiscard]] std::function<void(rig::examination)> answer_into(
      std::shared_ptr<rig::examination> answer);
  // Those that are rare.
  [[nodiscard]] task carry_out(const wire::action& what);

  void offer_rest();
  void feed(std::string_view octets);
  void receive(std::size_t at_most);
  [[nodiscard]] bool read_ahead();
  [[nodiscard]] ssize_t receive_into(char* buffer, std::size_t room);
  [[nodiscard]] std::size_t send_some(const wire::send& what);
  [[nodiscard]] bool deliver_at_once(const model::mail_ref& mail);
  void delivery_ended(bool is_stored);
  [[nodiscard]] bool discard_input();
  void interrupted();
  void peer_went(wire::peer_end how, model::ended_by cause);

  // TLS: connection_tls.cpp
  struct tls_link {
    explicit tls_link(ssl_ctx_st* listening) : filter(listening) {}

    tls_filter filter;
    steady::time_point handshake_ends_at;
    std::optional<model::tls_failure> cut;  // what else than TLS itself ended the handshake
    std::string injected;  // octets from before it that are taken as if they came through it
  };
  enum class flushed { all, some, broken };
  [[nodiscard]] bool begin_tls(const wire::start_tls& what);
  [[nodiscard]] tls_filter::progress read_handshake();
  [[nodiscard]] tls_filter::progress interrupt_handshake();
  void answer_handshake(tls_filter::progress result);
  [[nodiscard]] tls_filter::progress cut_handshake(model::tls_end how, model::ended_by cause);
  [[nodiscard]] bool tls_has_input() const;
  [[nodiscard]] ssize_t receive_ciphertext(std::size_t at_most);
  void receive_through_tls(std::size_t at_most);
  [[nodiscard]] bool read_ahead_through_tls(std::size_t room);
  void tls_ended();
  [[nodiscard]] std::size_t send_through_tls(std::string_view octets);
  [[nodiscard]] flushed flush_tls();

  void set_deadline(model::duration patience);
  void arm_timer(steady::time_point when);
  void on_timer();
  void close_socket();
  void leave();
  void finish();

  shared_state& shared_;
  int socket_;
  watched_socket watched_;
  std::coroutine_handle<> frame_;
  rig::session_recorder recorder_;
  std::unique_ptr<wire::protocol_session> session_;
  std::unique_ptr<rig::mailbox_visit> visit_;  // of a reader, from its first login on
  std::unique_ptr<tls_link> tls_;              // null: plain
  std::unique_ptr<wire::set_pace> pace_;       // null: as fast as it goes
  std::string rest_;                           // octets that the session did not take yet
  bool rest_waits_ = false;                    // it could take them once its action is answered
  std::optional<bool> is_stored_;              // what the post office said of it
  bool waits_for_delivery_ = false;

  // Of the peer, while rules watch it.
  struct silence {
    model::instant began_at;  // on the rig's clock
    steady::time_point ends_at;
    std::uint64_t behind;  // so many octets
  };
  std::unique_ptr<silence> silence_;

  // Armed seldom: when it fires it looks at the deadline and sleeps on if that has moved.
  timer_type timer_;
  steady::time_point ends_at_;  // of the whole session
  steady::time_point deadline_ = steady::time_point::max();
  steady::time_point armed_for_ = steady::time_point::max();
  std::uint32_t pause_in_progress_ = 0;
  bool is_timed_out_ = false;
  bool is_shutting_down_ = false;
  bool knows_of_shutdown_ = false;
  bool peer_is_gone_ = false;
  bool is_finished_ = false;
  bool is_released_ = false;  // the session's wait is over by a rule's end
  bool asks_anew_ = false;    // what the session waits for: rules have changed
  model::ended_by ended_by_ = model::ended_by::server;
};

// What the connections of one loop share.
struct shared_state {
  explicit shared_state(boost::asio::io_context& context)
      : executor(context.get_executor()), ready(context) {}

  static constexpr std::size_t buffer_size =
      std::size_t{288} * 1024;  // a read of 256 KiB behind a rest of 32

  std::unique_ptr<char[]> buffer = std::unique_ptr<char[]>(new char[buffer_size]);
  static constexpr std::size_t ciphertext_size = std::size_t{256} * 1024;
  std::unique_ptr<char[]> ciphertext;  // made with the first TLS connection
  const tls_contexts* tls = nullptr;   // null: nobody can speak TLS
  executor_type executor;
  poller ready;
  boost::intrusive::list<connection> connections;
  model::duration session_limit = std::chrono::hours{1};
  model::duration write_timeout = std::chrono::seconds{60};
};

}  // namespace mailrig::net
