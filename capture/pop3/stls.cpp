// STLS (RFC 2595 4), and what the session does about a handshake however it came to it.
#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"

namespace mailrig::pop3 {

model::reply handlers::offer_tls(session& s) {
  if (s.is_in_tls_) return replies::tls_is_on;
  return s.around_.rules.tls == tls_mode::offered ? replies::ready_for_tls
                                                  : replies::tls_not_offered;
}

// A rule may offer what the listener does not; within TLS there is no second one.
void handlers::begin_tls(session& s, const model::reply& given) {
  if (!given.is_positive() || s.is_in_tls_) return;
  const auto* const rule = s.find_step<faults::tls>();
  if (rule != nullptr && rule->after_220)
    return wire::end_instead_of_handshake(*rule->after_220, s.play_->player,
                                          s.around_.rules.linger);
  s.keeps_early_octets_ = rule != nullptr && rule->answers_injected;
  s.awaits_tls_ = true;
}

// Plain text would be no TLS: in the midst of a handshake nothing is said.
bool session::is_mute() const {
  return awaits_tls_ || (around_.rules.tls == tls_mode::implicit && !is_in_tls_);
}

wire::start_tls session::start_tls() const {
  using early = wire::start_tls::early_octets;
  const bool is_implicit = around_.rules.tls == tls_mode::implicit;
  const early usual = is_implicit ? early::begin_tls : early::thrown_away;
  return wire::ask_for_handshake(handshake_.get(), keeps_early_octets_ ? early::kept : usual,
                                 around_.rules.handshake_timeout);
}

void session::client_hello(const model::client_hello& hello) {
  tls_words_.learn(hello, facts_);
  consider({model::stage::tls_handshake});
}

// RFC 2595 4: the session goes on in AUTHORIZATION, and what was said before is forgotten.
void session::tls_ready(const model::tls_facts& facts) {
  around_.recorder.tls_established(facts);
  tls_words_.learn(facts, facts_);
  awaits_tls_ = false;
  is_in_tls_ = true;
  is_first_line_ = true;
  user_.clear();
  enter(state::authorization);
  if (around_.rules.tls == tls_mode::implicit) consider({model::stage::greeting});
}

void session::tls_failed(const model::tls_failure& failure) {
  awaits_tls_ = false;
  close(wire::end_of_failed_handshake(failure, around_.recorder));
}

}  // namespace mailrig::pop3
