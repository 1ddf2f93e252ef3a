// The server's side of one POP3 session (RFC 1939): octets in, actions out. Knows no socket, no
// timer, no store and no mailbox but the listing that it was given.
//
// Every line goes the same way: parse, known?, state, arguments, fault, reply, its effect. The
// commands stand in one table (command_table.cpp); the state changes in enter() only; every reply
// leaves through answer().
#pragma once

#include "capture/pop3/command_table.hpp"
#include "capture/pop3/outflow.hpp"
#include "capture/pop3/settings.hpp"
#include "capture/wire/line_reader.hpp"
#include "capture/wire/login.hpp"
#include "capture/wire/protocol_session.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::pop3 {

class session final : public wire::protocol_session {
 public:
  session(surroundings around, model::id id, peer client);

  [[nodiscard]] std::size_t feed(std::string_view octets) override;
  [[nodiscard]] wire::action next() override;
  [[nodiscard]] bool takes_input() const override;
  void sent() override;
  void delivered(wire::deliver_result) override {}
  void elapsed() override;
  void opened(model::opened_mailbox result) override;
  void fetched(model::mail_ref mail) override;
  void updated() override;
  void peer_closed(wire::peer_end how) override;
  void client_hello(const model::client_hello& hello) override;
  void tls_ready(const model::tls_facts& facts) override;
  void tls_failed(const model::tls_failure& failure) override;

 private:
  friend struct handlers;  // handlers.hpp

  // Where the session stands when it asks the judge: at a command of the table, or (row null) at
  // another point.
  struct crossing {
    model::stage point;
    const command_row* row = nullptr;
  };
  // What the driver is asked for before the reply to a command can be given.
  enum class errand : std::uint8_t { none, open, fetch_whole, fetch_top, update };

  [[nodiscard]] std::size_t line_limit() const;
  [[nodiscard]] std::size_t feed_line(std::string_view octets);
  void refuse_tls();
  void refuse_http();
  void note_bare_lf(std::string_view line);
  void note_line(std::string_view line, std::string_view verb);

  void execute(std::string_view line);
  void respond(std::string_view text);
  void begin_login(wire::sasl_mechanism mechanism);
  void forget_login();
  void end_exchange();
  [[nodiscard]] wire::sasl_mechanism_set offered_mechanisms() const;
  void run(const command_row& row);
  [[nodiscard]] const model::reply& out_of_state(const command_row& row) const;
  void consider(crossing where);
  void pause_at(crossing where, const faults::verdict& verdict);
  void conclude(crossing where, const faults::verdict& verdict);
  void reply_to(crossing where, const model::reply& reply);
  void go_on_from(model::stage point);
  [[nodiscard]] model::reply own_reply(crossing where);

  // Keeps the reply until the errand was done.
  void go_on_errand(errand what) { errand_ = what; }
  [[nodiscard]] model::reply held_reply(std::string_view own_text);

  void enter(state next) { state_ = next; }
  void answer(const model::reply& reply);
  void refuse(const model::reply& reply);
  void give_up_after_errors();
  void close_after(const model::reply& reply);
  void close(model::close_mode mode);
  [[nodiscard]] wire::start_tls start_tls() const;
  [[nodiscard]] bool is_mute() const;
  void flow();
  void flow_listing(listing_writer& from);
  void flow_mail(mail_writer& from);

  [[nodiscard]] std::string timestamp() const;
  [[nodiscard]] std::string refusal_text(const model::opened_mailbox& result) const;
  // "3 messages (320 octets)"
  [[nodiscard]] std::string describe_mailbox() const;
  [[nodiscard]] model::mailbox_entry& entry(std::uint64_t number) {
    return listing_[static_cast<std::size_t>(number - 1)];
  }

  surroundings around_;
  model::id id_;
  peer client_;
  state state_ = state::authorization;
  std::string user_;                    // the login
  model::authentication who_;           // as it is recorded once the mailbox is open
  std::unique_ptr<wire::login> login_;  // while AUTH is under way
  model::mailbox_listing listing_;
  std::size_t message_count_ = 0;       // that are not marked as deleted
  std::uint64_t octet_count_ = 0;       // of these
  std::uint64_t last_read_ = 0;         // the highest number that was read whole
  std::uint64_t last_read_before_ = 0;  // the same, before this session

  wire::line_reader lines_;
  command command_;        // the one being executed
  std::string held_line_;  // its octets while the session pauses
  errand errand_ = errand::none;
  std::uint64_t fetched_number_ = 0;
  std::uint64_t fetched_lines_ = 0;
  std::uint16_t held_code_ = 0;
  std::string held_text_;

  std::string out_;            // what was not sent yet
  std::string_view straight_;  // behind it: octets that are sent as they lie in a mail
  outflow outflow_;
  std::string reply_text_;  // of a reply that is not constant
  std::size_t errors_ = 0;
  bool awaits_tls_ = false;  // once what was said before is sent
  bool is_in_tls_ = false;
  bool is_first_line_ = true;
  bool uses_bare_lf_ = false;

  struct pause {
    model::duration time;
    crossing where;
    faults::verdict verdict;  // what follows
  };
  std::optional<pause> pause_;
  std::optional<model::close_mode> closing_;
};

}  // namespace mailrig::pop3
