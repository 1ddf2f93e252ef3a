#include "capture/rig/rig.hpp"

#include "capture/model/mail_builder.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::rig {
namespace {

constexpr std::size_t sessions_kept = 10'000;
constexpr std::size_t strays_kept = 100;

}  // namespace

rig::rig(std::string name, std::unique_ptr<store::store> messages, const model::clock& real,
         std::uint64_t seed)
    : messages_(std::move(messages)),
      clock_(real),
      engine_({clock_, real}, seed),
      book_(engine_),
      mailboxes_(*messages_),
      surroundings_(*this),
      post_office_(*messages_, mailboxes_, engine_, surroundings_) {
  due_.add_source(surroundings_);
  config_.name = std::move(name);
  engine_.set_observer(&rule_listener_);
  // Sessions that go on ask the new rules.
  book_.on_change([this](const std::vector<std::uint64_t>& gone) {
    if (rules_changed_) rules_changed_();
    if (release_ && !gone.empty()) release_(gone);
    listen_.look();
    tell(rig_change::rules);
  });
}

void rig::made(model::instant now, counters& count, std::uint64_t number) {
  made_at_ = last_use_ = now;
  number_ = number;
  counters_ = &count;
}

void rig::configure(rig_config config) {
  config.name = std::move(config_.name);
  config_ = std::move(config);
  if (config_.seed) engine_.set_default_seed(*config_.seed);
  enforce_limits();
}

void rig::enforce_limits() {
  const rig_limits& own = config_.limits;
  if (!own.max_messages && !own.max_memory) return;
  const auto is_over = [&own](const store::usage& now) {
    return (own.max_messages && now.messages > *own.max_messages) ||
           (own.max_memory && now.octets > *own.max_memory);
  };
  while (is_over(in_use()) && evict_oldest()) {
  }
}

bool rig::make_room_for(std::size_t octets) {
  const rig_limits& own = config_.limits;
  if (own.max_memory && octets > *own.max_memory) return false;
  if (own.max_messages && *own.max_messages == 0) return false;
  const auto is_full = [&own, octets](const store::usage& now) {
    return (own.max_messages && now.messages >= *own.max_messages) ||
           (own.max_memory && now.octets + octets > *own.max_memory);
  };
  while (is_full(in_use())) {
    if (!evict_oldest()) return false;
  }
  return true;
}

void rig::deliver(model::mail_ref mail, delivered done) {
  const bool has_limits = config_.limits.max_messages || config_.limits.max_memory;
  if (has_limits && !make_room_for(mail->footprint())) return done(std::nullopt);
  post_office_.take(std::move(mail), std::move(done));
}

void rig::announce(const model::id& message) {
  const auto uid = messages_->find(message);
  if (!uid) return;  // removed between its storing and its reply
  const store::entry stored = messages_->get(*uid);
  for (observer* each : observers_) each->message_announced(*this, *uid, stored.mail);
}

void rig::announce_generated(const model::id& message) {
  ++generated_messages_;
  announce(message);
}

void rig::tell_of_fate(const model::id& message) {
  const auto uid = messages_->find(message);
  if (!uid) return;
  const store::entry stored = messages_->get(*uid);
  for (observer* each : observers_) each->fate_changed(*this, *uid, stored.mail);
}

bool rig::remove(const model::id& message) {
  const auto uid = messages_->find(message);
  if (!uid) return false;
  take_out(*uid);
  for (observer* each : observers_) each->messages_removed(*this, {message}, removal::deleted);
  return true;
}

std::size_t rig::remove(const std::vector<model::id>& messages) {
  std::vector<model::id> removed;
  for (const model::id& each : messages)
    if (const auto uid = messages_->find(each)) {
      take_out(*uid);
      removed.push_back(each);
    }
  if (removed.empty()) return 0;
  for (observer* each : observers_) each->messages_removed(*this, removed, removal::deleted);
  return removed.size();
}

// Of many messages the newest: so many envelopes are kept at all.
std::size_t rig::remove_all() {
  const store::snapshot all = messages_->take_snapshot();
  const std::uint64_t kept =
      std::min<std::uint64_t>(attempt_log::most, all.end_uid() - all.begin_uid());
  for (store::message_uid uid = all.end_uid() - kept; uid < all.end_uid(); ++uid) {
    if (const store::entry* each = all.find(uid)) keep_envelope(uid, *each->mail);
  }
  const std::size_t count = messages_->clear();
  generated_messages_ = 0;
  mailboxes_.clear();
  for (observer* each : observers_) each->all_messages_removed(*this, count);
  return count;
}

bool rig::evict_oldest() {
  const store::entry evicted = messages_->oldest();
  if (!evicted.mail) return false;
  const store::message_uid uid = *messages_->find(evicted.mail->id());
  take_out(uid);
  ++evicted_count_;
  if (counters_ != nullptr) ++counters_->evictions;
  for (observer* each : observers_)
    each->messages_removed(*this, {evicted.mail->id()}, removal::evicted);
  return true;
}

void rig::take_out(store::message_uid uid) {
  const store::entry removed = messages_->remove(uid);
  mailboxes_.forget(uid, *removed.mail);
  if (removed.mail->facts().source == model::origin::generated) --generated_messages_;
  keep_envelope(uid, *removed.mail);
}

void rig::keep_envelope(store::message_uid uid, const model::mail_record& gone) {
  if (gone.facts().source == model::origin::generated) return;
  gone_messages_.push(model::without_octets(gone, uid));
}

std::optional<model::instant> rig::oldest_arrival() const {
  const store::entry oldest = messages_->oldest();
  if (!oldest.mail) return std::nullopt;
  return oldest.mail->facts().ended_at;
}

std::size_t rig::evict_older_than(model::instant when) {
  std::size_t count = 0;
  for (auto oldest = oldest_arrival(); oldest && *oldest < when; oldest = oldest_arrival()) {
    if (!evict_oldest()) break;
    ++count;
  }
  return count;
}

void rig::empty() {
  ++epoch_;
  post_office_.clear();
  if (messages_->in_use().messages > 0) (void)remove_all();
  attempts_.clear();
  gone_messages_.clear();
  std::erase_if(sessions_, [](const session_ref& each) { return each->ended_at.has_value(); });
  strays_.clear();
  evicted_count_ = 0;
  tell(rig_change::emptied);
}

void rig::keep_late(const model::mail_ref& mail) {
  if (!is_retired_) attempt_ended(mail);
}

void rig::retire() {
  if (release_) release_({});
  is_retired_ = true;
  ++epoch_;
  post_office_.clear();
  (void)messages_->clear();
  mailboxes_.clear();
  attempts_.clear();
  gone_messages_.clear();
  sessions_.clear();
  strays_.clear();
  if (is_announced_) tell(rig_change::deleted);
}

void rig::announce_made() {
  is_announced_ = true;
  tell(rig_change::made);
}

void rig::tell(rig_change what) {
  for (observer* each : observers_) each->rig_changed(*this, what);
}

void rig::attempt_ended(const model::mail_ref& attempt) {
  if (is_retired_) return;
  attempts_.push(attempt);
  for (observer* each : observers_) each->attempt_ended(*this, attempt);
}

void rig::session_began(session_ref session) {
  if (is_retired_) return;
  sessions_.push_back(std::move(session));
  if (sessions_.size() > sessions_kept) sessions_.pop_front();
}

rig::session_ref rig::find_session(const model::id& session) const {
  const auto found =
      std::find_if(sessions_.rbegin(), sessions_.rend(),
                   [&session](const session_ref& each) { return each->id == session; });
  return found == sessions_.rend() ? nullptr : *found;
}

void rig::session_left(const session_record& session) {
  const auto found =
      std::find_if(sessions_.rbegin(), sessions_.rend(),
                   [&session](const session_ref& each) { return each.get() == &session; });
  if (found != sessions_.rend()) sessions_.erase(std::next(found).base());
}

void rig::keep_stray(stray lost) {
  strays_.push_back(std::move(lost));
  if (strays_.size() > strays_kept) strays_.pop_front();
}

void rig::session_ended(const session_record& session) {
  for (observer* each : observers_) each->session_ended(*this, session);
}

}  // namespace mailrig::rig
