#include "capture/delivery/plan.hpp"

#include "capture/delivery/transform.hpp"
#include "capture/model/mail_builder.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::delivery {
namespace {

struct reader {
  plan& into;
  std::string_view recipient;

  void operator()(const faults::drop& what) const {
    const auto is_meant = [this](const std::string& glob) {
      return faults::matches_glob(recipient, glob);
    };
    into.is_dropped = into.is_dropped || what.recipients.empty() ||
                      std::any_of(what.recipients.begin(), what.recipients.end(), is_meant);
  }
  void operator()(const faults::hide&) const { into.is_hidden = true; }
  void operator()(const faults::lose& what) const { into.lost_after = what.after; }
  void operator()(const faults::delay_delivery& what) const { into.delay = what.time; }
  void operator()(const faults::reorder& what) const { into.window = what.window; }
  void operator()(const faults::duplicate& what) const {
    into.copies = what.copies;
    into.gap = what.gap;
  }
  void operator()(const faults::transform_step& what) const { into.transforms.push_back(what); }
  void operator()(const faults::bounce& what) const { into.mails.emplace_back(what); }
  void operator()(const faults::complaint& what) const { into.mails.emplace_back(what); }
  void operator()(const faults::auto_reply& what) const { into.mails.emplace_back(what); }
  void operator()(const faults::tag& what) const { into.tags.push_back(what.label); }
  // Of the wire, which this stage does not have: refused when a rule is loaded.
  template <class Other>
  void operator()(const Other&) const {}
};

}  // namespace

plan read_plan(const faults::verdict& verdict, std::string_view recipient) {
  plan result;
  if (!verdict.fired.empty()) result.rule = verdict.fired.back().rule;
  for (const faults::step& each : verdict.steps) std::visit(reader{result, recipient}, each);
  return result;
}

model::mail_ref alter(const model::mail_record& mail,
                      const std::vector<faults::transform_step>& steps,
                      model::memory_budget& budget) {
  if (steps.empty()) return nullptr;
  std::string octets = transformed(mail.bytes(), steps.front());
  for (std::size_t i = 1; i < steps.size(); ++i) octets = transformed(octets, steps[i]);
  if (octets == mail.bytes()) return nullptr;
  model::mail_builder builder(budget, mail.envelope(), octets.size());
  builder.append(octets);
  if (builder.ran_out_of_memory()) return nullptr;
  return builder.finish(mail.facts(), "");
}

model::duration time_of(const due_mail& what) {
  return std::visit([](const auto& each) { return each.after; }, what);
}

}  // namespace mailrig::delivery
