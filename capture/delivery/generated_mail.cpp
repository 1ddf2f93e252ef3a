#include "capture/delivery/generated_mail.hpp"

#include "capture/delivery/report.hpp"
#include "capture/model/mail_builder.hpp"
#include "faults/text.hpp"

namespace mailrig::delivery {
namespace {

// RFC 3461 4.1: without NOTIFY a failure is told, and a delay may be.
bool may_tell(const faults::bounce& what, const cause& of) {
  const auto& notify = of.recipient_parameters.notify;
  const char status_class = what.status.front();
  if (!notify) return status_class != '2';
  if (notify->never) return false;
  if (status_class == '5') return notify->failure;
  return status_class == '4' ? notify->delay : notify->success;
}

struct question {
  const cause& of;
  bool operator()(const faults::bounce& what) const { return may_tell(what, of); }
  bool operator()(const faults::complaint&) const { return true; }
  // RFC 3834 2: programs do not answer each other.
  bool operator()(const faults::auto_reply&) const {
    return of.auto_submitted.empty() || faults::starts_folded(of.auto_submitted, "no");
  }
};

struct writer {
  const cause& of;
  const generation& how;
  std::string operator()(const faults::bounce& what) const { return write_bounce(what, of, how); }
  std::string operator()(const faults::complaint& what) const {
    return write_complaint(what, of, how);
  }
  std::string operator()(const faults::auto_reply& what) const {
    return write_auto_reply(what, of, how);
  }
};

}  // namespace

bool is_wanted(const due_mail& what, const model::mail_record& mail, std::string_view recipient) {
  if (mail.reverse_path().empty()) return false;
  const cause of(mail, recipient);
  return std::visit(question{of}, what);
}

model::mail_ref generate(const due_mail& what, const model::mail_record& mail,
                         std::string_view recipient, const generation& how,
                         model::memory_budget& budget) {
  const cause of(mail, recipient);
  const std::string octets = std::visit(writer{of, how}, what);
  // From nobody, so that nobody answers (RFC 3464 2, RFC 3834 3.3).
  model::envelope envelope;
  envelope.recipients.push_back({of.sender, "", 250, {2, 1, 5}, "Ok"});
  model::mail_builder builder(budget, envelope, octets.size());
  builder.append(octets);
  if (builder.ran_out_of_memory()) return nullptr;
  model::attempt_facts facts;
  facts.attempt = how.id;
  facts.started_at = facts.ended_at = how.real_time;
  facts.result = model::outcome::accepted;
  facts.source = model::origin::generated;
  facts.reached = model::stage::after_accept;
  facts.reply_code = 250;
  facts.reply_enhanced = {2, 0, 0};
  facts.octets_received = octets.size();
  return builder.finish(facts, "");
}

}  // namespace mailrig::delivery
