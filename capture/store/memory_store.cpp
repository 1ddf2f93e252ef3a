#include "capture/store/memory_store.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::store {
namespace {

std::size_t octets_of(const entry& stored) {
  std::size_t octets = stored.mail->footprint();
  if (stored.row) octets += stored.row->size();
  if (stored.facts) octets += stored.facts->size();
  if (stored.fates) octets += stored.fates->footprint();
  if (!stored.marks) return octets;
  octets += sizeof(message_marks);
  for (const std::string& tag : stored.marks->tags) octets += sizeof tag + tag.size();
  return octets;
}

}  // namespace

void memory_store::count_into(usage& total) {
  total_ = &total;
  total.messages += in_use_.messages;
  total.octets += in_use_.octets;
}

void memory_store::grow(std::size_t messages, std::size_t octets) {
  in_use_.messages += messages;
  in_use_.octets += octets;
  if (total_ == nullptr) return;
  total_->messages += messages;
  total_->octets += octets;
}

void memory_store::shrink(std::size_t messages, std::size_t octets) {
  in_use_.messages -= messages;
  in_use_.octets -= octets;
  if (total_ == nullptr) return;
  total_->messages -= messages;
  total_->octets -= octets;
}

void memory_store::put(model::mail_ref message,
                       std::function<void(std::optional<put_result>)> done) {
  const message_uid uid = next_uid_++;
  ++revision_;
  const std::size_t offset = static_cast<std::size_t>(uid - first_block_uid_);
  if (offset / block_size >= blocks_.size()) blocks_.push_back({new block, 0});
  slot& holder = blocks_.back();
  by_id_.emplace(message->id(), uid);
  grow(1, message->footprint());
  // Behind every snapshot's end, so nobody reads this entry yet.
  holder.entries->entries[offset % block_size].mail = std::move(message);
  holder.alive += 1;
  done(put_result{uid});
}

std::optional<message_uid> memory_store::find(const model::id& message) const {
  const auto found = by_id_.find(message);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

bool memory_store::holds(message_uid uid) const {
  if (uid < first_block_uid_ || uid >= next_uid_) return false;
  const std::size_t offset = static_cast<std::size_t>(uid - first_block_uid_);
  const slot& holder = blocks_[offset / block_size];
  return holder.entries && holder.entries->entries[offset % block_size].mail;
}

entry memory_store::get(message_uid uid) const {
  if (!holds(uid)) return {};
  const std::size_t offset = static_cast<std::size_t>(uid - first_block_uid_);
  return blocks_[offset / block_size].entries->entries[offset % block_size];
}

entry& memory_store::writable(message_uid uid) {
  slot& holder = slot_of(uid);
  if (holder.entries->use_count() > 1) holder.entries = new block(*holder.entries);
  return holder.entries->entries[static_cast<std::size_t>(uid - first_block_uid_) % block_size];
}

template <class Alter>
void memory_store::change(message_uid uid, Alter alter) {
  if (!holds(uid)) return;
  entry& stored = writable(uid);
  shrink(0, octets_of(stored));
  alter(stored);
  grow(0, octets_of(stored));
}

void memory_store::set_row(message_uid uid, std::shared_ptr<const std::string> row) {
  change(uid, [&row](entry& stored) { stored.row = std::move(row); });
}

void memory_store::set_facts(message_uid uid, std::shared_ptr<const std::string> facts) {
  change(uid, [&facts](entry& stored) { stored.facts = std::move(facts); });
}

void memory_store::set_marks(message_uid uid, std::shared_ptr<const message_marks> given) {
  ++revision_;
  change(uid, [&given](entry& stored) { stored.marks = std::move(given); });
}

void memory_store::set_fates(message_uid uid, std::shared_ptr<const model::mail_fates> fates) {
  ++revision_;
  change(uid, [&fates](entry& stored) { stored.fates = std::move(fates); });
}

entry memory_store::remove(message_uid uid) {
  if (!holds(uid)) return {};
  ++revision_;
  entry removed = std::exchange(writable(uid), entry{});
  by_id_.erase(removed.mail->id());
  shrink(1, octets_of(removed));
  slot& holder = slot_of(uid);
  // The newest block stays: the next message goes into it.
  if (--holder.alive == 0 && &holder != &blocks_.back()) holder.entries.reset();
  drop_empty_front();
  return removed;
}

void memory_store::drop_empty_front() {
  while (blocks_.size() > 1 && !blocks_.front().entries) {
    blocks_.pop_front();
    first_block_uid_ += block_size;
  }
}

message_uid memory_store::oldest_uid() const {
  for (oldest_hint_ = std::max(oldest_hint_, first_block_uid_); oldest_hint_ < next_uid_;
       ++oldest_hint_) {
    if (holds(oldest_hint_)) return oldest_hint_;
  }
  return 0;
}

entry memory_store::remove_oldest() {
  return remove(oldest_uid());
}

std::size_t memory_store::clear() {
  const std::size_t removed = in_use_.messages;
  ++revision_;
  blocks_.clear();
  by_id_ = {};
  shrink(in_use_.messages, in_use_.octets);
  first_block_uid_ = next_uid_;
  return removed;
}

snapshot memory_store::take_snapshot() const {
  std::vector<block_ref> blocks;
  blocks.reserve(blocks_.size());
  for (const slot& holder : blocks_) blocks.push_back(holder.entries);
  return {std::move(blocks), first_block_uid_, next_uid_, in_use_.messages};
}

}  // namespace mailrig::store
