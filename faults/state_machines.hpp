// The state machines of a rule set, running on the rig's clock.
//
// Owned by the engine. Changes that only time brings are caught up with when somebody asks, in the
// order in which they fell due; a cycle of them costs no more than one round.
#pragma once

#include "faults/rule_set.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

class state_machines {
 public:
  // Machines whose description is the same keep their state.
  void replace(std::vector<machine> machines, model::instant now);
  // All back to where they start.
  void restart(model::instant now);

  void catch_up(model::instant now);
  void hit(std::string_view rule, model::instant now);
  // False if there is no such machine or state.
  bool set(std::string_view machine, std::string_view state, model::instant now);

  // "" if there is no such machine.
  [[nodiscard]] std::string_view state_of(std::string_view machine) const;
  // When time changes the next state.
  [[nodiscard]] std::optional<model::instant> next_change() const;

  struct current {
    std::string machine;
    std::string state;
    model::instant entered_at;
  };
  [[nodiscard]] std::vector<current> list() const;

 private:
  struct progress {
    std::uint64_t hits = 0;
    bool is_done = false;  // an `enter` happens once
  };
  struct running {
    machine what;
    model::instant loaded_at;
    model::instant entered_at;
    std::size_t state = 0;
    std::vector<std::vector<progress>> leaving;  // by state and transition
    std::vector<std::vector<progress>> entering;
  };
  struct due {
    model::instant at;
    std::size_t to = 0;
    progress* once = nullptr;
  };

  [[nodiscard]] static running begin(machine what, model::instant now);
  static void go(running& all, std::size_t to, model::instant at);
  [[nodiscard]] static std::optional<due> next_due(running& all);
  [[nodiscard]] static std::optional<model::instant> next_enter(const running& all);
  static void catch_up(running& all, model::instant now);
  static void count_hit(running& all, std::string_view rule, model::instant now);

  std::vector<running> machines_;
};

}  // namespace mailrig::faults
