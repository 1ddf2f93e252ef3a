// The seam between a protocol session and the fault rules: at each point of a session it asks once
// and obeys the verdict.
//
// Pure decisions: no sockets, no timers. The engine of rules (engine.hpp) implements this;
// `no_faults` is the provider on a good day.
#pragma once

#include "faults/event.hpp"
#include "faults/fact.hpp"
#include "faults/hit_log.hpp"
#include "faults/verdict.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mailrig::faults {

// False in a build that only serves to measure what asking costs: the compiler leaves out whatever
// a session does for the rules (`./dev bench faults`).
#ifdef MAILRIG_WITHOUT_FAULTS
inline constexpr bool are_rules_asked = false;
#else
inline constexpr bool are_rules_asked = true;
#endif

class judge {
 public:
  virtual ~judge() = default;

  // Null: go on as usual. The verdict lives until the next call; a session that waits keeps a copy.
  [[nodiscard]] virtual const verdict* decide(const event& event) = 0;
  // Tells what became of a firing (verdict.hpp): how much of it was carried out, and how it ended.
  virtual void executed(const firing& /*which*/, const faults::executed& /*how*/) {}
  // Tells what happened, for those who count; `facts` are those of the moment.
  virtual void observe(happening /*what*/, const event& /*facts*/) {}
  // The next count of octets after `from` at which a body stage is asked.
  [[nodiscard]] virtual std::optional<std::uint64_t> next_mark(protocol /*talk*/,
                                                               model::stage /*body*/,
                                                               std::uint64_t /*from*/) const {
    return std::nullopt;
  }
  // The next time after `idle` at which an idle session is asked.
  [[nodiscard]] virtual std::optional<model::duration> next_idle_mark(
      protocol /*talk*/, model::duration /*idle*/) const {
    return std::nullopt;
  }
  // The parsed facts that must stand in the event at this point.
  [[nodiscard]] virtual parsed_fact_set wanted_at(protocol /*talk*/, model::stage /*point*/) const {
    return {};
  }

  // Whether decide() could say anything there: a session may skip it, and the facts, where not.
  [[nodiscard]] bool is_asked_at(protocol talk, model::stage point) const {
    return are_rules_asked && asked_[static_cast<std::size_t>(talk)].contains(point);
  }
  // Whether anybody counts that; otherwise observe() need not be called.
  [[nodiscard]] bool counts(happening what) const {
    return are_rules_asked && (counted_ >> static_cast<unsigned>(what) & 1U) != 0;
  }
  [[nodiscard]] stage_set stages_asked(protocol talk) const {
    return are_rules_asked ? asked_[static_cast<std::size_t>(talk)] : stage_set();
  }
  // A bit for each happening that is counted.
  [[nodiscard]] std::uint32_t happenings_counted() const { return counted_; }

 protected:
  judge() { asked_.fill(stage_set::all()); }
  void ask_at(protocol talk, stage_set stages) { asked_[static_cast<std::size_t>(talk)] = stages; }
  void count_only(std::uint32_t happenings) { counted_ = happenings; }

 private:
  std::array<stage_set, protocol_count> asked_;
  std::uint32_t counted_ = ~std::uint32_t{0};
};

class no_faults final : public judge {
 public:
  no_faults() {
    for (std::size_t i = 0; i < protocol_count; ++i) ask_at(static_cast<protocol>(i), {});
    count_only(0);
  }
  [[nodiscard]] const verdict* decide(const event&) override { return nullptr; }
};

}  // namespace mailrig::faults
