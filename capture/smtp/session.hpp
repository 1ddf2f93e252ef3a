// The server's side of one SMTP session (RFC 5321): octets in, actions out. Knows no socket, no
// timer, no store.
//
// Every line goes the same way: parse, known?, state, arguments, fault, reply, its effect. The
// commands stand in one table (command_table.cpp); the rules are asked in consider() only, and a
// verdict is played from there (verdicts.cpp); the state changes in enter() only; every reply
// leaves through answer() (output.cpp).
#pragma once

#include "capture/smtp/command_table.hpp"
#include "capture/smtp/settings.hpp"
#include "capture/smtp/transaction.hpp"
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
#include <vector>

namespace mailrig::smtp {

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
  void delivered(wire::deliver_result result) override;
  void examined(std::shared_ptr<const faults::parsed_facts> facts) override;
  void elapsed() override;
  void silent_for(model::duration silence) override;
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

  [[nodiscard]] std::size_t feed_step(std::string_view octets);
  [[nodiscard]] std::size_t feed_line(std::string_view octets);
  void refuse_overlong();
  [[nodiscard]] std::size_t feed_body(std::string_view octets);
  [[nodiscard]] std::size_t feed_chunk(std::string_view octets);
  void refuse_tls();
  void refuse_http();
  void refuse_proxy_header();
  void note(model::lint which);
  void note_pipelining();
  void look_for_lints(const command_row& row);
  [[nodiscard]] std::optional<model::reply> strict_refusal(const command_row& row) const;
  [[nodiscard]] std::optional<model::reply> strict_refusal_of_content() const;
  void execute(std::string_view line);
  [[nodiscard]] bool is_offered(const command_row& row) const;
  [[nodiscard]] const model::reply& refusal_of_unknown(std::string_view verb,
                                                       const command_row* row) const;
  [[nodiscard]] const model::reply& refusal_out_of_state(const command_row& row) const;
  void run(const command_row& row);

  // Verdicts: verdicts.cpp
  enum class spoken : std::uint8_t { yes, no };  // whether a point had a reply
  void consider(crossing where);
  void conclude(crossing where);
  [[nodiscard]] model::reply reply_by_rule(crossing where);
  [[nodiscard]] spoken reply_to(crossing where, const model::reply& reply);
  [[nodiscard]] spoken say_behind_chunk(crossing where, const model::reply& reply);
  void go_on_from(model::stage point, spoken was);
  [[nodiscard]] model::reply own_reply(crossing where);
  void play(crossing where, const faults::verdict& decided);
  void proceed();
  void end_play(std::string_view how);
  void note_unanswered(crossing where);
  void hold_line(crossing where);
  [[nodiscard]] std::uint64_t octets_to_mark() const;
  void ask_in_body();
  void ask_after_accept();
  [[nodiscard]] bool watches_silence() const;
  [[nodiscard]] model::duration next_idle_mark() const;
  [[nodiscard]] wire::need_input need_input() const;

  // What the rules may want to know: facts.cpp
  [[nodiscard]] faults::protocol talk() const;
  [[nodiscard]] faults::event facts_at(model::stage point);
  void happen(faults::happening what, model::stage point, std::uint64_t octets = 0);
  void accepted(const model::mail_ref& mail);
  void learn_login();

  // TLS: starttls.cpp
  [[nodiscard]] model::reply reply_to_unmet() const;
  [[nodiscard]] bool is_in_tls() const { return security_ != security::plain; }
  [[nodiscard]] bool is_mute() const;
  void start_anew();
  [[nodiscard]] wire::start_tls start_tls() const;
  void note_silence_in_tls();

  // AUTH: auth.cpp
  void respond(std::string_view text);
  void begin_login(wire::sasl_mechanism mechanism);
  void forget_login();
  void hear_secret(std::string_view line);
  [[nodiscard]] bool is_authenticated() const { return login_ && login_->has_succeeded(); }
  [[nodiscard]] wire::sasl_mechanism_set mechanisms_in_tls() const;
  [[nodiscard]] wire::sasl_mechanism_set offered_mechanisms() const;
  [[nodiscard]] std::size_t longest_line(std::string_view octets) const;

  void enter(state next) { state_ = next; }
  void answer(model::reply reply, std::size_t times = 1);
  void answer_by_rule(const model::reply& reply, std::size_t times);
  void append_reply(std::string& to, const model::reply& reply) const;
  void answer_mail(const model::reply& reply, std::size_t recipients);
  void answer_mail(const model::reply& reply, const model::mail_record& mail);
  void refuse(const model::reply& reply);
  void close_after(const model::reply& reply);
  void close(model::close_mode mode);
  void close(const wire::ending& how);

  void end_transaction();
  void consider_recipients();
  void answer_recipients();
  void end_chunk();
  void end_answered_chunk();
  void conclude_body();
  [[nodiscard]] faults::parsed_fact_set wanted_of_mail() const;
  void judge_mail();
  void end_body(const model::reply& reply);

  surroundings around_;
  model::id id_;
  peer client_;
  state state_ = state::connected;
  std::string helo_;
  command command_;        // the one being executed
  std::string held_line_;  // its argument while the session pauses
  std::optional<transaction> transaction_;
  std::unique_ptr<wire::login> login_;  // null until AUTH
  model::lint_set session_lints_;       // those that no transaction was open for

  // A chunk of BDAT under way; it is answered when its octets are in.
  struct chunk {
    std::uint64_t size = 0;
    std::uint64_t left = 0;
    bool is_last = false;
    bool is_kept = false;
    state before = state::connected;
    model::reply reply;
    std::string text;  // of the reply
  };
  chunk chunk_;

  std::string out_;         // replies that were not sent yet
  std::string reply_text_;  // of a reply that is not constant
  wire::line_reader lines_;
  std::size_t errors_ = 0;
  std::size_t commands_ = 0;
  bool is_extended_ = false;  // greeted by EHLO
  bool may_use_xclient_ = false;
  bool ended_a_group_ = false;  // the last command had to wait for its reply (RFC 2920 3.1)
  bool is_first_line_ = true;
  bool uses_bare_lf_ = false;
  security security_ = security::plain;
  tls_use unmet_ = tls_use::none;  // the commands that cannot be had now
  bool awaits_tls_ = false;        // a handshake is under way
  bool is_silent_in_tls_ = false;  // the client has said nothing since the handshake

  // A verdict that is being carried out.
  struct performance {
    crossing where;
    wire::verdict_player player;
    spoken was = spoken::yes;
    model::mail_ref mail;  // that its reply answers, once it is stored
  };
  std::unique_ptr<performance> play_;
  std::unique_ptr<performance> play_behind_chunk_;  // of BDAT, until its octets are in
  std::string behind_play_;                         // what is said when it is over
  struct early_reply {
    model::reply reply;
    std::string text;
  };
  std::unique_ptr<early_reply> early_reply_;  // a rule has answered the mail before its end
  // Of LMTP: what the rules decided of each recipient, while the mail is answered.
  struct recipient_answers {
    std::vector<std::optional<faults::verdict>> decided;
    std::size_t next = 0;
    model::reply usual;  // where no rule acts
    std::string text;    // of it

    [[nodiscard]] model::reply usual_reply() const { return {usual.code, usual.enhanced, text}; }
  };
  std::unique_ptr<recipient_answers> answers_;
  bool is_answered_ = false;  // the mail that ends now has been

  std::unique_ptr<wire::handshake_of_rule>
      handshake_;                    // that is under way, if a rule has a part in it
  bool keeps_early_octets_ = false;  // those behind STARTTLS

  faults::session_facts facts_;
  wire::tls_words tls_words_;
  std::unique_ptr<const model::authentication> last_login_;  // who tried last; facts_ views it
  model::reply refusal_;                                     // at `unknown`
  std::uint64_t octets_taken_ = 0;                           // by the session
  std::uint64_t body_octets_ = 0;  // on the wire since 354, or of the chunks
  model::duration idle_{0};        // how long nothing was said, at the last idle mark
  // Accepted, and its 250 not yet sent: the rules are asked then.
  struct accepted_mail {
    model::mail_ref mail;
    model::envelope envelope;
  };
  std::unique_ptr<accepted_mail> told_mail_;

  bool is_examining_ = false;                           // the mail, before rules are asked of it
  std::shared_ptr<const faults::parsed_facts> parsed_;  // of the mail that came last, if any
  model::mail_ref to_deliver_;
  std::optional<wire::ending> closing_;
};

}  // namespace mailrig::smtp
