// Does what falls due by the clocks of the rigs, in real time: delays and stalls of their sessions,
// and what their post offices have still to do.
//
// Holds one timer of the loop at a time, for what falls due first. Waits that a test ends by
// moving a clock are none of its affair (rig::advance). I/O thread only; loop, table and clock
// outlive it, and it outlives what the loop still runs.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/net/event_loop.hpp"
#include "capture/rig/rig_table.hpp"

#include <optional>

namespace mailrig::net {

class time_keeper {
 public:
  time_keeper(event_loop& loop, rig::rig_table& rigs);
  ~time_keeper() { rigs_.on_due_changed({}); }
  time_keeper(const time_keeper&) = delete;
  time_keeper& operator=(const time_keeper&) = delete;

 private:
  void keep_time();

  event_loop& loop_;
  rig::rig_table& rigs_;
  std::optional<model::instant> next_look_;  // in real time
};

}  // namespace mailrig::net
