#include "capture/rig/rig_clock.hpp"

namespace mailrig::rig {

void rig_clock::thaw() {
  if (!frozen_at_) return;
  offset_ = *frozen_at_ - real_.now();
  frozen_at_.reset();
}

void rig_clock::step_to(model::instant when) {
  if (when <= now()) return;
  if (frozen_at_)
    frozen_at_ = when;
  else
    offset_ = when - real_.now();
}

void rig_clock::reset() {
  offset_ = model::duration{0};
  frozen_at_.reset();
}

}  // namespace mailrig::rig
