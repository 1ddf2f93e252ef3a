// MAIL, RCPT, DATA, RSET (RFC 5321 4.1.1.2 to 4.1.1.5).
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

#include <string>

namespace mailrig::smtp {
namespace {

// RFC 2033 4.2 has its own code for it.
const model::reply& no_recipients_of(dialect speaks) {
  return speaks == dialect::lmtp ? replies::no_recipients_lmtp : replies::no_valid_recipients;
}

using faults::happening;

// RFC 3463 3.2: X.1.1 says that there is no such mailbox; without an enhanced code 550 is taken for
// it (RFC 5321 4.2.3).
bool is_for_nobody(const model::reply& refusal) {
  if (refusal.enhanced.status_class == 0) return refusal.code == 550;
  return refusal.enhanced.subject == 1 && refusal.enhanced.detail == 1;
}

}  // namespace

model::reply handlers::judge_sender(session& s) {
  if (s.around_.rules.auth.is_required && !s.is_authenticated()) return replies::auth_first;
  // RFC 8689 2: a promise about TLS is taken under TLS only.
  if (s.command_.wants_tls && !s.is_in_tls()) return replies::unknown_parameter;
  return s.command_.declared_size > s.around_.rules.max_message_size ? replies::too_big
                                                                     : replies::sender_ok;
}

void handlers::open_transaction(session& s, const model::reply& given) {
  const model::instant now = s.around_.clock.now();
  s.transaction_.emplace(s.around_.ids.draw(now), s.id_, now);
  s.transaction_->declare_size(s.command_.declared_size);
  s.transaction_->envelope().reverse_path = s.command_.path.address;
  s.transaction_->envelope().parameters = s.command_.path.parameters;
  s.transaction_->note(s.session_lints_);
  s.transaction_->note(s.command_.lints);
  if (s.command_.is_binary) s.transaction_->be_binary();
  if (s.command_.is_smtputf8) s.transaction_->be_smtputf8();
  s.facts_.in_transaction = {};
  s.parsed_.reset();
  s.body_octets_ = 0;
  if (given.is_positive()) {
    s.happen(happening::mail_accepted, model::stage::mail);
    return s.enter(state::mail);
  }
  s.transaction_->remember_refusal(given);
  s.end_transaction();
}

model::reply handlers::judge_recipient(session& s) {
  const bool is_full = s.transaction_->accepted_recipients() >= s.around_.rules.max_recipients;
  return is_full ? replies::too_many_recipients : replies::recipient_ok;
}

void handlers::add_recipient(session& s, const model::reply& given) {
  s.transaction_->reached(model::stage::rcpt);
  s.transaction_->note(s.command_.lints);
  s.transaction_->add_recipient({std::string(s.command_.path.address),
                                 std::string(s.command_.path.parameters), given.code,
                                 given.enhanced, std::string(given.text)});
  if (given.is_positive()) return s.happen(happening::rcpt_accepted, model::stage::rcpt);
  s.transaction_->remember_refusal(given);
  s.happen(happening::rcpt_rejected, model::stage::rcpt);
  if (is_for_nobody(given)) s.happen(happening::rcpt_unknown, model::stage::rcpt);
}

// It was named, and nobody said what becomes of it.
void handlers::ask_for_recipient(session& s) {
  s.transaction_->reached(model::stage::rcpt);
  s.transaction_->note(s.command_.lints);
  s.transaction_->add_recipient(
      {std::string(s.command_.path.address), std::string(s.command_.path.parameters), 0, {}, {}});
}

model::reply handlers::ask_for_data(session& s) {
  const transaction& mail = *s.transaction_;
  if (mail.envelope().recipients.empty()) return replies::recipient_first;
  if (mail.accepted_recipients() == 0) return no_recipients_of(s.around_.rules.speaks);
  if (mail.is_binary()) return replies::binary_needs_bdat;
  return s.uses_bare_lf_ ? replies::start_data_for_bare_lf : replies::start_data;
}

void handlers::begin_body(session& s, const model::reply& given) {
  s.transaction_->reached(model::stage::data);
  if (!given.is_positive()) return s.transaction_->remember_refusal(given);
  s.transaction_->begin_body();
  s.body_octets_ = 0;
  s.enter(state::body);
}

model::reply handlers::judge_chunk(session& s) {
  if (s.state_ == state::connected) return replies::greet_first;
  if (!s.transaction_) return replies::mail_first;
  const transaction& mail = *s.transaction_;
  if (mail.envelope().recipients.empty()) return replies::recipient_first;
  if (mail.accepted_recipients() == 0) return no_recipients_of(s.around_.rules.speaks);
  s.reply_text_ = std::to_string(mail.octets_received() + s.command_.declared_size);
  s.reply_text_ += " octets received";
  return {250, {2, 0, 0}, s.reply_text_};
}

// What is replied is said behind the chunk, whose octets are taken whatever the reply is (RFC 3030
// 2).
void handlers::begin_chunk(session& s, const model::reply& given) {
  const bool is_kept = given.is_positive() && s.transaction_.has_value();
  s.chunk_.size = s.chunk_.left = s.command_.declared_size;
  s.chunk_.is_last = s.command_.is_last;
  s.chunk_.is_kept = is_kept;
  s.chunk_.before = s.state_;
  s.chunk_.reply = given;
  s.chunk_.text = given.text;
  if (is_kept) {
    s.transaction_->begin_body();
    s.transaction_->expect_chunk(s.command_.declared_size, s.around_.memory);
  }
  s.enter(state::chunk);
}

void handlers::forget_transaction(session& s, const model::reply& given) {
  if (given.is_positive()) s.end_transaction();
}

}  // namespace mailrig::smtp
