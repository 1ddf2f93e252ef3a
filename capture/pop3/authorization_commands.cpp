#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"

namespace mailrig::pop3 {

// RFC 1939 7 lets a server say here that it knows no such name; who asks for a name is told only
// with its password.
model::reply handlers::ask_for_password(session&) {
  return replies::send_password;
}

void handlers::take_user(session& s, const model::reply& given) {
  if (!given.is_positive()) return s.enter(state::authorization);
  s.user_ = s.command_.argument;
  s.enter(state::user_given);
}

model::reply handlers::judge_password(session& s) {
  const bool is_right = s.around_.rules.users.accept_password(s.user_, s.command_.password);
  return is_right ? replies::to_be_worded : replies::wrong_credentials;
}

model::reply handlers::judge_digest(session& s) {
  const bool is_right =
      s.around_.rules.users.accept_digest(s.command_.name, s.timestamp(), s.command_.digest);
  return is_right ? replies::to_be_worded : replies::wrong_credentials;
}

// RFC 1939 7: behind a refused PASS the client begins again with USER, or quits.
void handlers::log_in(session& s, const model::reply& given) {
  if (given.is_positive()) return s.go_on_errand(session::errand::open);
  s.user_.clear();
  s.enter(state::authorization);
  ++s.errors_;
}

void handlers::log_in_by_digest(session& s, const model::reply& given) {
  s.user_ = s.command_.name;
  log_in(s, given);
}

// Nothing changes by it: mails go out as they were received in either mode.
model::reply handlers::enable_utf8(session&) {
  return replies::utf8_enabled;
}

}  // namespace mailrig::pop3
