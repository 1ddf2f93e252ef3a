// The clock of one rig: the real one plus what a test has advanced it by, or standing still.
//
// Owned by its rig, on the I/O thread. It only tells the time; what falls due by it is run by the
// rig (rig::advance). Times that a client sees, ids and received_at stay real.
#pragma once

#include "capture/model/clock.hpp"

#include <cstddef>
#include <deque>
#include <optional>

namespace mailrig::rig {

class rig_clock final : public model::clock {
 public:
  explicit rig_clock(const model::clock& real) : real_(real) {}

  [[nodiscard]] model::instant now() const override {
    return frozen_at_ ? *frozen_at_ : real_.now() + offset_;
  }
  [[nodiscard]] const model::clock& real() const { return real_; }
  [[nodiscard]] bool is_frozen() const { return frozen_at_.has_value(); }
  // How far it is ahead of the real time now.
  [[nodiscard]] model::duration offset() const { return now() - real_.now(); }

  // What it showed at that real time; exact for as far back as the last 10,000 changes reach.
  [[nodiscard]] model::instant shown_at(model::instant real) const;

  // Stands still from now on.
  void freeze();
  // Goes on from where it stands.
  void thaw();
  // Never back.
  void step_to(model::instant when);
  // The real time again.
  void reset();

 private:
  // From `since` on, in real time, it stood still at `frozen_at` or was ahead by `offset`.
  struct setting {
    model::instant since;
    model::duration offset{0};
    std::optional<model::instant> frozen_at;
  };
  static constexpr std::size_t most_kept = 10'000;

  void remember();

  const model::clock& real_;
  model::duration offset_{0};
  std::optional<model::instant> frozen_at_;
  std::deque<setting> history_;  // oldest first
};

}  // namespace mailrig::rig
