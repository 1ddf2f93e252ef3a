// Fault rules as JSON, and what is wrong with them as problems (RFC 9457).
#pragma once

#include "capture/rig/rig.hpp"
#include "faults/rule_book.hpp"
#include "faults/scenario.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/json_writer.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

// A 400 that names everything that is wrong, each with its JSON pointer and what would be right.
[[nodiscard]] answer bad_rules(const std::vector<faults::load_error>& wrong,
                               std::string_view still = "The rules in force stay as they were.");

// The rule with its status; `rules` is the rig's.
void write_rule(json_writer& json, const faults::rule_report& report,
                const faults::rule_book& rules);
// {seed, document, scenarios[], rules[], …}: everything that is in force.
[[nodiscard]] answer rules_answer(const rig::rig& which, const rig::listeners& ports);
// One rule, and the listeners that it acts on.
[[nodiscard]] answer rule_answer(const faults::rule_report& report, const rig::rig& which,
                                 const rig::listeners& ports);
// The key `listeners`: those of the rig that such rules at `listen` act on.
void write_touched_listeners(json_writer& json, const rig::rig& which, const rig::listeners& ports,
                             std::span<const faults::rule_report> rules);
void write_hit(json_writer& json, const faults::hit& what);
// Active rules that have a scenario or the rig's own set behind them, with their hits.
void write_active_rules(json_writer& json, const rig::rig& which);
void write_scenario(json_writer& json, const faults::scenario& what, const rig::rig& where);

// Whether rules may act on a listener through which clients of other rigs come, too.
enum class shared_ports : std::uint8_t { refused, allowed };

// From here on the rig's book refuses what this rig cannot have: rules of stages that come before
// the fact that routes a session to it (it has no port of that protocol), and rules at `listen` for
// ports that it shares, unless the request says `shared`.
void prepare_rules(const request& asked, context& with, shared_ports ports = shared_ports::refused);
[[nodiscard]] faults::rule_book::check check_for(const rig::rig_config& config,
                                                 const std::vector<std::string>& protocols,
                                                 shared_ports ports = shared_ports::allowed);

}  // namespace mailrig::inspector
