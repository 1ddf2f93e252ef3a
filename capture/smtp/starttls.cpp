// STARTTLS (RFC 3207), and what the session does about a handshake however it came to it.
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

#include <string>

namespace mailrig::smtp {
model::reply handlers::offer_tls(session& s) {
  return s.around_.rules.tls == tls_mode::offered ? replies::ready_for_tls
                                                  : replies::tls_not_offered;
}

// A rule may offer what the listener does not.
void handlers::begin_tls(session& s, const model::reply& given) {
  if (!given.is_positive()) return;
  const auto* const rule = s.play_ ? s.play_->player.decided().find<faults::tls>() : nullptr;
  if (rule != nullptr && rule->after_220)
    return wire::end_instead_of_handshake(*rule->after_220, s.play_->player,
                                          s.around_.rules.linger);
  s.keeps_early_octets_ = rule != nullptr && rule->answers_injected;
  s.awaits_tls_ = true;
}

model::reply session::reply_to_unmet() const {
  return unmet_ == tls_use::not_yet ? replies::tls_is_on : replies::tls_first;
}

// Plain text would be no TLS: in the midst of a handshake nothing is said.
bool session::is_mute() const {
  return awaits_tls_ || (around_.rules.tls == tls_mode::implicit && !is_in_tls());
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

void session::tls_ready(const model::tls_facts& facts) {
  around_.recorder.tls_established(facts);
  tls_words_.learn(facts, facts_);
  awaits_tls_ = false;
  const bool has_certificate = !facts.client_certificate.empty();
  security_ = has_certificate ? security::tls_with_certificate : security::tls;
  is_silent_in_tls_ = true;
  client_.certificate_name = facts.client_certificate;
  unmet_ = tls_use::not_yet;
  if (around_.rules.tls == tls_mode::implicit) return consider({model::stage::banner});
  start_anew();
}

// RFC 3207 4.2: what was said before is forgotten.
void session::start_anew() {
  helo_.clear();
  forget_login();
  enter(state::connected);
}

void session::tls_failed(const model::tls_failure& failure) {
  awaits_tls_ = false;
  close(wire::end_of_failed_handshake(failure, around_.recorder));
}

// Many clients (nodemailer, and those with GnuTLS) look at the certificate only when the handshake
// is over, and then hang up.
void session::note_silence_in_tls() {
  is_silent_in_tls_ = false;
  around_.recorder.noted("tls_closed_without_a_word",
                         "The client left right after the TLS handshake; if it does not trust the "
                         "certificate: " +
                             std::string(model::ways_out_of_distrust));
}

}  // namespace mailrig::smtp
