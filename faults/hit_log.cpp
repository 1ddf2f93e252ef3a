#include "faults/hit_log.hpp"

#include <utility>

namespace mailrig::faults {

void hit_log::add(hit what) {
  what.number = next_;
  if (!what.attempt.empty()) by_attempt_[what.attempt].push_back(next_);
  if (ring_.size() < most_hits_kept) {
    ring_.push_back(std::move(what));
  } else {
    hit& oldest = ring_[place_of(next_)];
    forget(oldest);
    oldest = std::move(what);
  }
  ++next_;
}

void hit_log::forget(const hit& oldest) {
  const auto found = by_attempt_.find(oldest.attempt);
  if (found == by_attempt_.end()) return;
  std::erase(found->second, oldest.number);
  if (found->second.empty()) by_attempt_.erase(found);
}

std::vector<const hit*> hit_log::of_attempt(const std::string& attempt) const {
  std::vector<const hit*> result;
  const auto found = by_attempt_.find(attempt);
  if (found == by_attempt_.end()) return result;
  for (const std::uint64_t number : found->second) result.push_back(find(number));
  return result;
}

const hit* hit_log::find(std::uint64_t number) const {
  if (number >= next_ || number + ring_.size() < next_) return nullptr;
  return &ring_[place_of(number)];
}

void hit_log::set_executed(std::uint64_t number, executed how) {
  if (find(number) != nullptr) ring_[place_of(number)].done = std::move(how);
}

void hit_log::clear() {
  ring_.clear();
  by_attempt_.clear();
  first_ = next_;
}

}  // namespace mailrig::faults
