// What a post office needs of the rig in which it stands. Implemented by the rig; the post office
// knows no more of it.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/fate.hpp"
#include "capture/model/id.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/memory_budget.hpp"
#include "faults/event.hpp"
#include "faults/fact.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace mailrig::delivery {

class surroundings {
 public:
  virtual ~surroundings() = default;

  // What rules and everything that is done later live by.
  [[nodiscard]] virtual model::instant rig_time() const = 0;
  [[nodiscard]] virtual model::instant real_time() const = 0;
  // When a mail was taken in, by the rig's clock.
  [[nodiscard]] virtual model::instant taken_at(const model::mail_record& mail) const = 0;
  [[nodiscard]] virtual model::id draw_id() = 0;
  [[nodiscard]] virtual model::memory_budget& budget() = 0;
  // Whether rules are to be asked about this mail, where there are any.
  [[nodiscard]] virtual bool is_judged(const model::mail_record& mail) const = 0;
  // What is still known of the session that sent it; the views live for the call that asks rules.
  virtual void describe(const model::id& session, faults::session_facts& into) const = 0;
  // Reads of a mail what rules want to know. `done` is called once, at once or later, as long as
  // the post office is there.
  using examined = std::function<void(std::shared_ptr<const faults::parsed_facts>)>;
  virtual void examine(const model::mail_ref& mail, faults::parsed_fact_set wanted,
                       examined done) = 0;
  // False: a mail of this size has no room.
  [[nodiscard]] virtual bool make_room(std::size_t octets) = 0;

  // A generated message is stored: observers and waiters are told.
  virtual void announce(const model::id& message) = 0;
  // A recipient has a fate from now on.
  virtual void fate_given(model::fate what) = 0;
  // What became of a stored message has changed.
  virtual void fate_changed(const model::id& message) = 0;
  // Something falls due earlier than before.
  virtual void due_changed() = 0;
};

}  // namespace mailrig::delivery
