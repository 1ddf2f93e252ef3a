#include "faults/hit_log.hpp"

#include <utility>

namespace mailrig::faults {

void hit_log::add(hit what) {
  what.number = next_;
  if (ring_.size() < most_hits_kept)
    ring_.push_back(std::move(what));
  else
    ring_[place_of(next_)] = std::move(what);
  ++next_;
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
  first_ = next_;
}

}  // namespace mailrig::faults
