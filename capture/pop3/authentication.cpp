// AUTH (RFC 5034). Three points where a rule may act: `auth.start` at the command, `auth.continue`
// before each further challenge, `auth.result` before the reply that ends the exchange.
#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"

#include <memory>
#include <string>
#include <variant>

namespace mailrig::pop3 {
namespace {

using reason = wire::sasl_failure::reason;

// RFC 3206 4: [AUTH] says that the credentials are wrong, not the exchange.
std::string text_of(const wire::sasl_failure& failed) {
  switch (failed.why) {
    case reason::cancelled: return std::string(replies::auth_cancelled.text);
    case reason::unexpected_initial_response:
      return "Unexpected initial response: " + failed.detail;
    case reason::not_base64: return "This response is not base64: " + failed.detail;
    case reason::malformed: return "Malformed response: " + failed.detail;
    case reason::refused: break;
  }
  return std::string(replies::wrong_credentials.text);
}

}  // namespace

model::reply handlers::begin_authentication(session& s) {
  const wire::sasl_mechanism_set offered = s.offered_mechanisms();
  if (s.command_.argument.empty()) {
    s.reply_text_ = "Mechanisms follow";
    for (char each : ' ' + to_string(offered)) s.reply_text_ += each == ' ' ? '\n' : each;
    return {replies::positive, {}, s.reply_text_};
  }
  const auto wanted = s.command_.mechanism;
  if (!wanted || !offered.contains(*wanted)) {
    s.reply_text_ = "This mechanism is not offered; there are: " + to_string(offered);
    return {replies::negative, {}, s.reply_text_};
  }
  s.begin_login(*wanted);
  return s.login_->is_challenge() ? tell_outcome(s) : model::reply{};
}

model::reply handlers::tell_outcome(session& s) {
  const wire::sasl_outcome& outcome = s.login_->outcome();
  if (const auto* challenge = std::get_if<wire::sasl_challenge>(&outcome))
    return {replies::challenge, {}, challenge->text};
  if (std::holds_alternative<wire::sasl_done>(outcome)) return replies::to_be_worded;
  s.reply_text_ = text_of(std::get<wire::sasl_failure>(outcome));
  return {replies::negative, {}, s.reply_text_};
}

// A rule may ask or believe where we would not: the session goes on as the client then must think.
void handlers::settle_authentication(session& s, const model::reply& given) {
  if (given.code == 0) return;  // the exchange ended at once: its result comes next
  const bool was_a_question = !s.login_ && s.command_.argument.empty();
  if (was_a_question && given.code < replies::challenge) return;
  if (given.is_positive() && !s.login_)
    s.begin_login(s.command_.mechanism.value_or(wire::sasl_mechanism::plain));
  s.held_line_.clear();  // AUTH as it waited, with what may be a password
  if (!given.is_positive()) {
    s.enter(state::authorization);
    ++s.errors_;
    if (s.login_) s.learn_login(s.login_->who(), false);
    return s.forget_login();
  }
  if (given.code >= 300) return s.enter(state::authenticating);
  // RFC 4422 2: on whose behalf, or who.
  s.who_ = s.login_->who();
  s.user_ = s.who_.authorization.empty() ? s.who_.user : s.who_.authorization;
  s.learn_login(s.who_, true);
  s.forget_login();
  s.go_on_errand(session::errand::open);
}

// The line is a response whatever it says: a command cannot be told from one.
void session::respond(std::string_view text) {
  login_->respond(text);
  consider({login_->is_challenge() ? model::stage::auth_continue : model::stage::auth_result});
}

void session::begin_login(wire::sasl_mechanism mechanism) {
  const settings& rules = around_.rules;
  login_ = std::make_unique<wire::login>(
      mechanism, wire::sasl_terms{rules.users, around_.nonces, rules.host_name, {}},
      command_.initial_response);
}

void session::forget_login() {
  if (!login_) return;
  if (const auto* failed = std::get_if<wire::sasl_failure>(&login_->outcome()))
    around_.recorder.noted("auth_failed",
                           "AUTH " + login_->who().mechanism + " failed: " + failed->detail);
  login_.reset();
}

// EXTERNAL would need a client's certificate, and behind ANONYMOUS there is no mailbox.
wire::sasl_mechanism_set session::offered_mechanisms() const {
  wire::sasl_mechanism_set offered = usable(around_.rules.mechanisms, around_.rules.users, false);
  offered.erase(wire::sasl_mechanism::anonymous);
  return offered;
}

}  // namespace mailrig::pop3
