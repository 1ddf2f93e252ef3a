#include "capture/delivery/mailbox.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::delivery {
namespace {

constexpr std::size_t visits_kept = 20;  // of one entry
// What a node of a map takes besides what it holds, roughly.
constexpr std::size_t node_overhead = 64;

// 2^44 messages a rig and a million copies are more than memory holds.
std::uint64_t key_of(store::message_uid uid, std::uint32_t copy) {
  return uid << 20U | (copy & 0xFFFFFU);
}

}  // namespace

void mailbox::add(store::message_uid uid, std::uint32_t count, const model::mail_ref& altered) {
  const bool is_newest = is_sorted_ && (entries_.empty() || entries_.back().uid < uid);
  const std::uint32_t before = is_newest ? 0 : last_copy(uid);
  is_sorted_ = is_sorted_ && (is_newest || entries_.back().uid == uid);
  for (std::uint32_t copy = before + 1; copy <= before + count; ++copy)
    entries_.push_back({.uid = uid, .copy = copy});
  if (!altered || !altered_.emplace(uid, altered).second) return;
  altered_octets_ += altered->footprint();
}

// Copies come in their order, so the last one is the highest.
std::uint32_t mailbox::last_copy(store::message_uid uid) const {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const entry& each) {
    return each.uid == uid || (is_sorted_ && each.uid < uid);
  });
  return found == entries_.rend() || found->uid != uid ? 0 : found->copy;
}

std::vector<mailbox::entry> mailbox::entries_of(store::message_uid uid) const {
  std::vector<entry> result;
  for (auto at = first_of(uid); at != entries_.end(); ++at) {
    if (at->uid == uid && !at->is_gone) result.push_back(*at);
    if (is_sorted_ && at->uid > uid) break;
  }
  return result;
}

model::mail_ref mailbox::altered(store::message_uid uid) const {
  const auto found = altered_.find(uid);
  return found == altered_.end() ? nullptr : found->second;
}

std::vector<mailbox::entry>::const_iterator mailbox::first_of(store::message_uid uid) const {
  if (!is_sorted_) return entries_.begin();
  const auto before = [](const entry& each, store::message_uid wanted) {
    return each.uid < wanted;
  };
  return std::lower_bound(entries_.begin(), entries_.end(), uid, before);
}

std::vector<mailbox::entry>::iterator mailbox::find(store::message_uid uid, std::uint32_t copy) {
  if (!is_sorted_)
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const entry& each) { return each.uid == uid && each.copy == copy; });
  const auto before = [](const entry& each, const auto& wanted) {
    return std::pair(each.uid, each.copy) < wanted;
  };
  return std::lower_bound(entries_.begin(), entries_.end(), std::pair(uid, copy), before);
}

void mailbox::forget(store::message_uid uid) {
  const auto begin = entries_.begin() + (first_of(uid) - entries_.cbegin());
  for (auto at = begin; at != entries_.end(); ++at) {
    if (at->uid == uid && !at->is_gone) forget(*at);
    if (is_sorted_ && at->uid > uid) break;
  }
  if (const auto found = altered_.find(uid); found != altered_.end()) {
    altered_octets_ -= found->second->footprint();
    altered_.erase(found);
  }
  if (gone_ > 32 && gone_ > entries_.size() / 2) clear_gone();
}

void mailbox::forget(entry& gone) {
  gone.is_gone = true;
  ++gone_;
  if (gone.is_deleted) --deleted_;
  const auto seen = visits_.find(key_of(gone.uid, gone.copy));
  if (seen == visits_.end()) return;
  visit_count_ -= seen->second.size();
  visits_.erase(seen);
}

// Seldom enough that removing a message costs the same however many there are.
void mailbox::clear_gone() {
  std::erase_if(entries_, [](const entry& each) { return each.is_gone; });
  entries_.shrink_to_fit();
  gone_ = 0;
}

void mailbox::note(store::message_uid uid, std::uint32_t copy, const mailbox_visit& visit) {
  const auto found = find(uid, copy);
  if (found == entries_.end() || found->uid != uid || found->copy != copy || found->is_gone) return;
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
         visit_count_ * sizeof(mailbox_visit) + visits_.size() * node_overhead + altered_octets_ +
         altered_.size() * node_overhead + open_by_.capacity() * sizeof(model::id);
}

}  // namespace mailrig::delivery
