#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/wire/digest.hpp"
#include "capture/wire/text.hpp"

#include <string>

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
  const bool is_right = s.around_.rules.users.find_fault(s.user_, s.command_.password) == nullptr;
  return is_right ? replies::to_be_worded : replies::wrong_credentials;
}

// RFC 1939 7: the MD5 of the greeting's timestamp and the password.
model::reply handlers::judge_digest(session& s) {
  const wire::credentials& users = s.around_.rules.users;
  if (users.accept_anything()) return replies::to_be_worded;
  const auto password = users.password_of(s.command_.name);
  if (!password) return replies::wrong_credentials;
  const std::string expected =
      wire::to_hex(wire::digest(wire::hash::md5, s.timestamp() + std::string(*password)));
  const bool is_right = wire::equals_ignoring_case(expected, s.command_.digest);
  return is_right ? replies::to_be_worded : replies::wrong_credentials;
}

// RFC 1939 7: behind a refused PASS the client begins again with USER, or quits.
void handlers::log_in(session& s, const model::reply& given) {
  s.held_line_.clear();
  if (given.is_positive()) {
    if (s.who_.mechanism.empty()) s.who_ = {"USER", s.user_, ""};
    s.learn_login(s.who_, true);
    return s.go_on_errand(session::errand::open);
  }
  s.learn_login({s.who_.mechanism.empty() ? "USER" : s.who_.mechanism, s.user_, ""}, false);
  s.who_ = {};
  s.user_.clear();
  s.enter(state::authorization);
  ++s.errors_;
}

void handlers::log_in_by_digest(session& s, const model::reply& given) {
  s.user_ = s.command_.name;
  s.who_ = {"APOP", s.user_, ""};
  log_in(s, given);
}

// Nothing changes by it: mails go out as they were received in either mode.
model::reply handlers::enable_utf8(session&) {
  return replies::utf8_enabled;
}

}  // namespace mailrig::pop3
