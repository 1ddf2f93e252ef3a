// Dialogues of the rules that nobody wrote by hand: every stage of a session with every action that
// the loader takes there, from two tables (generated_rows.hpp).
//
// A table's row is a fact about one stage or about one action; what must come of the two together
// is put together from both, so that nothing is said twice.
#pragma once

#include "tests/dialogues/script.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace mailrig::dialogue {

// One way of coming to one stage.
struct stage_group {
  std::size_t row = 0;
  std::string name;  // "smtp_rcpt"
  bool brings_tls = false;
};

[[nodiscard]] std::vector<stage_group> stage_groups();
// Its stage with every action.
[[nodiscard]] std::vector<script> scripts_of(const stage_group& group);

// "smtp rcpt close": a protocol, a stage, and the name of an action.
[[nodiscard]] std::set<std::string> generated_pairs();

}  // namespace mailrig::dialogue
