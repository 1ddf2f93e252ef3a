// Dialogues of the rules that nobody wrote by hand: every stage of a session with every action that
// makes sense there, from two tables.
//
// A table's row is a fact about one stage or about one action; what must come of the two together
// is put together from both, so that nothing is said twice.
#pragma once

#include "tests/dialogues/script.hpp"

#include <vector>

namespace mailrig::dialogue {

[[nodiscard]] std::vector<script> generated_scripts();

}  // namespace mailrig::dialogue
