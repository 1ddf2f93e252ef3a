#include "capture/rig/rig_clock.hpp"

#include <algorithm>
#include <iterator>

namespace mailrig::rig {

model::instant rig_clock::shown_at(model::instant real) const {
  const auto behind =
      std::upper_bound(history_.begin(), history_.end(), real,
                       [](model::instant when, const setting& each) { return when < each.since; });
  if (behind == history_.begin()) return real;
  const setting& held = *std::prev(behind);
  return held.frozen_at ? *held.frozen_at : real + held.offset;
}

void rig_clock::remember() {
  const model::instant since = real_.now();
  if (!history_.empty() && history_.back().since == since) history_.pop_back();
  if (history_.size() == most_kept) history_.pop_front();
  history_.push_back({since, offset_, frozen_at_});
}

void rig_clock::freeze() {
  frozen_at_ = now();
  remember();
}

void rig_clock::thaw() {
  if (!frozen_at_) return;
  offset_ = *frozen_at_ - real_.now();
  frozen_at_.reset();
  remember();
}

void rig_clock::step_to(model::instant when) {
  if (when <= now()) return;
  if (frozen_at_)
    frozen_at_ = when;
  else
    offset_ = when - real_.now();
  remember();
}

void rig_clock::reset() {
  offset_ = model::duration{0};
  frozen_at_.reset();
  remember();
}

}  // namespace mailrig::rig
