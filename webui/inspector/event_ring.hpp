// The last 10,000 events of all rigs, numbered from 1, so that a reader that comes back can go on
// where it stopped.
//
// Names messages, never holds them: a removed message is not kept alive by its event.
#pragma once

#include "capture/model/id.hpp"
#include "capture/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

using event_number = std::uint64_t;

enum class event_kind : std::uint8_t { message, attempt, session, removed, removed_all, rig, fate };

struct event {
  event_kind kind = event_kind::message;
  std::uint64_t rig = 0;         // its number
  store::message_uid uid = 0;    // of `message`
  model::id id{};                // of `attempt` and `session`
  std::vector<model::id> ids{};  // of `removed`
  std::string text{};            // of `removed` why; of `rig` and `fate` the whole data

  friend bool operator==(const event&, const event&) = default;
};

class event_ring {
 public:
  static constexpr std::size_t default_capacity = 10'000;

  // `tag` tells this ring's numbers from those of an earlier process.
  explicit event_ring(std::string tag, std::size_t capacity = default_capacity)
      : tag_(std::move(tag)), capacity_(capacity) {}

  void push(event what);
  // The number of the oldest event that is still here, and of the one to come.
  [[nodiscard]] event_number begin() const { return first_; }
  [[nodiscard]] event_number end() const { return first_ + events_.size(); }
  // `number` lies within begin() and end().
  [[nodiscard]] const event& at(event_number number) const {
    return events_[static_cast<std::size_t>(number - first_)];
  }

  // "<tag>.<number>", as the id of a server-sent event.
  [[nodiscard]] std::string id_of(event_number number) const;
  // The number to go on with after `last_event_id`; nothing if it is not one of this ring's, or
  // the events behind it have been forgotten.
  [[nodiscard]] std::optional<event_number> after(std::string_view last_event_id) const;

 private:
  std::string tag_;
  std::size_t capacity_;
  event_number first_ = 1;
  std::deque<event> events_;
};

}  // namespace mailrig::inspector
