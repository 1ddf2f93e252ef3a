// What the engine remembers of one loaded rule: hits, the memories of its leaves, its counters.
//
// Owned by the engine; it outlives a replacement of the rules if the rule's id and content stay the
// same.
#pragma once

#include "faults/counters.hpp"
#include "faults/keyed_memory.hpp"
#include "faults/rule_set.hpp"

#include <cstdint>
#include <vector>

namespace mailrig::faults {

// What a leaf remembers of one key.
struct memory_cell {
  std::uint64_t count = 0;  // of events that reached the leaf
  model::instant first{};   // of a greylist: when the key began
  bool has_passed = false;  // of a greylist: it came back in time
};

struct rule_state {
  std::uint64_t token = 0;  // of this loading
  model::instant loaded_at{};
  std::uint64_t hits = 0;
  model::instant last_hit{};
  std::vector<keyed_memory<memory_cell>> memories;  // by the leaves' slots
  std::vector<counter_ref> counters;                // by the leaves' slots
  keyed_memory<std::uint64_t> hits_of;              // of max_hits_per
  keyed_memory<std::uint64_t> draws_of;             // of actions that chance has a part in
};

struct loaded_rule {
  rule what;
  rule_state state;

  [[nodiscard]] bool has_expired(model::instant now) const {
    return what.limit.ttl && now - state.loaded_at >= *what.limit.ttl;
  }
  [[nodiscard]] bool is_exhausted() const {
    return what.limit.max_hits && state.hits >= *what.limit.max_hits;
  }
};

}  // namespace mailrig::faults
