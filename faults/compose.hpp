// From the actions of a rule that fires to the steps of a verdict: templates rendered, times drawn.
#pragma once

#include "faults/reply_template.hpp"
#include "faults/verdict.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

struct composing {
  template_values values;
  std::string_view rule;  // its id
  std::string_view key;   // whose draws these are
  std::uint64_t n = 0;    // the how-manieth hit of that key
};

// Whether chance has a part in one of the actions.
[[nodiscard]] bool has_drawn_action(const std::vector<action>& actions);

// Appends what a session carries out; set_state and ban are the engine's own. A second reply or
// close, of a later rule, is left out: the first one stands.
void append_steps(verdict& result, const std::vector<action>& actions, const composing& with);

// "reply 421 4.4.5 HL:ICC …": for the hit log.
[[nodiscard]] std::string text_of(const step& value);
[[nodiscard]] std::string text_of(const action& value);

}  // namespace mailrig::faults
