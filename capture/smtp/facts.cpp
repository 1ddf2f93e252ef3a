// What the rules may want to know of a session, and what they are told of it.
#include "capture/smtp/session.hpp"

#include <utility>

namespace mailrig::smtp {

faults::protocol session::talk() const {
  return around_.rules.speaks == dialect::lmtp ? faults::protocol::lmtp : faults::protocol::smtp;
}

faults::event session::facts_at(model::stage point) {
  // At HELO, EHLO and LHLO the name is judged that is being given.
  const bool is_greeting =
      point == model::stage::ehlo || point == model::stage::helo || point == model::stage::lhlo;
  const bool is_addressed = point == model::stage::mail || point == model::stage::rcpt;
  faults::event facts{
      .point = point,
      .client_address = client_.address,
      .helo = is_greeting ? command_.argument : std::string_view(helo_),
      .path = is_addressed ? command_.path.address : std::string_view{},
      .user = is_authenticated() ? std::string_view(login_->who().user) : std::string_view{},
      .auth = login_ ? &login_->who() : nullptr,
      .talk = talk()};
  facts_.octets_in = octets_taken_;
  facts_.client_address = client_.address;
  facts_.client_port = client_.port;
  facts.session = &facts_;
  facts.parameters = is_addressed ? command_.path.parameters : std::string_view{};
  facts.idle = idle_;
  facts.parsed = parsed_.get();
  if (transaction_) {
    facts.envelope = &transaction_->envelope();
    facts.size = transaction_->octets_received();
    facts.message = transaction_->body();
    facts.attempt = &transaction_->id();
    facts.octets = body_octets_;
  }
  if (told_mail_) {
    facts.envelope = &told_mail_->envelope;
    facts.message = told_mail_->mail->bytes();
    facts.size = facts.message.size();
    facts.attempt = &told_mail_->mail->facts().attempt;
  }
  return facts;
}

void session::happen(faults::happening what, model::stage point, std::uint64_t octets) {
  facts_.in_connection.count(what, octets);
  facts_.in_transaction.count(what, octets);
  if (around_.judge.counts(what)) around_.judge.observe(what, facts_at(point));
}

// Of a mail whose transaction is over: its facts are those of the record.
void session::accepted(const model::mail_ref& mail) {
  using faults::happening;
  const bool is_asked = around_.judge.is_asked_at(talk(), model::stage::after_accept);
  if (is_asked || around_.judge.counts(happening::message_accepted))
    told_mail_ = std::make_unique<accepted_mail>(accepted_mail{mail, mail->envelope()});
  happen(happening::message_accepted, model::stage::end_of_data, mail->bytes().size());
  if (!is_asked) told_mail_.reset();
}

void session::learn_login() {
  last_login_ = std::make_unique<const model::authentication>(login_->who());
  facts_.auth_user = last_login_->user;
  facts_.auth_mechanism = last_login_->mechanism;
  facts_.auth_result = login_->has_succeeded();
  happen(
      login_->has_succeeded() ? faults::happening::auth_succeeded : faults::happening::auth_failed,
      model::stage::auth_result);
}

}  // namespace mailrig::smtp
