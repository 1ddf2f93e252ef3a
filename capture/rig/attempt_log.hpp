// Attempts that are no messages, oldest first: the last 10,000 within 16 MiB. Each gets a number, 1
// and up, that stays with it.
//
// One log of a rig keeps what was refused or broken off, another what is left of messages that were
// deleted or evicted: their envelopes without the octets.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace mailrig::rig {

class attempt_log {
 public:
  static constexpr std::size_t most = 10'000;
  static constexpr std::size_t most_octets = std::size_t{16} << 20;

  void push(model::mail_ref attempt);
  // Numbers go on.
  void clear();

  [[nodiscard]] const std::deque<model::mail_ref>& mails() const { return mails_; }
  // How many there were, those that were let go included: the number of the newest.
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Null if there is none of that id. The newest are found first.
  [[nodiscard]] model::mail_ref find(const model::id& attempt) const;
  // In a form that can be searched like messages; an attempt's number is its uid. Of messages that
  // are gone only those with a greater uid than `behind`.
  [[nodiscard]] store::snapshot take_snapshot(store::message_uid behind = 0) const;

 private:
  std::deque<model::mail_ref> mails_;
  std::size_t octets_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace mailrig::rig
