// The messages of one rig in memory: immutable blocks of 1,024 references, found by position (uid)
// or by id.
//
// Has no limit of its own: the table of rigs evicts. A block that a snapshot still holds is copied
// before it is changed; appending behind a snapshot's end needs no copy.
#pragma once

#include "capture/store/store.hpp"

#include <deque>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailrig::store {

class memory_store final : public store {
 public:
  void put(model::mail_ref message, std::function<void(std::optional<put_result>)> done) override;
  [[nodiscard]] std::optional<message_uid> find(const model::id& message) const override;
  [[nodiscard]] entry get(message_uid uid) const override;
  void set_row(message_uid uid, std::shared_ptr<const std::string> row) override;
  void set_facts(message_uid uid, std::shared_ptr<const std::string> facts) override;
  void set_marks(message_uid uid, std::shared_ptr<const message_marks> given) override;
  void set_fates(message_uid uid, std::shared_ptr<const model::mail_fates> fates) override;
  entry remove(message_uid uid) override;
  entry remove_oldest() override;
  [[nodiscard]] entry oldest() const override { return get(oldest_uid()); }
  std::size_t clear() override;
  [[nodiscard]] snapshot take_snapshot() const override;
  [[nodiscard]] message_uid begin_uid() const override { return first_block_uid_; }
  [[nodiscard]] message_uid end_uid() const override { return next_uid_; }
  [[nodiscard]] usage in_use() const override { return in_use_; }
  [[nodiscard]] std::uint64_t revision() const override { return revision_; }
  void count_into(usage& total) override;

 private:
  struct slot {
    boost::intrusive_ptr<block> entries;  // null once all of it was removed
    std::size_t alive = 0;
  };

  [[nodiscard]] bool holds(message_uid uid) const;
  [[nodiscard]] slot& slot_of(message_uid uid) {
    return blocks_[(uid - first_block_uid_) / block_size];
  }
  [[nodiscard]] entry& writable(message_uid uid);
  // Lets `alter` change an entry and counts what that changes; nothing if the message is gone.
  template <class Alter>
  void change(message_uid uid, Alter alter);
  void drop_empty_front();
  // 0 if there is none.
  [[nodiscard]] message_uid oldest_uid() const;
  void grow(std::size_t messages, std::size_t octets);
  void shrink(std::size_t messages, std::size_t octets);

  std::deque<slot> blocks_;
  message_uid first_block_uid_ = 1;
  message_uid next_uid_ = 1;
  mutable message_uid oldest_hint_ = 1;  // nothing older is alive
  usage in_use_;
  std::uint64_t revision_ = 0;
  usage* total_ = nullptr;
  boost::unordered_flat_map<model::id, message_uid, std::hash<model::id>> by_id_;
};

}  // namespace mailrig::store
