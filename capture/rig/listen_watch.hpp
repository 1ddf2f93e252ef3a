// How the listeners of one rig treat clients that come, as its rules at `listen` say.
//
// Owned by the rig. There is no event there: the rules are looked at when they change, when a state
// or the number of open connections does, and when they may change by time, on the rig's clock.
#pragma once

#include "capture/rig/listeners.hpp"
#include "capture/rig/timers.hpp"
#include "faults/engine.hpp"

#include <array>
#include <functional>
#include <optional>

namespace mailrig::rig {

class rig_clock;

class listen_watch {
 public:
  // All outlive it.
  listen_watch(faults::engine& rules, timers& due, const rig_clock& clock)
      : rules_(rules), due_(due), clock_(clock) {}

  // Told what sessions of that protocol meet from now on.
  void on_change(std::function<void(faults::protocol, listening)> tell) { tell_ = std::move(tell); }
  [[nodiscard]] listening how(faults::protocol talk) const;

  // Asks the rules, at once.
  void look();
  // The same, once what happens now is over; for changes that come from within it.
  void look_soon() {
    if (is_watching_ && !soon_) arm_soon();
  }

 private:
  static constexpr std::array talks{faults::protocol::smtp, faults::protocol::lmtp,
                                    faults::protocol::pop3};

  void arm_soon();
  void look_at(faults::protocol talk);

  faults::engine& rules_;
  timers& due_;
  const rig_clock& clock_;
  std::function<void(faults::protocol, listening)> tell_;
  std::array<std::optional<faults::engine::listen_decision>, faults::protocol_count> present_;
  bool is_watching_ = false;  // there are rules at `listen`
  std::optional<timers::id> soon_;
  std::optional<timers::id> later_;
};

}  // namespace mailrig::rig
