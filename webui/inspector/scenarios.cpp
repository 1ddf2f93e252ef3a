// /v1/scenarios: named stories to apply to a rig, and to take off again.
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/fault_json.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_body.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace mailrig::inspector {
namespace {

answer unknown_scenario(const std::string& name) {
  return problem(404, "unknown_scenario", "There is no such scenario",
                 "No scenario is named \"" + name + "\". The nearest is \"" +
                     std::string(faults::nearest_scenario(name)) +
                     "\"; GET /v1/scenarios lists them.");
}

// Sessions that are open and already past every stage of the rules: they will not meet them any
// more.
std::vector<model::id> passed_sessions(const rig::rig& where, const faults::rule_set& rules) {
  using enum model::stage;
  const faults::stage_set once{listen, connect, banner, greeting};
  const bool is_only_at_start =
      std::all_of(rules.rules.begin(), rules.rules.end(),
                  [&once](const faults::rule& each) { return (each.stages - once).empty(); });
  std::vector<model::id> result;
  if (!is_only_at_start) return result;
  for (const auto& each : where.sessions()) {
    if (!each->ended_at) result.push_back(each->id);
  }
  return result;
}

answer applied_answer(const faults::scenario& what, rig::rig& where, const rig::listeners& ports) {
  const auto& applied = where.rules().scenarios().back();
  const json_value file = json_value::parse(what.text());
  json_writer json;
  json.open_object().field("rig", where.name()).field("name", what.name());
  json.field("title", what.title()).key("params").fragment(applied.params);
  json.key("client_sees").fragment(file.value("client_sees", json_value::object()).dump());
  json.text_or_null("robust_app", file.value("robust_app", ""));
  json.key("rules").open_array();
  for (const faults::rule_report& each : where.judge().rules()) {
    if (each.what->id.starts_with(what.name() + '/')) write_rule(json, each, where.rules());
  }
  json.close_array().key("passed_sessions").open_array();
  for (const model::id& each : passed_sessions(where, applied.rules)) json.value(each);
  json.close_array();
  write_touched_listeners(json, where, ports, where.judge().rules());
  json.close_object();
  return json_answer(json.take());
}

struct apply_wish {
  faults::scenario::wish fill;
  std::string document;  // a scenario that came along; empty: one of the catalogue
  shared_ports ports = shared_ports::refused;
};

std::variant<apply_wish, answer> read_wish(const request& asked, bool has_document) {
  auto parsed = parse_body(asked, deepest_rules);
  if (auto* refused = std::get_if<answer>(&parsed)) return std::move(*refused);
  object_reader in(std::get<json_value>(parsed), "", "how to apply a scenario");
  apply_wish wish;
  if (const json_value* params = in.find_value("params")) wish.fill.params = params->dump();
  wish.fill.ttl = in.text("ttl").value_or("");
  wish.fill.max_hits =
      in.integer("max_hits", 1, std::numeric_limits<std::int64_t>::max()).value_or(0);
  if (const json_value* shared = in.find_value("shared")) {
    if (!shared->is_boolean())
      in.complain("shared", "is no boolean; true lets the rules act on ports that rigs share.");
    else if (shared->get<bool>())
      wish.ports = shared_ports::allowed;
  }
  const json_value* const document = has_document ? in.find_value("document") : nullptr;
  in.finish();
  if (has_document && document == nullptr)
    in.complain("document", "is missing; it is a scenario: {\"name\":…,\"rules\":[…]}.");
  if (in.complaint()) return bad_body(*in.complaint());
  if (document != nullptr) wish.document = document->dump();
  return wish;
}

answer apply(const faults::scenario& what, const apply_wish& wish, const request& asked,
             context& with) {
  rig::rig& where = *asked.rig;
  auto filled = what.fill(wish.fill);
  if (const auto* wrong = std::get_if<std::vector<faults::load_error>>(&filled))
    return bad_rules(*wrong);
  auto& ready = std::get<faults::scenario::instance>(filled);
  prepare_rules(asked, with, wish.ports);
  const auto wrong = where.rules().apply(what.name(), std::move(ready.params), ready.document);
  return wrong.empty() ? applied_answer(what, where, with.listeners()) : bad_rules(wrong);
}

}  // namespace

void list_scenarios(const request& asked, context&, answer_callback done) {
  json_writer json;
  json.open_object().key("scenarios").open_array();
  for (const faults::scenario& each : faults::catalogue()) write_scenario(json, each, *asked.rig);
  json.close_array().close_object();
  done(json_answer(json.take()));
}

void get_scenario(const request& asked, context&, answer_callback done) {
  const faults::scenario* const found = faults::find_scenario(asked.captures.front());
  if (found == nullptr) return done(unknown_scenario(asked.captures.front()));
  json_writer json;
  write_scenario(json, *found, *asked.rig);
  done(json_answer(json.take()));
}

void apply_scenario(const request& asked, context& with, answer_callback done) {
  const faults::scenario* const found = faults::find_scenario(asked.captures.front());
  if (found == nullptr) return done(unknown_scenario(asked.captures.front()));
  auto wish = read_wish(asked, false);
  if (auto* refused = std::get_if<answer>(&wish)) return done(std::move(*refused));
  done(apply(*found, std::get<apply_wish>(wish), asked, with));
}

void apply_document(const request& asked, context& with, answer_callback done) {
  auto wish = read_wish(asked, true);
  if (auto* refused = std::get_if<answer>(&wish)) return done(std::move(*refused));
  const auto& wanted = std::get<apply_wish>(wish);
  auto parsed = faults::scenario::parse(wanted.document);
  if (const auto* wrong = std::get_if<std::vector<faults::load_error>>(&parsed))
    return done(bad_rules(*wrong));
  done(apply(std::get<faults::scenario>(parsed), wanted, asked, with));
}

void take_off_scenario(const request& asked, context& with, answer_callback done) {
  const std::string& name = asked.captures.front();
  if (!asked.rig->rules().take_off(name))
    return done(problem(404, "not_applied", "The scenario is not applied",
                        "The rig \"" + asked.rig->name() + "\" has no scenario \"" + name +
                            "\" applied. GET " + asked.base + "/faults lists those that are."));
  done(rules_answer(*asked.rig, with.listeners()));
}

}  // namespace mailrig::inspector
