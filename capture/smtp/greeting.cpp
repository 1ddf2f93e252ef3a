// EHLO and HELO (RFC 5321 4.1.1.1).
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

namespace mailrig::smtp {

model::reply handlers::say_hello(session& s) {
  return {250, {}, s.around_.rules.host_name};
}

model::reply handlers::say_extensions(session& s) {
  const announcements& texts = s.around_.texts;
  if (!s.is_in_tls_) return {250, {}, texts.extensions};
  const bool has_certificate = !s.client_.certificate_name.empty();
  return {250, {}, has_certificate ? texts.extensions_with_certificate : texts.extensions_in_tls};
}

// RFC 5321 4.1.4: EHLO and HELO also end a transaction that is open.
void handlers::be_greeted(session& s, const model::reply& given) {
  if (!given.is_positive()) return;
  s.end_transaction();
  s.enter(state::greeted);
  s.helo_ = s.command_.argument;
  // Taken all the same: some clients send a bare HELO.
  if (s.helo_.empty()) {
    s.around_.recorder.noted("helo_without_name", "HELO or EHLO gave no name (RFC 5321 4.1.1.1)");
  }
  s.around_.recorder.helo_given(s.helo_);
}

}  // namespace mailrig::smtp
