// Where the messages of one rig are kept. One interface, one contract suite (tests/contract) that
// every store must pass.
//
// A store belongs to the I/O thread. Other threads read snapshots only: immutable, cheap (one
// pointer per 1,024 messages), and valid for as long as they are held, whatever is removed
// meanwhile.
#pragma once

#include "capture/model/fate.hpp"
#include "capture/model/mail_record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace mailrig::store {

// Grows within its rig, never used twice (RFC 9051 2.3.1.1); the first is 1.
using message_uid = std::uint64_t;

// What readers have put on a message.
struct message_marks {
  bool is_read = false;
  std::vector<std::string> tags;  // no two alike

  friend bool operator==(const message_marks&, const message_marks&) = default;
};

struct entry {
  model::mail_ref mail;                      // null: removed
  std::shared_ptr<const std::string> row;    // the ready JSON of its list row, once somebody asked
  std::shared_ptr<const std::string> facts;  // packed for searches, once somebody searched
  std::shared_ptr<const message_marks> marks;      // null: unread, without tags
  std::shared_ptr<const model::mail_fates> fates;  // null: delivered to all its recipients
};

inline constexpr std::size_t block_size = 1024;

// Counts its references itself: its use_count() acquires, so that whoever finds no reader left may
// write.
struct block : boost::intrusive_ref_counter<block> {
  std::array<entry, block_size> entries;
};
using block_ref = boost::intrusive_ptr<const block>;

// The messages as they were at one moment, oldest to newest by uid.
class snapshot {
 public:
  snapshot() = default;
  snapshot(std::vector<block_ref> blocks, message_uid first_block_uid, message_uid end,
           std::size_t count)
      : blocks_(std::move(blocks)), first_block_uid_(first_block_uid), end_(end), count_(count) {}

  [[nodiscard]] message_uid begin_uid() const { return first_block_uid_; }
  // One past the newest.
  [[nodiscard]] message_uid end_uid() const { return end_; }
  // Messages in it, removed ones left out.
  [[nodiscard]] std::size_t size() const { return count_; }
  // Null if that message was removed or never was.
  [[nodiscard]] const entry* find(message_uid uid) const {
    if (uid < first_block_uid_ || uid >= end_) return nullptr;
    const std::size_t offset = static_cast<std::size_t>(uid - first_block_uid_);
    const block* holder = blocks_[offset / block_size].get();
    if (holder == nullptr) return nullptr;
    const entry& found = holder->entries[offset % block_size];
    return found.mail ? &found : nullptr;
  }

 private:
  std::vector<block_ref> blocks_;    // null: all of it was removed
  message_uid first_block_uid_ = 1;  // the uid of blocks_[0].entries[0]
  message_uid end_ = 1;
  std::size_t count_ = 0;
};

struct usage {
  std::size_t messages = 0;
  std::size_t octets = 0;  // footprints and rows

  friend bool operator==(const usage&, const usage&) = default;
};

struct put_result {
  message_uid uid = 0;
};

class store {
 public:
  virtual ~store() = default;

  // `done` is called once, at once or later; nothing means that the store could not keep the
  // message.
  virtual void put(model::mail_ref message,
                   std::function<void(std::optional<put_result>)> done) = 0;
  [[nodiscard]] virtual std::optional<message_uid> find(const model::id& message) const = 0;
  [[nodiscard]] virtual entry get(message_uid uid) const = 0;
  // Gives a message its list row. Does nothing when the message is gone.
  virtual void set_row(message_uid uid, std::shared_ptr<const std::string> row) = 0;
  virtual void set_facts(message_uid uid, std::shared_ptr<const std::string> facts) = 0;
  virtual void set_marks(message_uid uid, std::shared_ptr<const message_marks> given) = 0;
  virtual void set_fates(message_uid uid, std::shared_ptr<const model::mail_fates> fates) = 0;
  // What was removed; a null mail if there was nothing.
  virtual entry remove(message_uid uid) = 0;
  virtual entry remove_oldest() = 0;
  // The oldest message; a null mail if there is none.
  [[nodiscard]] virtual entry oldest() const = 0;
  // How many were removed. Uids go on.
  virtual std::size_t clear() = 0;
  [[nodiscard]] virtual snapshot take_snapshot() const = 0;
  // No message has a smaller uid.
  [[nodiscard]] virtual message_uid begin_uid() const = 0;
  // One past the newest uid that was ever given.
  [[nodiscard]] virtual message_uid end_uid() const = 0;
  [[nodiscard]] virtual usage in_use() const = 0;
  // Another one after each change of what readers see: messages, marks and fates. Rows and facts
  // are made of these and change nothing.
  [[nodiscard]] virtual std::uint64_t revision() const = 0;
  // From now on every change of in_use() is made to `total` too, which outlives the store: a sum
  // over many stores that nobody has to walk through.
  virtual void count_into(usage& total) = 0;
};

}  // namespace mailrig::store
