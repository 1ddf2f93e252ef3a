// A set of rules as values: what one JSON document says. Immutable once it is loaded.
//
// load_rule_set() names everything that is wrong with a document, all of it in one go, and gives no
// set at all unless everything is right.
#pragma once

#include "faults/actions.hpp"
#include "faults/condition.hpp"
#include "faults/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

struct limits {
  struct hits_per_key {
    key_parts key;
    std::uint64_t n = 0;
  };
  std::optional<std::uint64_t> max_hits;
  std::optional<hits_per_key> max_hits_per;
  std::optional<model::duration> ttl;  // from the load of the rule
  model::duration cooldown{0};         // after a hit
};

struct rule {
  std::string id;
  std::string name;
  std::string note;
  bool is_enabled = true;
  std::int64_t priority = 100;  // the smaller goes first
  bool goes_on = false;         // `continue`: acts, and later rules are asked all the same
  protocol talk = protocol::smtp;
  stage_set stages;
  std::optional<std::uint64_t> after_bytes;  // of body stages and of bodies of BDAT
  condition when;
  limits limit;
  std::vector<action> actions;
  std::uint32_t memory_count = 0;  // slots that its leaves use
  std::uint32_t counter_count = 0;
  std::string content;  // the rule as JSON, keys in order: what makes two rules the same
};

// What makes a state machine go to another state.
struct transition {
  enum class cause : std::uint8_t { after, hits, api };
  cause why = cause::api;
  model::duration after{0};
  std::uint64_t hits = 0;
  std::string of;      // the rule whose hits count; empty: those of any rule
  std::size_t to = 0;  // position among the machine's states
};
struct machine_state {
  std::string name;
  std::vector<transition> leave;  // counted from when the state was entered
  std::vector<transition> enter;  // counted from the load, from whatever state, once
};
struct machine {
  std::string name;
  std::vector<machine_state> states;
  std::size_t start = 0;
  std::string content;
};

struct rule_set {
  std::optional<std::uint64_t> seed;
  std::vector<machine> machines;
  std::vector<rule> rules;  // as written; rules without an id are called r1, r2 … by position
  std::string content;      // the whole document as JSON
};

// One thing that is wrong with a document.
struct load_error {
  std::string pointer;  // RFC 6901: "/rules/0/when/rcpt.domain"
  std::string wrong;
  std::string right;  // what would be right, or ""
  friend bool operator==(const load_error&, const load_error&) = default;
};

struct load_result {
  std::optional<rule_set> rules;   // nothing if there are errors
  std::vector<load_error> errors;  // at most most_load_errors, the last of which says how many more
};

inline constexpr std::size_t largest_rule_text = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t most_rules = 10'000;
inline constexpr std::size_t most_load_errors = 200;

// Which keys may stand beside those of a rule set.
enum class document : std::uint8_t { rule_set, scenario };
[[nodiscard]] load_result load_rule_set(std::string_view json, document kind = document::rule_set);

}  // namespace mailrig::faults
