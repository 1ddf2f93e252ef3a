// What falls due by the clock of a rig: delays and stalls of its sessions, and whoever keeps a
// queue of its own (the post office).
//
// Owned by the rig, on the I/O thread. It arms no timer: whoever owns the process's one is told
// when something falls due earlier than before. What is run may arm and cancel again.
#pragma once

#include "capture/model/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace mailrig::rig {

// A queue of due things of somebody's own.
class due_source {
 public:
  virtual ~due_source() = default;
  // On the rig's clock; nothing: nothing will ever fall due.
  [[nodiscard]] virtual std::optional<model::instant> next_due() const = 0;
  // Does what falls due up to that moment, in order of time.
  virtual void run_due(model::instant now) = 0;
};

class timers final : public due_source {
 public:
  using id = std::uint64_t;

  // Does `work` once, when the rig's clock reaches that moment.
  id arm(model::instant when, std::function<void()> work);
  // Does nothing if it was done already.
  void cancel(id which);
  [[nodiscard]] std::size_t count() const { return by_id_.size(); }

  // Sources outlive this.
  void add_source(due_source& other) { others_.push_back(&other); }
  // A source has something that falls due earlier than before.
  void due_changed() {
    if (tell_) tell_();
  }
  void on_due_changed(std::function<void()> tell) { tell_ = std::move(tell); }

  // Over all sources.
  [[nodiscard]] std::optional<model::instant> next_due() const override;
  void run_due(model::instant now) override;

 private:
  struct entry {
    id number;
    std::function<void()> work;
  };
  using queue = std::multimap<model::instant, entry>;

  [[nodiscard]] std::optional<model::instant> own_due() const;
  void run_own(model::instant now);

  queue queue_;
  std::unordered_map<id, queue::iterator> by_id_;
  id last_ = 0;
  std::vector<due_source*> others_;
  std::function<void()> tell_;
};

}  // namespace mailrig::rig
