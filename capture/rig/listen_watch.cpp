#include "capture/rig/listen_watch.hpp"

#include "capture/rig/rig_clock.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::rig {

listening listen_watch::how(faults::protocol talk) const {
  const auto& present = present_[static_cast<std::size_t>(talk)];
  if (!present) return listening::takes_clients;
  return present->mode == faults::listener::kind::refuse ? listening::refuses
                                                         : listening::queue_is_full;
}

void listen_watch::look() {
  if (later_) due_.cancel(*std::exchange(later_, std::nullopt));
  is_watching_ = std::any_of(talks.begin(), talks.end(), [this](faults::protocol each) {
    return rules_.is_asked_at(each, model::stage::listen);
  });
  for (const faults::protocol each : talks) look_at(each);
  if (const auto change = rules_.next_listen_change())
    later_ = due_.arm(*change, [this] {
      later_.reset();
      look();
    });
}

void listen_watch::look_at(faults::protocol talk) {
  auto& present = present_[static_cast<std::size_t>(talk)];
  const listening before = how(talk);
  const auto was = present;
  present = rules_.decide_listen({.point = model::stage::listen, .talk = talk}, was);
  const bool has_ended = was && (!present || present->acts.token != was->acts.token);
  if (has_ended) rules_.executed(was->acts, {.ended_by = "done"});
  if (const listening now = how(talk); now != before && tell_) tell_(talk, now);
}

void listen_watch::arm_soon() {
  soon_ = due_.arm(clock_.now(), [this] {
    soon_.reset();
    look();
  });
}

}  // namespace mailrig::rig
