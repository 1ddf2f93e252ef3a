// What the command line says of faults: --faults, --magic-domain, and files of rules and scenarios.
#pragma once

#include "capture/rig/rig_table.hpp"
#include "faults/rule_set.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace mailrig::app {

// Says what is wrong with a value, and what would be right.
struct fault_option_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Each is a file (a rule set or a scenario), a folder of such, or a scenario's name. At most one
// rule set; scenarios are applied with the defaults of their parameters.
void load_faults(rig::rig& where, const std::vector<std::string>& sources);
// "off" leaves them out.
void set_magic_domain(rig::rig_table& rigs, const std::string& domain);

// A file's text; throws fault_option_error.
[[nodiscard]] std::string read_fault_file(const std::string& path);
// A scenario has a name, a rule set has not.
[[nodiscard]] bool is_scenario(const std::string& text);
// Everything that is wrong with a document of either kind; empty if nothing is.
[[nodiscard]] std::vector<faults::load_error> check_faults(const std::string& text);
// "file.json: /rules/0/where/stage: … (right would be …)", a line each.
[[nodiscard]] std::string list_errors(const std::string& name,
                                      const std::vector<faults::load_error>& wrong);

}  // namespace mailrig::app
