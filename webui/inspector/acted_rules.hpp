// The rules that acted in a transaction or on its mail: `faults` of attempts and messages.
#pragma once

#include "capture/model/id.hpp"
#include "capture/model/stage.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/json_writer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mailrig::inspector {

struct acted_rule {
  std::uint64_t hit = 0;  // its number in the log of hits
  std::string rule;
  model::stage point = model::stage::connect;
  std::string ended_by;  // how it ended; empty: it is under way
};

// As far as the rig's log of hits reaches back; the first first.
[[nodiscard]] std::vector<acted_rule> acted_rules(const rig::rig& where, const model::id& attempt);
// "faults": [{"rule", "stage", "hit", "ended_by"}]
void write_faults(json_writer& json, const std::vector<acted_rule>& rules);

}  // namespace mailrig::inspector
