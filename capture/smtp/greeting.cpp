// EHLO and HELO (RFC 5321 4.1.1.1).
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

namespace mailrig::smtp {

model::reply handlers::say_hello(session& s) {
  return {250, {}, s.around_.rules.host_name};
}

model::reply handlers::say_extensions(session& s) {
  if (s.may_use_xclient_) {
    extension_set here = offered_to_all(s.around_.rules, s.security_);
    here.add(extension::xclient);
    s.reply_text_ = ehlo_text(s.around_.rules, s.security_, here);
    return {250, {}, s.reply_text_};
  }
  return {250, {}, s.around_.texts.in(s.security_).text};
}

// RFC 5321 4.1.4: EHLO and HELO also end a transaction that is open.
void handlers::be_greeted(session& s, const model::reply& given) {
  if (!given.is_positive()) return;
  s.end_transaction();
  s.enter(state::greeted);
  s.is_extended_ = true;
  // An empty name is taken: some clients send a bare HELO.
  s.helo_ = s.command_.argument;
  s.around_.recorder.helo_given(s.helo_);
}

void handlers::be_greeted_plainly(session& s, const model::reply& given) {
  be_greeted(s, given);
  if (given.is_positive()) s.is_extended_ = false;
}

}  // namespace mailrig::smtp
