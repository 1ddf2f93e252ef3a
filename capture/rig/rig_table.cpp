#include "capture/rig/rig_table.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace mailrig::rig {
namespace {

constexpr std::size_t evictions_per_look = 16;

std::size_t octets_of(const std::shared_ptr<rig>& each) {
  return each->in_use().octets;
}

// The earlier of two moments of which either may never come.
void keep_earlier(std::optional<model::instant>& due, model::instant other) {
  if (!due || other < *due) due = other;
}

}  // namespace

rig_table::rig_table(const table_limits& limits, const model::clock& clock, model::id_source& ids,
                     store_maker make_store)
    : limits_(limits),
      clock_(clock),
      ids_(ids),
      make_store_(std::move(make_store)),
      transcripts_(limits.transcript_octets) {
  add("default");
}

rig& rig_table::add(std::string name) {
  auto messages = make_store_();
  messages->count_into(in_use_);
  rigs_.push_back(
      std::make_shared<rig>(std::move(name), std::move(messages), clock_, limits_.seed));
  rig& made = *rigs_.back();
  made.on_rules_changed([this] { tell_followers(); });
  made.on_release([this, &made](std::span<const std::uint64_t> rules) {
    if (sessions_ != nullptr) sessions_->release(made, rules);
  });
  made.on_listening_changed([this, &made](faults::protocol talk, listening how) {
    if (sessions_ != nullptr) sessions_->listen_as(made, talk, how);
  });
  made.on_step([this] {
    if (sessions_ != nullptr) sessions_->go_on();
  });
  made.due().on_due_changed([this] {
    if (due_changed_) due_changed_();
  });
  if (!magic_domain_.empty()) made.set_magic(magic_domain_, magic_rules_);
  made.mailboxes().count_into(in_use_);
  made.open_post_office(*this, in_use_);
  by_name_.emplace(made.name(), &made);
  for (observer* each : observers_) made.add_observer(*each);
  made.made(clock_.now(), counters_, ++last_number_);
  return made;
}

rig* rig_table::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::optional<rig_refusal> rig_table::refuse(const rig_config& config,
                                             const rig* instead_of) const {
  if (instead_of == nullptr) {
    if (by_name_.contains(config.name))
      return rig_refusal{rig_refusal::reason::name_taken, config.name, {}};
    if (rigs_.size() >= limits_.max_rigs) return rig_refusal{rig_refusal::reason::too_many, {}, {}};
  }
  for (const route& each : config.routes) {
    const rig* const holder = routes_.holder(each);
    if (holder != nullptr && holder != instead_of)
      return rig_refusal{rig_refusal::reason::route_taken, holder->name(), each};
  }
  return std::nullopt;
}

void rig_table::add_routes(rig& to) {
  for (const route& each : to.config().routes) {
    if (routes_.holder(each) == nullptr) routes_.add(each, to);
  }
  tell_followers();
}

void rig_table::tell_followers() {
  for (rule_follower& each : followers_) each.rules_changed();
}

void rig_table::set_magic(const std::string& domain, const faults::rule_set& rules) {
  magic_domain_ = domain;
  magic_rules_ = rules;
  for (const auto& each : rigs_) each->set_magic(domain, rules);
}

std::optional<model::instant> rig_table::next_timer() const {
  std::optional<model::instant> due;
  for (const auto& each : rigs_) {
    if (const auto own = each->next_due()) keep_earlier(due, *own);
  }
  return due;
}

// What is done may make and remove rigs.
void rig_table::run_timers() {
  const auto all = rigs_;
  for (const auto& each : all) each->run_due();
}

rig& rig_table::make(rig_config config) {
  rig& made = add(config.name);
  made.configure(std::move(config));
  add_routes(made);
  ++counters_.rigs_made;
  return made;
}

void rig_table::remake(rig& old, rig_config config) {
  routes_.remove(old);
  old.empty();
  old.rules().clear();
  old.reset_clock();
  old.configure(std::move(config));
  add_routes(old);
  old.touch(clock_.now());
}

void rig_table::remove(rig& gone) {
  const auto found = std::find_if(rigs_.begin() + 1, rigs_.end(),
                                  [&gone](const auto& each) { return each.get() == &gone; });
  if (found == rigs_.end()) return;
  const std::shared_ptr<rig> kept = *found;
  routes_.remove(gone);
  by_name_.erase(gone.name());
  rigs_.erase(found);
  fullest_ = nullptr;
  kept->retire();
  tell_followers();
}

std::vector<rig*> rig_table::expired() const {
  const model::instant now = clock_.now();
  std::vector<rig*> result;
  for (const auto& each : rigs_) {
    const auto& ttl = each->config().ttl;
    const bool is_in_use = each.use_count() > 1;
    if (ttl && !is_in_use && each->last_use() + *ttl <= now) result.push_back(each.get());
  }
  return result;
}

std::optional<model::duration> rig_table::max_age_of(const rig& which) const {
  const auto& own = which.config().limits.max_age;
  if (own && limits_.max_age) return std::min(*own, *limits_.max_age);
  return own ? own : limits_.max_age;
}

std::optional<model::instant> rig_table::next_due() const {
  std::optional<model::instant> due;
  for (const auto& each : rigs_) {
    if (const auto& ttl = each->config().ttl) keep_earlier(due, each->last_use() + *ttl);
    const auto age = max_age_of(*each);
    const auto oldest = age ? each->oldest_arrival() : std::nullopt;
    if (oldest) keep_earlier(due, *oldest + *age);
  }
  return due;
}

bool rig_table::has_deadlines() const {
  return limits_.max_age ||
         std::any_of(rigs_.begin(), rigs_.end(), [](const std::shared_ptr<rig>& each) {
           return each->config().ttl || each->config().limits.max_age;
         });
}

void rig_table::evict_aged() {
  for (const auto& each : rigs_) {
    if (const auto age = max_age_of(*each))
      (void)each->evict_older_than(clock_.now() - *age + model::duration{1});
  }
}

void rig_table::observe(observer& who) {
  observers_.push_back(&who);
  for (const auto& each : rigs_) each->add_observer(who);
}

void rig_table::unobserve(observer& who) {
  std::erase(observers_, &who);
  for (const auto& each : rigs_) each->remove_observer(who);
}

// The fullest rig stays the fullest for a while: only then, or after some evictions, all are looked
// at.
bool rig_table::evict_one() {
  const bool is_known = fullest_ != nullptr && evictions_to_next_look_ > 0 &&
                        fullest_->in_use().octets > runner_up_octets_;
  if (!is_known) {
    runner_up_octets_ = 0;
    std::size_t most = 0;
    fullest_ = rigs_.front().get();
    for (const auto& each : rigs_) {
      const std::size_t octets = octets_of(each);
      if (octets > most) {
        runner_up_octets_ = std::exchange(most, octets);
        fullest_ = each.get();
      } else {
        runner_up_octets_ = std::max(runner_up_octets_, octets);
      }
    }
    evictions_to_next_look_ = evictions_per_look;
  }
  --evictions_to_next_look_;
  return fullest_->evict_oldest();
}

void remove_rig(rig_table& rigs, listeners& ports, rig& gone) {
  ports.close(gone);
  ports.end_sessions(gone);
  rigs.remove(gone);
}

// Asked when a body begins or grows: makes room for octets and for one more message.
bool rig_table::take(std::size_t octets, std::size_t messages) {
  if (receiving_octets_ + octets > limits_.max_octets) return false;
  while (in_use_.octets + receiving_octets_ + octets > limits_.max_octets ||
         in_use_.messages + messages > limits_.max_messages) {
    if (!evict_one()) return false;
  }
  receiving_octets_ += octets;
  return true;
}

}  // namespace mailrig::rig
