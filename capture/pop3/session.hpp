// The server's side of one POP3 session (RFC 1939): octets in, actions out. Knows no socket, no
// timer, no store and no mailbox but the listing that it was given.
//
// Every line goes the same way: parse, known?, state, arguments, fault, reply, its effect. The
// commands stand in one table (command_table.cpp); the rules are asked in consider() only, and a
// verdict is played from there (verdicts.cpp); the state changes in enter() only; every reply
// leaves through answer() (output.cpp), and what stands behind one through flow() (flow.cpp).
#pragma once

#include "capture/pop3/command_table.hpp"
#include "capture/pop3/outflow.hpp"
#include "capture/pop3/settings.hpp"
#include "capture/wire/line_reader.hpp"
#include "capture/wire/login.hpp"
#include "capture/wire/protocol_session.hpp"
#include "capture/wire/rule_parts.hpp"
#include "capture/wire/verdict_player.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::pop3 {

class session final : public wire::protocol_session {
 public:
  session(surroundings around, model::id id, peer client);
  ~session() override;
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  [[nodiscard]] std::size_t feed(std::string_view octets) override;
  [[nodiscard]] wire::action next() override;
  [[nodiscard]] bool takes_input() const override;
  void sent() override;
  void delivered(wire::deliver_result) override {}
  void elapsed() override;
  void silent_for(model::duration silence) override;
  void opened(model::opened_mailbox result) override;
  void fetched(model::mail_ref mail) override;
  void updated() override;
  void peer_closed(wire::peer_end how) override;
  bool released(std::span<const std::uint64_t> rules) override;
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

  // Verdicts: verdicts.cpp
  enum class spoken : std::uint8_t { yes, no };  // whether a point had a reply
  void consider(crossing where);
  void conclude(crossing where);
  [[nodiscard]] model::reply reply_by_rule(crossing where);
  [[nodiscard]] spoken reply_to(crossing where, const model::reply& reply);
  void go_on_from(model::stage point, spoken was);
  [[nodiscard]] model::reply own_reply(crossing where);
  void play(crossing where, const faults::verdict& decided);
  void proceed();
  void end_play(std::string_view how);
  void hold_line(crossing where);
  template <typename Step>
  [[nodiscard]] const Step* find_step() const {
    return play_ ? play_->player.decided().find<Step>() : nullptr;
  }
  // Whether the rule's reply is all that is said, so that nothing follows it.
  [[nodiscard]] bool suppresses_flow() const;
  void begin_update(const model::reply& reply);

  // What the rules may want to know: facts.cpp
  [[nodiscard]] faults::event facts_at(model::stage point);
  void happen(faults::happening what, model::stage point);
  void learn_login(const model::authentication& who, bool has_succeeded);
  [[nodiscard]] bool watches_silence() const;
  [[nodiscard]] model::duration next_idle_mark() const;

  // Keeps the reply until the errand was done.
  void go_on_errand(errand what) { errand_ = what; }
  [[nodiscard]] model::reply held_reply(std::string_view own_text);

  void enter(state next) { state_ = next; }
  void answer(const model::reply& reply);
  void answer_by_rule(const model::reply& reply);
  void refuse(const model::reply& reply);
  void give_up_after_errors();
  void close_after(const model::reply& reply);
  void close(model::close_mode mode);
  void close(const wire::ending& how);
  [[nodiscard]] wire::start_tls start_tls() const;
  [[nodiscard]] bool is_mute() const;
  void flow();
  void flow_listing(listing_writer& from);
  void flow_mail(mail_writer& from);
  // Of a body that rules have a part in.
  [[nodiscard]] bool is_flowing() const { return outflow_.index() != 0 || slow_ != nullptr; }
  [[nodiscard]] bool wants_slow_flow() const;
  void begin_flow(const faults::verdict& decided);
  void slow_down(const faults::verdict& decided);
  void reshape(faults::malform::kind what);
  void flow_slowly();
  void refill();
  void feed_player();
  [[nodiscard]] std::uint64_t octets_to_mark() const;
  [[nodiscard]] bool stops_at_mark();

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

  // A verdict that is being carried out.
  struct performance {
    crossing where;
    wire::verdict_player player;
    spoken was = spoken::yes;
    bool is_said = false;  // the transcript has it: what follows a +OK does not belong there
  };
  std::unique_ptr<performance> play_;
  std::string behind_play_;                             // what is said when it is over
  std::unique_ptr<wire::handshake_of_rule> handshake_;  // that is under way, likewise
  bool keeps_early_octets_ = false;                     // those behind STLS

  // A body on its way as rules want it; holds 64 KiB, or one run of a mail, at a time.
  struct slow_body {
    wire::body_shaper shaper;
    std::string octets;     // that are ready to leave
    std::size_t left = 0;   // of these, that have left
    std::uint64_t out = 0;  // octets that left in all, since the line of +OK
    std::size_t piece = 0;  // octets of one write; 0: all at once
    model::duration gap{0};
    bool is_in_gap = false;
    bool is_retr = false;      // a mail, whose octets are counted for the rules
    bool was_asked = false;    // at this count
    bool is_complete = false;  // `octets` ends with the end of it
  };
  std::unique_ptr<slow_body> slow_;
  bool is_retr_ = false;  // what flows is a whole mail

  faults::session_facts facts_;
  model::authentication last_login_;
  wire::tls_words tls_words_;
  std::uint64_t octets_taken_ = 0;
  model::duration idle_{0};  // how long nothing was said, at the last idle mark
  std::optional<wire::ending> closing_;
};

}  // namespace mailrig::pop3
