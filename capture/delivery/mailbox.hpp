// One mailbox: which messages its reader may fetch, which sessions have it open, and who read or
// deleted what.
//
// Owned by `mailboxes`. Entries stand in the order of their delivery. An entry that a session
// deleted stays as evidence, hidden from readers, until its message goes. Knows messages by uid
// only, never their bytes.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace mailrig::delivery {

// What a session did with an entry, and when.
struct mailbox_visit {
  enum class deed : std::uint8_t { read, deleted };
  model::id session;
  model::instant at;
  deed what = deed::read;

  friend bool operator==(const mailbox_visit&, const mailbox_visit&) = default;
};

class mailbox {
 public:
  struct entry {
    store::message_uid uid = 0;
    std::uint32_t copy = 1;
    bool is_deleted = false;
    bool was_read = false;
    bool is_gone = false;  // the message was removed; the place is kept until the next clearing

    [[nodiscard]] bool is_visible() const { return !is_deleted && !is_gone; }
  };
  using visits = std::vector<mailbox_visit>;

  // The message's entry, or a further copy if it has one; `altered` is what a reader gets instead
  // of the message.
  void add(store::message_uid uid, std::uint32_t count = 1, const model::mail_ref& altered = {});
  // How many entries of a message there were; the highest copy.
  [[nodiscard]] std::uint32_t last_copy(store::message_uid uid) const;
  // Those of one message that are not gone, in their order.
  [[nodiscard]] std::vector<entry> entries_of(store::message_uid uid) const;
  // Null: the reader gets the message as it is.
  [[nodiscard]] model::mail_ref altered(store::message_uid uid) const;
  // True if the newest entry is of that message.
  [[nodiscard]] bool ends_with(store::message_uid uid) const {
    return !entries_.empty() && entries_.back().uid == uid && !entries_.back().is_gone;
  }
  // Lets go of all entries of a message.
  void forget(store::message_uid uid);
  // Does nothing if there is no such entry.
  void note(store::message_uid uid, std::uint32_t copy, const mailbox_visit& visit);

  // Gone ones included, which readers must leave out.
  [[nodiscard]] const std::vector<entry>& entries() const { return entries_; }
  // Entries that a reader sees.
  [[nodiscard]] std::size_t visible() const { return entries_.size() - gone_ - deleted_; }
  [[nodiscard]] std::size_t deleted() const { return deleted_; }
  [[nodiscard]] bool is_empty() const { return entries_.size() == gone_; }
  // Oldest first, the newest 20; none if nobody touched the entry.
  [[nodiscard]] const visits& visits_of(const entry& which) const;

  void open(const model::id& session) { open_by_.push_back(session); }
  void close(const model::id& session);
  [[nodiscard]] const std::vector<model::id>& open_by() const { return open_by_; }

  [[nodiscard]] std::size_t footprint() const;

 private:
  [[nodiscard]] std::vector<entry>::iterator find(store::message_uid uid, std::uint32_t copy);
  // Where entries of that message may begin: of a sorted mailbox exactly there.
  [[nodiscard]] std::vector<entry>::const_iterator first_of(store::message_uid uid) const;
  void forget(entry& gone);
  void clear_gone();

  std::vector<entry> entries_;
  std::size_t gone_ = 0;
  std::size_t deleted_ = 0;  // and not gone
  bool is_sorted_ = true;    // by uid: no entry came later than newer messages
  std::size_t visit_count_ = 0;
  std::unordered_map<std::uint64_t, visits> visits_;  // by uid and copy
  std::unordered_map<store::message_uid, model::mail_ref> altered_;
  std::size_t altered_octets_ = 0;
  std::vector<model::id> open_by_;
};

}  // namespace mailrig::delivery
