#include "capture/smtp/transaction.hpp"

#include "capture/model/content_lints.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::size_t most_expected =
    std::size_t{64} * 1024;  // further mails may follow in one read
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

// The first octets tell best how much memory the mail will take: most mails come in one read.
void transaction::expect(std::size_t octets, model::memory_budget& memory) {
  octets = std::min(octets, most_expected);
  if (builder_) return builder_->expect(octets);
  builder_.emplace(memory, envelope_, std::max(octets, static_cast<std::size_t>(declared_size_)));
}

// A size that lies costs at most what is believed of it.
void transaction::expect_chunk(std::uint64_t octets, model::memory_budget& memory) {
  if (builder_) return;
  builder_.emplace(memory, envelope_, static_cast<std::size_t>(std::max(octets, declared_size_)));
}

void transaction::take_chunk(std::string_view octets, std::size_t limit) {
  chunk_octets_ += octets.size();
  keep(octets, limit);
}

void transaction::take_body(std::string_view& input, std::size_t limit,
                            model::memory_budget& memory) {
  expect(input.size(), memory);
  while (!input.empty() && !decoder_.is_complete()) {
    keep(decoder_.take(input), limit);
  }
  if (decoder_.is_complete()) facts_.reached = model::stage::end_of_data;
}

void transaction::keep(std::string_view run, std::size_t limit) {
  if (octets_received() > limit && !is_too_big_) {
    is_too_big_ = true;
    if (builder_->size() > kept_of_refused_body) builder_->truncate(kept_of_refused_body);
  }
  if (is_too_big_)
    run = run.substr(0, kept_of_refused_body - std::min(kept_of_refused_body, builder_->size()));
  builder_->append(run);
}

model::lint_set transaction::content_lints() const {
  model::lint_set lints = facts_.lints;
  lints.add(decoder_.lints());
  lints.add(model::find_content_lints(builder_->body(),
                                      model::read_mail_parameters(envelope_.parameters)));
  return lints;
}

void transaction::readdress(model::memory_budget& memory) {
  const std::string body(builder_->body());
  builder_.emplace(memory, envelope_, body.size());
  builder_->append(body);
}

model::mail_ref transaction::accept(model::instant now, const model::reply& reply) {
  return finish(model::outcome::accepted, now, reply);
}

// A chunk that is refused has begun no record.
model::mail_ref transaction::reject(model::instant now, const model::reply& reply,
                                    model::memory_budget& memory) {
  if (!builder_) builder_.emplace(memory, envelope_, 0);
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
  facts_.octets_received = octets_received();
  facts_.lints.add(decoder_.lints());
  model::mail_ref record = builder_->finish(facts_, reply.text);
  builder_.reset();
  return record;
}

}  // namespace mailrig::smtp
