#include "capture/rig/timers.hpp"

#include <utility>

namespace mailrig::rig {

timers::id timers::arm(model::instant when, std::function<void()> work) {
  const auto before = own_due();
  const id number = ++last_;
  by_id_.emplace(number, queue_.emplace(when, entry{number, std::move(work)}));
  if (!before || when < *before) due_changed();
  return number;
}

void timers::cancel(id which) {
  const auto found = by_id_.find(which);
  if (found == by_id_.end()) return;
  queue_.erase(found->second);
  by_id_.erase(found);
}

std::optional<model::instant> timers::own_due() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

std::optional<model::instant> timers::next_due() const {
  auto first = own_due();
  for (const due_source* each : others_) {
    const auto due = each->next_due();
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

// What was armed for the same moment goes in the order of its arming.
void timers::run_own(model::instant now) {
  while (!queue_.empty() && queue_.begin()->first <= now) {
    const entry due = std::move(queue_.begin()->second);
    by_id_.erase(due.number);
    queue_.erase(queue_.begin());
    due.work();
  }
}

void timers::run_due(model::instant now) {
  for (auto due = next_due(); due && *due <= now; due = next_due()) {
    const model::instant moment = *due;
    run_own(moment);
    for (due_source* each : others_) each->run_due(moment);
  }
}

}  // namespace mailrig::rig
