// AUTH (RFC 4954). Three points where a rule may act: `auth.start` at the command, `auth.continue`
// before each further challenge, `auth.result` before the reply that ends the exchange.
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

namespace mailrig::smtp {
namespace {

using reason = wire::sasl_failure::reason;

// RFC 4954 4 and 6.
model::reply code_of(reason why) {
  switch (why) {
    case reason::cancelled: return replies::auth_cancelled;
    case reason::unexpected_initial_response: return replies::auth_unexpected_response;
    case reason::not_base64: return replies::auth_not_base64;
    case reason::malformed: return replies::auth_malformed;
    case reason::refused: return replies::auth_refused;
  }
  return replies::auth_refused;
}

std::string describe(const wire::sasl_failure& failed) {
  std::string text = "AUTH " + failed.who.mechanism;
  if (!failed.who.user.empty()) text += " as " + wire::shown_name(failed.who.user);
  return text + " failed: " + failed.detail;
}

// Behind "AUTH PLAIN " of "AUTH PLAIN AGEAYg==".
std::size_t end_of_second_word(std::string_view text) {
  const std::size_t first = std::min(text.find_first_of(" \t"), text.size());
  const std::size_t second = std::min(text.find_first_not_of(" \t", first), text.size());
  const std::size_t end = std::min(text.find_first_of(" \t", second), text.size());
  return std::min(text.find_first_not_of(" \t", end), text.size());
}

std::string veil(std::size_t octets) {
  return '<' + std::to_string(octets) + " octets masked>";
}

}  // namespace

// RFC 4954 4: the mechanism may be kept for a session that is encrypted, and is then refused by
// 538.
model::reply handlers::begin_authentication(session& s) {
  if (s.is_authenticated()) return replies::auth_twice;
  const auto offered = s.offered_mechanisms();
  const auto wanted = s.command_.mechanism;
  if (!wanted || !offered.contains(*wanted)) {
    if (wanted && s.mechanisms_in_tls().contains(*wanted)) return replies::auth_needs_tls;
    if (offered.empty()) return replies::auth_not_offered;
    s.reply_text_ = "This mechanism is not offered; there are: " + to_string(offered);
    return {504, {5, 5, 4}, s.reply_text_};
  }
  s.begin_login(*wanted);
  return s.login_->is_challenge() ? tell_outcome(s) : model::reply{};
}

model::reply handlers::tell_outcome(session& s) {
  const wire::sasl_outcome& outcome = s.login_->outcome();
  if (const auto* challenge = std::get_if<wire::sasl_challenge>(&outcome))
    return {334, {}, challenge->text};
  if (std::holds_alternative<wire::sasl_done>(outcome)) return replies::auth_ok;
  const auto& failed = std::get<wire::sasl_failure>(outcome);
  model::reply reply = code_of(failed.why);
  if (failed.why == reason::cancelled) return reply;
  s.reply_text_ = std::string(reply.text) + ": " + failed.detail;
  reply.text = s.reply_text_;
  return reply;
}

// A rule may say 334 or 235 where we would not: the session goes on as the client then must think.
void handlers::settle_authentication(session& s, const model::reply& given) {
  if (given.code == 0) return;  // the exchange ended at once: its result comes next
  if (given.is_positive() && !s.login_)
    s.begin_login(s.command_.mechanism.value_or(wire::sasl_mechanism::plain));
  s.held_line_.clear();  // AUTH as it waited, with what may be a password
  if (!given.is_positive()) {
    s.enter(state::greeted);
    if (!s.is_authenticated()) s.forget_login();
    return;
  }
  if (given.code >= 300) return s.enter(state::authenticating);
  s.enter(state::greeted);
  s.login_->succeed();
  s.around_.recorder.authenticated(s.login_->who());
}

// The line is a response whatever it says (RFC 4954 4): a command cannot be told from one.
void session::respond(std::string_view text) {
  login_->respond(text);
  consider({login_->is_challenge() ? model::stage::auth_continue : model::stage::auth_result});
}

void session::begin_login(wire::sasl_mechanism mechanism) {
  const settings& rules = around_.rules;
  login_ = std::make_unique<wire::login>(
      mechanism,
      wire::sasl_terms{rules.auth.users, around_.nonces, rules.host_name, client_.certificate_name},
      command_.initial_response);
}

void session::forget_login() {
  if (!login_) return;
  if (const auto* failed = std::get_if<wire::sasl_failure>(&login_->outcome()))
    around_.recorder.noted("auth_failed", describe(*failed));
  login_.reset();
}

wire::sasl_mechanism_set session::mechanisms_in_tls() const {
  const auto& rules = around_.rules.auth;
  return usable(rules.mechanisms, rules.users, !client_.certificate_name.empty());
}

wire::sasl_mechanism_set session::offered_mechanisms() const {
  const bool is_offered = is_in_tls() || around_.rules.auth.is_offered_before_tls;
  return is_offered ? mechanisms_in_tls() : wire::sasl_mechanism_set{};
}

// A response, or what stands behind the mechanism of AUTH: neither is shown, since passwords stand
// there. Nor is what merely resembles AUTH.
void session::hear_secret(std::string_view line) {
  if (around_.rules.auth.shows_secrets)
    return around_.recorder.said(model::direction::from_client, line);
  const std::string_view text = wire::trim(wire::without_line_end(line));
  const std::size_t shown = state_ == state::authenticating ? 0 : end_of_second_word(text);
  const std::string_view secret = wire::trim(text.substr(shown));
  if (secret.empty() || secret == "*" || secret == "=")
    return around_.recorder.said(model::direction::from_client, line);
  const std::string_view end =
      line.substr(static_cast<std::size_t>(text.data() + text.size() - line.data()));
  around_.recorder.said(model::direction::from_client, std::string(text.substr(0, shown)) +
                                                           veil(secret.size()) + std::string(end));
}

}  // namespace mailrig::smtp
