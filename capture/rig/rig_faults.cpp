// A rig's rules and its clock: what they change in the rig, and whom they tell.
#include "capture/rig/rig.hpp"

#include <utility>

namespace mailrig::rig {

void rig::set_magic(std::string domain, faults::rule_set rules) {
  magic_domain_ = std::move(domain);
  book_.set_generated(std::move(rules));
}

// A hit may set a state, which rules at `listen` may read.
void rig::rule_listener::hit(const faults::hit& what) {
  owner.listen_.look_soon();
  for (auto* const each : owner.observers_) each->rule_acted(owner, what);
}

void rig::rule_listener::forgot(const faults::memory_report& where) {
  for (auto* const each : owner.observers_) each->rule_memory_full(owner, where);
}

void rig::reset_counters() {
  engine_.reset();
}

std::optional<model::instant> rig::next_due() const {
  const auto due = due_.next_due();
  if (!due) return std::nullopt;
  // What is due already does not wait for a clock that stands still.
  if (clock_.is_frozen() && *due > clock_.now()) return std::nullopt;
  return *due - clock_.offset();
}

void rig::run_due() {
  const auto kept = shared_from_this();
  due_.run_due(clock_.now());
}

void rig::advance(model::duration by) {
  const auto kept = shared_from_this();
  const model::instant until = clock_.now() + by;
  for (auto due = due_.next_due(); due && *due <= until; due = due_.next_due()) {
    clock_.step_to(*due);
    due_.run_due(*due);
    if (step_) step_();
  }
  clock_.step_to(until);
  due_.due_changed();
}

void rig::set_frozen(bool stands) {
  if (stands)
    clock_.freeze();
  else
    clock_.thaw();
  due_.due_changed();
}

void rig::reset_clock() {
  clock_.reset();
  engine_.reset();
  due_.due_changed();
}

}  // namespace mailrig::rig
