#include "faults/tally.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

constexpr std::size_t most_distinct = 10'000;

std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace

std::int64_t period_of(const window& within, model::instant now) {
  if (within.what != window::kind::fixed && within.what != window::kind::day) return 0;
  return floor_divided((now.time_since_epoch() + within.offset).count(), within.length.count());
}

// In tokens times `length`, so that what comes back each millisecond, `rate`, is a whole number.
std::uint64_t tally::level(const window& within, model::instant now) const {
  const auto elapsed = static_cast<std::uint64_t>((now - last_).count());
  const std::uint64_t most_needed = sum_ / within.rate + 1;
  const std::uint64_t drained = std::min(elapsed, most_needed) * within.rate;
  return sum_ > drained ? sum_ - drained : 0;
}

void tally::add(const counter_spec& spec, model::instant now, std::uint64_t amount) {
  const window& within = spec.within;
  switch (within.what) {
    case window::kind::sliding: return add_mark(spec, now, amount);
    case window::kind::bucket: {
      const auto length = static_cast<std::uint64_t>(within.length.count());
      const std::uint64_t tokens = std::min(amount, within.burst);
      sum_ = std::min(level(within, now) + tokens * length, within.burst * length);
      last_ = now;
      return;
    }
    case window::kind::none:
    case window::kind::fixed:
    case window::kind::day: {
      const std::int64_t period = period_of(within, now);
      if (period != period_) sum_ = 0;
      period_ = period;
      sum_ += amount;
      return;
    }
  }
}

void tally::expire(const counter_spec& spec, model::instant now) {
  while (!marks_.empty() && now - marks_.front().at >= spec.within.length) {
    sum_ -= marks_.front().amount;
    marks_.pop_front();
  }
}

void tally::add_mark(const counter_spec& spec, model::instant now, std::uint64_t amount) {
  expire(spec, now);
  const bool is_crowded = marks_.size() >= most_exact_marks;
  const model::duration grain =
      is_crowded ? spec.within.length / static_cast<int>(most_exact_marks) : model::duration{0};
  if (!marks_.empty() && now - marks_.back().at <= grain) {
    marks_.back().amount += amount;
    if (!is_crowded) marks_.back().at = now;
  } else {
    if (marks_.full()) marks_.set_capacity(std::max<std::size_t>(4, marks_.capacity() * 2));
    marks_.push_back({now, amount});
  }
  sum_ += amount;
  // What is enough without the oldest mark needs no oldest mark.
  while (sum_ - marks_.front().amount >= spec.enough && marks_.size() > 1) {
    sum_ -= marks_.front().amount;
    marks_.pop_front();
  }
}

std::uint64_t tally::value(const counter_spec& spec, model::instant now) const {
  const window& within = spec.within;
  switch (within.what) {
    case window::kind::none: return sum_;
    case window::kind::fixed:
    case window::kind::day: return period_of(within, now) == period_ ? sum_ : 0;
    case window::kind::bucket: {
      // A token that has not wholly come back is still taken.
      const auto length = static_cast<std::uint64_t>(within.length.count());
      return (level(within, now) + length - 1) / length;
    }
    case window::kind::sliding: {
      std::uint64_t gone = 0;
      for (const mark& each : marks_) {
        if (now - each.at < within.length) break;
        gone += each.amount;
      }
      return sum_ - gone;
    }
  }
  return 0;
}

void distinct_tally::add(const counter_spec& spec, model::instant now, std::string_view value) {
  const std::int64_t period = period_of(spec.within, now);
  if (!seen_ || period != period_)
    seen_ = std::make_unique<keyed_memory<model::instant>>(
        std::min<std::size_t>(spec.enough, most_distinct));
  period_ = period;
  seen_->use(value) = now;
}

std::uint64_t distinct_tally::value(const counter_spec& spec, model::instant now) const {
  if (!seen_ || period_of(spec.within, now) != period_) return 0;
  if (spec.within.what != window::kind::sliding) return seen_->size();
  const auto is_recent = [&](const auto& entry) { return now - entry.second < spec.within.length; };
  // The one seen last comes first.
  const auto& all = seen_->entries();
  return static_cast<std::uint64_t>(
      std::distance(all.begin(), std::find_if_not(all.begin(), all.end(), is_recent)));
}

}  // namespace mailrig::faults
