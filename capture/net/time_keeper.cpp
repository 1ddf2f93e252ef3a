#include "capture/net/time_keeper.hpp"

#include <algorithm>
#include <chrono>

namespace mailrig::net {
namespace {

// Clocks are read in whole milliseconds: so nothing is done before its time.
constexpr model::duration fraction{1};

}  // namespace

time_keeper::time_keeper(event_loop& loop, rig::rig_table& rigs) : loop_(loop), rigs_(rigs) {
  rigs_.on_due_changed([this] { keep_time(); });
  keep_time();
}

// A look too early does nothing but look again.
void time_keeper::keep_time() {
  const auto due = rigs_.next_timer();
  if (!due || (next_look_ && *next_look_ <= *due)) return;
  next_look_ = due;
  const auto rest = std::max(*due - rigs_.clock().now(), model::duration{0}) + fraction;
  loop_.after(rest, [this, looked_for = *due] {
    if (next_look_ != looked_for) return;
    next_look_.reset();
    rigs_.run_timers();
    keep_time();
  });
}

}  // namespace mailrig::net
