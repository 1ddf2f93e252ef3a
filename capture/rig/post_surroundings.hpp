// The rig as its post office sees it, and the post office as the rig's clock sees it.
//
// Owned by the rig; the table outlives it.
#pragma once

#include "capture/delivery/surroundings.hpp"
#include "capture/rig/timers.hpp"

namespace mailrig::rig {

class rig;
class rig_table;

class post_surroundings final : public delivery::surroundings, public due_source {
 public:
  explicit post_surroundings(rig& home) : home_(home) {}
  // Before the first mail comes.
  void settle(rig_table& table) { table_ = &table; }

  [[nodiscard]] model::instant rig_time() const override;
  [[nodiscard]] model::instant real_time() const override;
  [[nodiscard]] model::instant taken_at(const model::mail_record& mail) const override;
  [[nodiscard]] model::id draw_id() override;
  [[nodiscard]] model::memory_budget& budget() override;
  [[nodiscard]] bool is_judged(const model::mail_record& mail) const override;
  void describe(const model::id& session, faults::session_facts& into) const override;
  void examine(const model::mail_ref& mail, faults::parsed_fact_set wanted, examined done) override;
  [[nodiscard]] bool make_room(std::size_t octets) override;
  void announce(const model::id& message) override;
  void fate_given(model::fate what) override;
  void fate_changed(const model::id& message) override;
  void due_changed() override;

  [[nodiscard]] std::optional<model::instant> next_due() const override;
  void run_due(model::instant now) override;

 private:
  rig& home_;
  rig_table* table_ = nullptr;
};

}  // namespace mailrig::rig
