#include "capture/delivery/mailbox.hpp"

#include <algorithm>

namespace mailrig::delivery {
namespace {

constexpr std::size_t visits_kept = 20;  // of one entry
// What a node of the map takes besides the visits themselves, roughly.
constexpr std::size_t visits_overhead = 64;

// 2^48 messages a rig and 65,536 copies are more than memory holds.
std::uint64_t key_of(store::message_uid uid, std::uint32_t copy) {
  return uid << 16U | (copy & 0xFFFFU);
}

}  // namespace

void mailbox::add(store::message_uid uid) {
  std::uint32_t copy = 1;
  if (is_sorted_ && (entries_.empty() || entries_.back().uid < uid)) {
    entries_.push_back({.uid = uid});
    return;
  }
  for (const entry& each : entries_) {
    if (each.uid == uid) copy = std::max(copy, each.copy + 1);
  }
  is_sorted_ = is_sorted_ && entries_.back().uid == uid;
  entries_.push_back({.uid = uid, .copy = copy});
}

std::vector<mailbox::entry>::iterator mailbox::find(store::message_uid uid, std::uint32_t copy) {
  auto at = entries_.begin();
  if (is_sorted_) {
    const auto before = [](const entry& each, store::message_uid wanted) {
      return each.uid < wanted;
    };
    at = std::lower_bound(entries_.begin(), entries_.end(), uid, before);
  }
  return std::find_if(at, entries_.end(), [&](const entry& each) {
    return (each.uid == uid && each.copy == copy) || (is_sorted_ && each.uid > uid);
  });
}

void mailbox::forget(store::message_uid uid) {
  for (std::uint32_t copy = 1;; ++copy) {
    const auto found = find(uid, copy);
    if (found == entries_.end() || found->uid != uid || found->is_gone) break;
    found->is_gone = true;
    ++gone_;
    if (found->is_deleted) --deleted_;
    if (const auto seen = visits_.find(key_of(uid, copy)); seen != visits_.end()) {
      visit_count_ -= seen->second.size();
      visits_.erase(seen);
    }
  }
  if (gone_ > 32 && gone_ > entries_.size() / 2) clear_gone();
}

// Seldom enough that removing a message costs the same however many there are.
void mailbox::clear_gone() {
  std::erase_if(entries_, [](const entry& each) { return each.is_gone; });
  entries_.shrink_to_fit();
  gone_ = 0;
}

void mailbox::note(store::message_uid uid, std::uint32_t copy, const mailbox_visit& visit) {
  const auto found = find(uid, copy);
  if (found == entries_.end() || found->uid != uid || found->is_gone) return;
  if (visit.what == mailbox_visit::deed::read) found->was_read = true;
  if (visit.what == mailbox_visit::deed::deleted && !found->is_deleted) {
    found->is_deleted = true;
    ++deleted_;
  }
  visits& of_entry = visits_[key_of(uid, copy)];
  of_entry.push_back(visit);
  ++visit_count_;
  if (of_entry.size() <= visits_kept) return;
  of_entry.erase(of_entry.begin());
  --visit_count_;
}

void mailbox::close(const model::id& session) {
  std::erase(open_by_, session);
  if (open_by_.empty()) open_by_ = {};
}

const mailbox::visits& mailbox::visits_of(const entry& which) const {
  static const visits none;
  const auto found = visits_.find(key_of(which.uid, which.copy));
  return found == visits_.end() ? none : found->second;
}

std::size_t mailbox::footprint() const {
  return sizeof(mailbox) + entries_.capacity() * sizeof(entry) +
         visit_count_ * sizeof(mailbox_visit) + visits_.size() * visits_overhead +
         open_by_.capacity() * sizeof(model::id);
}

}  // namespace mailrig::delivery
