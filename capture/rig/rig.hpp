// One rig: an isolated sandbox for one test with its own messages, attempts, sessions and fault
// rules.
//
// Lives on the I/O thread. Sessions reach it through their recorder, the judge and deliver(); the
// inspector reads it. A rig never knows a socket.
#pragma once

#include "capture/delivery/mailboxes.hpp"
#include "capture/delivery/post_office.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/rig/observer.hpp"
#include "capture/rig/session_record.hpp"
#include "capture/store/store.hpp"
#include "faults/judge.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailrig::rig {

class rig {
 public:
  using session_ref = std::shared_ptr<const session_record>;
  // Nothing: there was no room.
  using delivered = std::function<void(std::optional<store::put_result>)>;

  rig(std::string name, std::unique_ptr<store::store> messages,
      std::unique_ptr<faults::judge> judge);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] faults::judge& judge() { return *judge_; }
  [[nodiscard]] const store::store& messages() const { return *messages_; }
  [[nodiscard]] store::store& messages() { return *messages_; }

  [[nodiscard]] delivery::mailboxes& mailboxes() { return mailboxes_; }
  // Messages, and what the mailboxes hold of them.
  [[nodiscard]] store::usage in_use() const {
    const store::usage stored = messages_->in_use();
    return {stored.messages, stored.octets + mailboxes_.octets_in_use()};
  }

  // Hands an accepted mail to the post office; `done` is called once, at once or later.
  void deliver(model::mail_ref mail, delivered done);
  // Tells observers of a stored message; the driver calls it after the first write of its reply.
  void announce(const model::id& message);

  // False if there is no such message.
  bool remove(const model::id& message);
  // How many were removed.
  std::size_t remove_all();
  // False if there was none. Observers are told.
  bool evict_oldest();

  void attempt_ended(const model::mail_ref& attempt);
  void session_began(session_ref session);
  void session_ended(const session_record& session);
  // Refused and aborted attempts, oldest first; the last 10,000 within 16 MiB.
  [[nodiscard]] const std::deque<model::mail_ref>& attempts() const { return attempts_; }
  // Open and ended sessions, oldest first; the last 10,000.
  [[nodiscard]] const std::deque<session_ref>& sessions() const { return sessions_; }
  [[nodiscard]] std::uint64_t evicted_count() const { return evicted_count_; }

  void add_observer(observer& who) { observers_.push_back(&who); }
  void remove_observer(observer& who) { std::erase(observers_, &who); }

 private:
  std::string name_;
  std::unique_ptr<store::store> messages_;
  std::unique_ptr<faults::judge> judge_;
  delivery::post_office post_office_;
  delivery::mailboxes mailboxes_;
  std::deque<model::mail_ref> attempts_;
  std::size_t attempt_octets_ = 0;
  std::deque<session_ref> sessions_;
  std::uint64_t evicted_count_ = 0;
  std::vector<observer*> observers_;
};

}  // namespace mailrig::rig
