// What the post office has to do later, in order of time.
//
// Owned by the post office; times are those of the rig's clock. Bounded: when it is full it takes
// no more. Knows no timer: somebody asks what is due.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/store/store.hpp"
#include "faults/actions.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mailrig::delivery {

// A recipient gets so many entries, one every `gap`; all at once without one.
struct due_entries {
  std::uint32_t count = 1;
  model::duration gap{0};
  model::mail_ref altered;
};
struct due_loss {};
using due_mail = std::variant<faults::bounce, faults::complaint, faults::auto_reply>;

struct due_work {
  store::message_uid message = 0;
  std::string recipient;
  std::variant<due_entries, due_loss, due_mail> what;
};

class due_queue {
 public:
  static constexpr std::size_t most = 100'000;

  // Of works due at one time: first come first done, or the other way round.
  enum class order : std::uint8_t { in_turn, newest_first };
  // False if there is no room.
  [[nodiscard]] bool add(model::instant at, due_work what, order among = order::in_turn);
  [[nodiscard]] std::optional<model::instant> next() const;
  // The first one; there must be one.
  [[nodiscard]] std::pair<model::instant, due_work> take();
  void clear();
  [[nodiscard]] std::size_t size() const { return works_.size(); }
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  using key = std::pair<model::instant, std::int64_t>;

  std::map<key, due_work> works_;
  std::int64_t turn_ = 0;
  std::size_t octets_ = 0;
};

}  // namespace mailrig::delivery
