#include "capture/smtp/transaction.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::size_t kept_of_refused_body = std::size_t{64} * 1024;

}  // namespace

transaction::transaction(model::id attempt, model::id session, model::instant started_at) {
  facts_.attempt = attempt;
  facts_.session = session;
  facts_.started_at = started_at;
}

void transaction::add_recipient(model::recipient recipient) {
  if (recipient.is_accepted()) ++accepted_recipients_;
  envelope_.recipients.push_back(std::move(recipient));
}

void transaction::remember_refusal(const model::reply& reply) {
  last_refusal_ = reply;
  last_refusal_text_ = reply.text;
}

void transaction::begin_body(model::memory_budget& memory) {
  facts_.reached = model::stage::data_body;
  last_refusal_ = {};  // the client went on in spite of it
  builder_.emplace(memory, envelope_, static_cast<std::size_t>(declared_size_));
}

void transaction::take_body(std::string_view& input, std::size_t limit) {
  builder_->expect(input.size());
  while (!input.empty() && !decoder_.is_complete()) {
    const std::string_view run = decoder_.take(input);
    if (octets_received() > limit && !is_too_big_) {
      is_too_big_ = true;
      builder_->truncate(kept_of_refused_body);
    }
    builder_->append(run);
  }
  if (decoder_.is_complete()) facts_.reached = model::stage::end_of_data;
}

model::mail_ref transaction::accept(model::instant now, const model::reply& reply) {
  return finish(model::outcome::accepted, now, reply);
}

model::mail_ref transaction::reject(model::instant now, const model::reply& reply) {
  return finish(model::outcome::rejected, now, reply);
}

model::mail_ref transaction::abandon(model::instant now, model::memory_budget& memory) {
  if (!builder_) builder_.emplace(memory, envelope_, 0);
  last_refusal_.text = last_refusal_text_;
  const bool was_refused = last_refusal_.code != 0;
  return finish(was_refused ? model::outcome::rejected : model::outcome::aborted, now,
                last_refusal_);
}

model::mail_ref transaction::finish(model::outcome result, model::instant now,
                                    const model::reply& reply) {
  facts_.result = result;
  facts_.ended_at = now;
  facts_.reply_code = reply.code;
  facts_.reply_enhanced = reply.enhanced;
  facts_.body = decoder_.facts();
  model::mail_ref record = builder_->finish(facts_, reply.text);
  builder_.reset();
  return record;
}

}  // namespace mailrig::smtp
