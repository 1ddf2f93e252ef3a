#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/wire/text.hpp"

#include <chrono>
#include <string>

namespace mailrig::pop3 {
namespace {

// RFC 2449 6.7: whole days for which a message surely stays.
std::string expiry_of(const model::mailbox_rules& rules) {
  if (!rules.max_age) return "NEVER";
  return std::to_string(std::chrono::floor<std::chrono::days>(*rules.max_age).count());
}

}  // namespace

// RFC 2449 6: what is named is kept, and those that may not differ between the states do not.
model::reply handlers::list_capabilities(session& s) {
  std::string& text = s.reply_text_;
  text = "Capabilities follow\nTOP\nUSER\nUIDL\nRESP-CODES\nAUTH-RESP-CODE\nPIPELINING";
  text += "\nEXPIRE " + expiry_of(s.around_.rules.mailboxes) + "\nLOGIN-DELAY ";
  text += std::to_string(s.around_.rules.mailboxes.login_delay.count() / 1000);
  if (const auto offered = s.offered_mechanisms(); !offered.empty())
    text += "\nSASL " + to_string(offered);
  const bool takes_stls = s.around_.rules.tls == tls_mode::offered && !s.is_in_tls_;
  if (takes_stls && s.state_ != state::transaction) text += "\nSTLS";
  // RFC 6856 2.2: names and passwords may be UTF-8 too.
  text += "\nUTF8 USER\nLANG\nIMPLEMENTATION ";
  text += s.around_.rules.implementation;
  return {replies::positive, {}, text};
}

// RFC 6856 3: there is one language, whatever a client would rather read.
model::reply handlers::choose_language(session& s) {
  const std::string_view wanted = s.command_.argument;
  if (wanted.empty())
    return {replies::positive, {}, "Languages follow\ni-default English\nen English"};
  if (wire::equals_ignoring_case(wanted, "i-default") || wanted == "*")
    return {replies::positive, {}, "i-default English"};
  if (wire::equals_ignoring_case(wanted, "en") || wire::starts_ignoring_case(wanted, "en-"))
    return {replies::positive, {}, "en English"};
  return {replies::negative, {}, "This language is not known; there are i-default and en"};
}

model::reply handlers::say_ok(session&) {
  return replies::ok;
}

void handlers::change_nothing(session&, const model::reply&) {}

model::reply handlers::say_bye(session&) {
  return replies::bye;
}

// RFC 1939 6: only QUIT in TRANSACTION deletes.
void handlers::leave(session& s, const model::reply& given) {
  const bool deletes = s.state_ == state::transaction && given.is_positive();
  if (deletes) return s.go_on_errand(session::errand::update);
  s.close(wire::farewell(s.around_.rules.linger));
}

}  // namespace mailrig::pop3
