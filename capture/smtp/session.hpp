// The server's side of one SMTP session (RFC 5321): octets in, actions out. Knows no socket, no
// timer, no store.
//
// Every line goes the same way: parse, known?, state, arguments, fault, reply, its effect. The
// commands stand in one table (command_table.cpp); the state changes in enter() only; every reply
// leaves through answer().
#pragma once

#include "capture/smtp/command_table.hpp"
#include "capture/smtp/settings.hpp"
#include "capture/smtp/transaction.hpp"
#include "capture/wire/line_reader.hpp"
#include "capture/wire/login.hpp"
#include "capture/wire/protocol_session.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::smtp {

class session final : public wire::protocol_session {
 public:
  session(surroundings around, model::id id, peer client);

  [[nodiscard]] std::size_t feed(std::string_view octets) override;
  [[nodiscard]] wire::action next() override;
  [[nodiscard]] bool takes_input() const override;
  void sent() override;
  void delivered(wire::deliver_result result) override;
  void elapsed() override;
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
  void pause_at(crossing where, const faults::verdict& verdict);

  void execute(std::string_view line);
  [[nodiscard]] bool is_offered(const command_row& row) const;
  [[nodiscard]] const model::reply& refusal_of_unknown(std::string_view verb,
                                                       const command_row* row) const;
  [[nodiscard]] const model::reply& refusal_out_of_state(const command_row& row) const;
  void run(const command_row& row);
  void consider(crossing where);
  void conclude(crossing where, const faults::verdict& verdict);
  void reply_to(crossing where, const model::reply& reply);
  [[nodiscard]] model::reply own_reply(crossing where);
  [[nodiscard]] faults::protocol talk() const;
  [[nodiscard]] faults::event facts_at(model::stage point) const;

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
  void answer(model::reply reply);
  void answer_mail(const model::reply& reply, std::size_t recipients);
  void answer_mail(const model::reply& reply, const model::mail_record& mail);
  void refuse(const model::reply& reply);
  void close_after(const model::reply& reply);
  void close(model::close_mode mode);

  void end_transaction();
  void end_chunk();
  void conclude_body();
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

  struct pause {
    model::duration time;
    crossing where;
    faults::verdict verdict;  // what follows
  };
  std::optional<pause> pause_;
  model::mail_ref to_deliver_;
  std::optional<model::close_mode> closing_;
};

}  // namespace mailrig::smtp
