#include "capture/rig/rig.hpp"

#include <utility>

namespace mailrig::rig {
namespace {

constexpr std::size_t attempts_kept = 10'000;
constexpr std::size_t attempt_octets_kept = std::size_t{16} << 20;
constexpr std::size_t sessions_kept = 10'000;

}  // namespace

rig::rig(std::string name, std::unique_ptr<store::store> messages,
         std::unique_ptr<faults::judge> judge)
    : name_(std::move(name)),
      messages_(std::move(messages)),
      judge_(std::move(judge)),
      post_office_(*messages_),
      mailboxes_(*messages_) {}

void rig::deliver(model::mail_ref mail, delivered done) {
  post_office_.take(std::move(mail), std::move(done));
}

void rig::announce(const model::id& message) {
  const auto uid = messages_->find(message);
  if (!uid) return;  // removed between its storing and its reply
  const store::entry stored = messages_->get(*uid);
  for (observer* each : observers_) each->message_announced(*this, *uid, stored.mail);
}

bool rig::remove(const model::id& message) {
  const auto uid = messages_->find(message);
  if (!uid) return false;
  mailboxes_.forget(*uid, *messages_->remove(*uid).mail);
  for (observer* each : observers_) each->messages_removed(*this, {message}, removal::deleted);
  return true;
}

std::size_t rig::remove_all() {
  const std::size_t count = messages_->clear();
  mailboxes_.clear();
  for (observer* each : observers_) each->all_messages_removed(*this, count);
  return count;
}

bool rig::evict_oldest() {
  const store::removed_entry evicted = messages_->remove_oldest();
  if (!evicted.mail) return false;
  mailboxes_.forget(evicted.uid, *evicted.mail);
  ++evicted_count_;
  for (observer* each : observers_)
    each->messages_removed(*this, {evicted.mail->id()}, removal::evicted);
  return true;
}

void rig::attempt_ended(const model::mail_ref& attempt) {
  attempts_.push_back(attempt);
  attempt_octets_ += attempt->footprint();
  while (attempts_.size() > attempts_kept ||
         (attempt_octets_ > attempt_octets_kept && attempts_.size() > 1)) {
    attempt_octets_ -= attempts_.front()->footprint();
    attempts_.pop_front();
  }
  for (observer* each : observers_) each->attempt_ended(*this, attempt);
}

void rig::session_began(session_ref session) {
  sessions_.push_back(std::move(session));
  if (sessions_.size() > sessions_kept) sessions_.pop_front();
}

void rig::session_ended(const session_record& session) {
  for (observer* each : observers_) each->session_ended(*this, session);
}

}  // namespace mailrig::rig
