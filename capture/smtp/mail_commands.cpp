// MAIL, RCPT, DATA, RSET (RFC 5321 4.1.1.2 to 4.1.1.5).
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

#include <string>

namespace mailrig::smtp {

model::reply handlers::judge_sender(session& s) {
  if (s.around_.rules.auth.is_required && !s.is_authenticated()) return replies::auth_first;
  return s.command_.declared_size > s.around_.rules.max_message_size ? replies::too_big
                                                                     : replies::sender_ok;
}

void handlers::open_transaction(session& s, const model::reply& given) {
  const model::instant now = s.around_.clock.now();
  s.transaction_.emplace(s.around_.ids.draw(now), s.id_, now);
  s.transaction_->declare_size(s.command_.declared_size);
  s.transaction_->envelope().reverse_path = s.command_.path.address;
  s.transaction_->envelope().parameters = s.command_.path.parameters;
  if (given.is_positive()) return s.enter(state::mail);
  s.transaction_->remember_refusal(given);
  s.end_transaction();
}

model::reply handlers::judge_recipient(session& s) {
  const bool is_full = s.transaction_->accepted_recipients() >= s.around_.rules.max_recipients;
  return is_full ? replies::too_many_recipients : replies::recipient_ok;
}

void handlers::add_recipient(session& s, const model::reply& given) {
  s.transaction_->reached(model::stage::rcpt);
  s.transaction_->add_recipient({std::string(s.command_.path.address),
                                 std::string(s.command_.path.parameters), given.code,
                                 given.enhanced, std::string(given.text)});
  if (!given.is_positive()) s.transaction_->remember_refusal(given);
}

model::reply handlers::ask_for_data(session& s) {
  const transaction& mail = *s.transaction_;
  if (mail.envelope().recipients.empty()) return replies::recipient_first;
  if (mail.accepted_recipients() == 0) return replies::no_valid_recipients;
  return s.uses_bare_lf_ ? replies::start_data_for_bare_lf : replies::start_data;
}

void handlers::begin_body(session& s, const model::reply& given) {
  s.transaction_->reached(model::stage::data);
  if (!given.is_positive()) return s.transaction_->remember_refusal(given);
  s.transaction_->begin_body();
  s.enter(state::body);
}

void handlers::forget_transaction(session& s, const model::reply& given) {
  if (given.is_positive()) s.end_transaction();
}

}  // namespace mailrig::smtp
