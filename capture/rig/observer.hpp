// Who wants to hear of what happens in the rigs: the event stream, the log, waiters. Called on the
// I/O thread, after the change is complete; must not block and must not change a rig while it is
// called.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/rig/session_record.hpp"
#include "capture/store/store.hpp"
#include "faults/engine.hpp"

#include <string_view>
#include <vector>

namespace mailrig::rig {

class rig;

enum class removal { deleted, evicted };
// `emptied` by a reset or by being made anew; `deleted` comes last, and the rig goes afterwards.
// `rules`: other rules are in force, or none.
enum class rig_change { made, emptied, deleted, rules };

class observer {
 public:
  virtual ~observer() = default;
  // A message is stored and the first write of its reply was tried.
  virtual void message_announced(const rig&, store::message_uid, const model::mail_ref&) {}
  // What became of it for a recipient has changed: it was delivered late, or lost.
  virtual void fate_changed(const rig&, store::message_uid, const model::mail_ref&) {}
  virtual void messages_removed(const rig&, const std::vector<model::id>&, removal) {}
  virtual void all_messages_removed(const rig&, std::size_t) {}
  virtual void attempt_ended(const rig&, const model::mail_ref&) {}
  virtual void session_ended(const rig&, const session_record&) {}
  virtual void rig_changed(const rig&, rig_change) {}
  // A rule decides at this moment; what it does is not done yet.
  virtual void rule_acted(const rig&, const faults::hit&) {}
  // A counter or memory of the rules was full, and its least recently used keys were forgotten.
  virtual void rule_memory_full(const rig&, const faults::memory_report&) {}
};

}  // namespace mailrig::rig
