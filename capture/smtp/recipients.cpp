// LMTP's end of the data: one reply for each recipient that was accepted (RFC 2033 4.2), and so one
// question to the rules for each.
#include "capture/smtp/replies.hpp"
#include "capture/smtp/session.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::smtp {
namespace {

// Whether the mail is kept for a recipient of whom the rules decided so. A rule about the octets of
// the reply, or about keeping it back, does not change what it means.
bool keeps_mail(const faults::verdict& decided) {
  if (decided.reply) return decided.reply->is_positive();
  const auto* const end = decided.find<faults::close>();
  return end == nullptr || end->is_stored || decided.find<faults::partial>() != nullptr ||
         decided.find<faults::omit>() != nullptr || decided.find<faults::drip>() != nullptr ||
         decided.find<faults::slice>() != nullptr ||
         decided.find<faults::malform_step>() != nullptr ||
         decided.find<faults::extra_step>() != nullptr;
}

}  // namespace

// All are asked before the first is answered: the mail goes to those whom no rule refuses.
void session::consider_recipients() {
  auto all = std::make_unique<recipient_answers>();
  bool is_refused = false;
  std::vector<model::recipient>& recipients = transaction_->envelope().recipients;
  for (model::recipient& each : recipients) {
    if (!each.is_accepted()) continue;
    faults::event facts = facts_at(model::stage::end_of_data);
    facts.path = each.address;
    const faults::verdict* const decided = around_.judge.decide(facts);
    all->decided.push_back(decided == nullptr ? std::nullopt : std::optional(*decided));
    if (decided == nullptr || keeps_mail(*decided)) continue;
    is_refused = true;
    const model::reply said = decided->reply.value_or(model::reply{});
    each.code = said.code;
    each.enhanced = said.enhanced;
    each.text = said.text;
  }
  const bool has_verdict = std::any_of(all->decided.begin(), all->decided.end(),
                                       [](const auto& one) { return one.has_value(); });
  if (!has_verdict) return conclude({model::stage::end_of_data});
  answers_ = std::move(all);
  const bool is_for_nobody =
      std::none_of(recipients.begin(), recipients.end(),
                   [](const model::recipient& each) { return each.is_accepted(); });
  if (is_refused) transaction_->readdress(around_.memory);
  if (!is_for_nobody) return end_body(replies::queued);
  const model::reply first = answers_->decided.front()->reply.value_or(model::reply{});
  around_.recorder.attempt_ended(transaction_->reject(around_.clock.now(), first, around_.memory));
  transaction_.reset();
  enter(state::greeted);
  answer_recipients();
}

// Goes on with the next one until a verdict waits or the session ends.
void session::answer_recipients() {
  while (answers_ && !play_ && !closing_) {
    if (answers_->next == answers_->decided.size()) return answers_.reset();
    const auto& decided = answers_->decided[answers_->next++];
    if (decided) {
      play({model::stage::end_of_data}, *decided);
    } else {
      answer(answers_->usual_reply());
    }
  }
}

}  // namespace mailrig::smtp
