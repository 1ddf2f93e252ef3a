// /v1/faults, its rules one by one, and what the rules remember.
#include "webui/inspector/fault_json.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_body.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace mailrig::inspector {
namespace {

using origin = faults::rule_book::origin;

answer unknown_rule(const request& asked, const std::string& id) {
  return problem(404, "unknown_rule", "There is no such rule",
                 "The rig \"" + asked.rig->name() + "\" has no rule \"" + id + "\". GET " +
                     asked.base + "/faults lists those that it has.");
}

// Rules of scenarios and those that mailrig makes come and go as a whole.
std::optional<answer> refuse_foreign_rule(const request& asked, const std::string& id) {
  switch (asked.rig->rules().origin_of(id)) {
    case origin::own: return std::nullopt;
    case origin::nowhere: return unknown_rule(asked, id);
    case origin::scenario: {
      const std::string name = id.substr(0, id.find('/'));
      return problem(409, "rule_of_scenario", "The rule belongs to a scenario",
                     "\"" + id + "\" came with the scenario " + name + ". POST /v1/scenarios/" +
                         name + "/apply sets its parameters anew, DELETE takes all of it off.");
    }
    case origin::generated: break;
  }
  return problem(409, "generated_rule", "mailrig makes that rule itself",
                 "\"" + id +
                     "\" is one of the magic recipients; they concern no other mail. "
                     "--magic-domain off leaves them out.");
}

answer answer_with_rule(const request& asked, context& with, const std::string& id) {
  for (const faults::rule_report& each : asked.rig->judge().rules())
    if (each.what->id == id) return rule_answer(each, *asked.rig, with.listeners());
  return unknown_rule(asked, id);
}

}  // namespace

void get_faults(const request& asked, context& with, answer_callback done) {
  done(rules_answer(*asked.rig, with.listeners()));
}

void put_faults(const request& asked, context& with, answer_callback done) {
  prepare_rules(asked, with);
  const auto wrong = asked.rig->rules().put(asked.body);
  done(wrong.empty() ? rules_answer(*asked.rig, with.listeners()) : bad_rules(wrong));
}

void delete_faults(const request& asked, context&, answer_callback done) {
  const std::size_t count = asked.rig->rules().size();
  asked.rig->rules().clear();
  json_writer json;
  json.open_object().field("deleted", count).close_object();
  done(json_answer(json.take()));
}

void add_rule(const request& asked, context& with, answer_callback done) {
  prepare_rules(asked, with);
  const auto added = asked.rig->rules().add_rule(asked.body);
  if (!added.wrong.empty()) return done(bad_rules(added.wrong));
  answer result = answer_with_rule(asked, with, added.id);
  result.status = 201;
  result.headers.push_back({"Location", asked.base + "/faults/rules/" + percent_encode(added.id)});
  done(std::move(result));
}

void get_rule(const request& asked, context& with, answer_callback done) {
  done(answer_with_rule(asked, with, asked.captures.front()));
}

void put_rule(const request& asked, context& with, answer_callback done) {
  const std::string& id = asked.captures.front();
  if (auto refused = refuse_foreign_rule(asked, id)) return done(std::move(*refused));
  prepare_rules(asked, with);
  const auto wrong = asked.rig->rules().replace_rule(id, asked.body);
  done(wrong.empty() ? answer_with_rule(asked, with, id) : bad_rules(wrong));
}

void patch_rule(const request& asked, context& with, answer_callback done) {
  const std::string& id = asked.captures.front();
  if (auto refused = refuse_foreign_rule(asked, id)) return done(std::move(*refused));
  prepare_rules(asked, with);
  const auto wrong = asked.rig->rules().patch_rule(id, asked.body);
  done(wrong.empty() ? answer_with_rule(asked, with, id) : bad_rules(wrong));
}

void delete_rule(const request& asked, context& with, answer_callback done) {
  const std::string& id = asked.captures.front();
  if (auto refused = refuse_foreign_rule(asked, id)) return done(std::move(*refused));
  prepare_rules(asked, with);
  const auto wrong = asked.rig->rules().remove_rule(id);
  if (!wrong.empty()) return done(bad_rules(wrong));
  json_writer json;
  json.open_object().field("deleted", 1).close_object();
  done(json_answer(json.take()));
}

void put_list(const request& asked, context& with, answer_callback done) {
  prepare_rules(asked, with);
  const auto wrong = asked.rig->rules().put_list(asked.captures.front(), asked.body);
  done(wrong.empty() ? rules_answer(*asked.rig, with.listeners()) : bad_rules(wrong));
}

void get_fault_state(const request& asked, context&, answer_callback done) {
  faults::engine& rules = asked.rig->judge();
  json_writer json;
  json.open_object().field("rig", asked.rig->name()).field("rig_time", rules.time());
  json.key("states").open_array();
  for (const auto& each : rules.states()) {
    json.open_object().field("of", each.machine).field("is", each.state);
    json.field("entered_at", each.entered_at).close_object();
  }
  json.close_array().key("memories").open_array();
  for (const faults::memory_report& each : rules.memories()) {
    json.open_object().field("name", each.name).field("keys", each.keys);
    json.field("forgotten", each.forgotten).close_object();
  }
  json.close_array().key("rules").open_array();
  for (const faults::rule_report& each : rules.rules()) {
    json.open_object().field("id", each.what->id).field("hits", each.hits);
    json.field("status", faults::to_string(each.status)).close_object();
  }
  json.close_array().close_object();
  done(json_answer(json.take()));
}

void put_fault_state(const request& asked, context& with, answer_callback done) {
  auto parsed = parse_body(asked);
  if (auto* refused = std::get_if<answer>(&parsed)) return done(std::move(*refused));
  object_reader in(std::get<json_value>(parsed), "", "a state");
  const auto machine = in.text("of");
  const auto state = in.text("to");
  in.finish();
  if (!machine) in.complain("of", "is missing; it names a machine of `states`.");
  if (!state) in.complain("to", "is missing; it names a state of that machine.");
  if (in.complaint()) return done(bad_body(*in.complaint()));
  if (asked.rig->judge().set_state(*machine, *state))
    return get_fault_state(asked, with, std::move(done));
  done(problem(404, "unknown_state", "There is no such state",
               "The rules in force have no machine \"" + *machine + "\" with a state \"" + *state +
                   "\". GET " + asked.base + "/faults/state lists the machines."));
}

void delete_fault_state(const request& asked, context& with, answer_callback done) {
  asked.rig->reset_counters();
  get_fault_state(asked, with, std::move(done));
}

}  // namespace mailrig::inspector
