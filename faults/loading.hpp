// What the parts of the loader share: the rule in hand and what stands around it in the document.
//
// Internal to load_*.cpp. Everything here lives for one call of load_rule_set().
#pragma once

#include "faults/json_reader.hpp"
#include "faults/rule_set.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

struct rule_context {
  findings& out;
  const place& rule_place;
  rule& target;  // where, limits and slots so far
  bool at_any_stage = false;
  const json* lists = nullptr;  // null: the document has none
  const std::vector<machine>& machines;
};

// Reports a fact that one of the rule's stages cannot know.
void check_known(rule_context& context, const place& where, const fact_name& what);
void check_known(rule_context& context, const place& where, key_part part);
// "rcpt and data": the stages of a set that the protocol has.
[[nodiscard]] std::string stage_list(stage_set stages, protocol talk);

// One part, an array of parts, or "pair" for mail_from and rcpt.
[[nodiscard]] key_parts read_key(rule_context& context, const json& value, const place& where);
// "+08:00", "-05:30" or "UTC".
[[nodiscard]] model::duration read_offset(const json& value, const place& where, findings& out);
[[nodiscard]] std::vector<std::string_view> key_part_choices();

// Loads one leaf that is more than a look at a fact.
struct leaf_loader {
  std::string_view name;
  leaf (*load)(rule_context&, const json&, const place&);
  bool is_drawn;  // it counts or draws, so it stands under `all` only
};
// Null if no leaf has that name.
[[nodiscard]] const leaf_loader* find_leaf_loader(std::string_view name);

void load_condition(rule_context& context, const json& value, const place& where);
[[nodiscard]] leaf load_count(rule_context& context, const json& value, const place& where);
// `{op: value, …}` for a fact of that kind.
[[nodiscard]] predicate load_predicate(findings& out, const json& value, const place& where,
                                       operation op, fact_kind kind, std::string_view fact);
[[nodiscard]] list_test load_list_test(rule_context& context, const fact_name& what,
                                       const json& value, const place& where);
void check_lists(const json& value, const place& where, findings& out);

void load_actions(rule_context& context, const json& value, const place& where);
// Reports actions that contradict each other.
void check_contradictions(rule_context& context, const place& where);

[[nodiscard]] std::vector<machine> load_machines(const json* states, const json* start,
                                                 const place& document, findings& out);
// After the rules: the rules whose hits move a machine must be there.
void check_machines(const rule_set& rules, const place& document, findings& out);

}  // namespace mailrig::faults
