#include "faults/rule_book.hpp"

#include "faults/json_reader.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace mailrig::faults {
namespace {

void append(rule_set& sum, const rule_set& part) {
  if (!sum.seed) sum.seed = part.seed;
  sum.machines.insert(sum.machines.end(), part.machines.begin(), part.machines.end());
  sum.rules.insert(sum.rules.end(), part.rules.begin(), part.rules.end());
}

// A scenario's rules bear its name, and its machines look for them under these names.
void prefix_ids(rule_set& rules, const std::string& name) {
  const std::string prefix = name + '/';
  for (rule& each : rules.rules) each.id.insert(0, prefix);
  for (machine& each : rules.machines) {
    for (machine_state& state : each.states) {
      for (auto* const list : {&state.leave, &state.enter}) {
        for (transition& to : *list) {
          if (!to.of.empty()) to.of.insert(0, prefix);
        }
      }
    }
  }
}

std::string pointer_of(std::size_t position, std::string_view key) {
  return "/rules/" + std::to_string(position) + '/' + std::string(key);
}

json::iterator find_rule(json& rules, std::string_view id) {
  std::size_t position = 0;
  return std::find_if(rules.begin(), rules.end(), [&](const json& each) {
    ++position;
    const auto own = each.find("id");
    const std::string name =
        own != each.end() ? own->get<std::string>() : 'r' + std::to_string(position);
    return name == id;
  });
}

// Ids by position must not move to other rules when one is taken out.
void write_ids(rule_set& rules) {
  json document = json::parse(rules.content);
  for (std::size_t i = 0; i < rules.rules.size(); ++i) {
    json& each = document.at("rules").at(i);
    each["id"] = rules.rules[i].id;
    rules.rules[i].content = each.dump();
  }
  rules.content = document.dump();
}

std::string free_id(const rule_set& rules) {
  std::set<std::string_view> taken;
  for (const rule& each : rules.rules) taken.insert(each.id);
  for (std::size_t n = rules.rules.size() + 1;; ++n) {
    std::string id = 'r' + std::to_string(n);
    if (!taken.contains(id)) return id;
  }
}

constexpr std::string_view rule_example =
    R"({"where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"reply": {"code": 450, "text": "no"}}]})";

// Nothing: `wrong` says why.
std::optional<json> read_object(std::string_view text, std::vector<load_error>& wrong) {
  findings out;
  auto parsed = parse_json(text, out);
  if (parsed && !parsed->is_object()) {
    out.add(std::string{}, "expected an object, found " + excerpt(*parsed),
            std::string(rule_example));
    parsed.reset();
  }
  wrong = out.take();
  return parsed;
}

// A rule alone is loaded as the last of a set: what is wrong with it is told without that set.
void shorten_pointers(std::vector<load_error>& wrong, std::size_t position) {
  const std::string prefix = "/rules/" + std::to_string(position);
  for (load_error& each : wrong) {
    if (each.pointer.starts_with(prefix)) each.pointer.erase(0, prefix.size());
  }
}

load_error no_such_rule(std::string_view id) {
  return {"", "the rig's own set has no rule `" + std::string(id) + '`', "the id of one"};
}

}  // namespace

std::string_view to_string(rule_book::origin value) {
  constexpr std::array<std::string_view, 4> names = {"nowhere", "own", "scenario", "generated"};
  return names[static_cast<std::size_t>(value)];
}

// Changes

rule_book::errors rule_book::find_conflicts(const rule_set& fresh, std::string_view except) const {
  errors wrong;
  const auto compare = [&](const rule_set& other, const std::string& whose) {
    for (std::size_t i = 0; i < fresh.rules.size(); ++i) {
      const std::string& id = fresh.rules[i].id;
      if (std::any_of(other.rules.begin(), other.rules.end(),
                      [&id](const rule& each) { return each.id == id; }))
        wrong.push_back({pointer_of(i, "id"), '`' + id + "` is the id of a rule of " + whose,
                         "an id of its own"});
    }
    for (const machine& own : fresh.machines) {
      if (std::any_of(other.machines.begin(), other.machines.end(),
                      [&own](const machine& each) { return each.name == own.name; }))
        wrong.push_back({"/states/" + own.name,
                         '`' + own.name + "` is the name of a state machine of " + whose,
                         "a name of its own"});
    }
  };
  for (const applied_scenario& each : scenarios_) {
    if (each.name != except) compare(each.rules, "the scenario " + each.name);
  }
  compare(generated_, "those that mailrig makes at start");
  return wrong;
}

rule_book::errors rule_book::change_own(std::string_view document) {
  load_result loaded = load_rule_set(document);
  if (!loaded.rules) return std::move(loaded.errors);
  errors wrong = find_conflicts(*loaded.rules, {});
  if (wrong.empty() && check_) wrong = check_(*loaded.rules);
  if (!wrong.empty()) return wrong;
  write_ids(*loaded.rules);
  own_ = std::move(*loaded.rules);
  publish();
  return {};
}

rule_book::errors rule_book::put(std::string_view document) {
  auto taken_off = std::exchange(scenarios_, {});
  errors wrong = change_own(document);
  if (!wrong.empty()) scenarios_ = std::move(taken_off);
  return wrong;
}

void rule_book::clear() {
  if (scenarios_.empty() && own_.rules.empty() && own_.machines.empty()) return;
  scenarios_.clear();
  own_ = {.seed = {}, .machines = {}, .rules = {}, .content = R"({"rules":[]})"};
  publish();
}

void rule_book::copy(const rule_book& other) {
  own_ = other.own_;
  scenarios_ = other.scenarios_;
  publish();
}

void rule_book::set_generated(rule_set rules) {
  generated_ = std::move(rules);
  publish();
}

void rule_book::publish() {
  rule_set sum;
  append(sum, own_);
  for (const applied_scenario& each : scenarios_) append(sum, each.rules);
  append(sum, generated_);
  sum.content = own_.content;
  const auto gone = engine_.replace(std::move(sum));
  if (tell_) tell_(gone);
}

// Rules one by one

rule_book::added rule_book::add_rule(std::string_view text) {
  added result;
  auto rule = read_object(text, result.wrong);
  if (!rule) return result;
  if (!rule->contains("id")) (*rule)["id"] = free_id(own_);
  json document = json::parse(own_.content);
  const std::size_t position = own_.rules.size();
  document.at("rules").push_back(std::move(*rule));
  result.wrong = change_own(document.dump());
  shorten_pointers(result.wrong, position);
  if (result.wrong.empty()) result.id = own_.rules.back().id;
  return result;
}

rule_book::errors rule_book::replace_rule(std::string_view id, std::string_view text) {
  errors wrong;
  auto rule = read_object(text, wrong);
  if (!rule) return wrong;
  json document = json::parse(own_.content);
  json& rules = document.at("rules");
  const auto found = find_rule(rules, id);
  if (found == rules.end()) return {no_such_rule(id)};
  const auto own_id = rule->find("id");
  if (own_id != rule->end() && *own_id != id)
    return {{"/id", "another id than the path's, `" + std::string(id) + '`',
             "the same, or none at all"}};
  (*rule)["id"] = id;
  const auto position = static_cast<std::size_t>(found - rules.begin());
  *found = std::move(*rule);
  wrong = change_own(document.dump());
  shorten_pointers(wrong, position);
  return wrong;
}

rule_book::errors rule_book::patch_rule(std::string_view id, std::string_view text) {
  errors wrong;
  const auto patch = read_object(text, wrong);
  if (!patch) return wrong;
  json document = json::parse(own_.content);
  json& rules = document.at("rules");
  const auto found = find_rule(rules, id);
  if (found == rules.end()) return {no_such_rule(id)};
  json patched = *found;
  patched.merge_patch(*patch);
  return replace_rule(id, patched.dump());
}

rule_book::errors rule_book::remove_rule(std::string_view id) {
  json document = json::parse(own_.content);
  json& rules = document.at("rules");
  const auto found = find_rule(rules, id);
  if (found == rules.end()) return {no_such_rule(id)};
  rules.erase(found);
  return change_own(document.dump());
}

rule_book::errors rule_book::put_list(std::string_view name, std::string_view values) {
  findings out;
  auto parsed = parse_json(values, out);
  if (!parsed) return out.take();
  json document = json::parse(own_.content);
  document["lists"][std::string(name)] = std::move(*parsed);
  return change_own(document.dump());
}

// Scenarios

rule_book::errors rule_book::apply(std::string name, std::string params,
                                   std::string_view document) {
  load_result loaded = load_rule_set(document, document::scenario);
  if (!loaded.rules) return std::move(loaded.errors);
  prefix_ids(*loaded.rules, name);
  errors wrong = find_conflicts(*loaded.rules, name);
  const auto is_id = [&](const rule& each) {
    return std::any_of(own_.rules.begin(), own_.rules.end(),
                       [&each](const rule& own) { return own.id == each.id; });
  };
  for (const rule& each : loaded.rules->rules) {
    if (is_id(each))
      wrong.push_back({"/rules", '`' + each.id + "` is the id of a rule of the rig's own set",
                       "another name for the scenario"});
  }
  if (wrong.empty() && check_) wrong = check_(*loaded.rules);
  if (!wrong.empty()) return wrong;
  // Applied again it begins anew, its budgets and memories included.
  (void)take_off(name);
  scenarios_.push_back(
      {std::move(name), std::move(params), engine_.time(), std::move(*loaded.rules)});
  publish();
  return {};
}

bool rule_book::take_off(std::string_view name) {
  const auto count =
      std::erase_if(scenarios_, [name](const applied_scenario& each) { return each.name == name; });
  if (count != 0) publish();
  return count != 0;
}

// What there is

rule_book::origin rule_book::origin_of(std::string_view id) const {
  const auto has = [id](const rule_set& set) {
    return std::any_of(set.rules.begin(), set.rules.end(),
                       [id](const rule& each) { return each.id == id; });
  };
  if (has(own_)) return origin::own;
  if (has(generated_)) return origin::generated;
  const bool is_applied =
      std::any_of(scenarios_.begin(), scenarios_.end(),
                  [&has](const applied_scenario& each) { return has(each.rules); });
  return is_applied ? origin::scenario : origin::nowhere;
}

stage_set rule_book::stages_not_generated(protocol talk) const {
  stage_set stages;
  const auto collect = [&](const rule_set& set) {
    for (const rule& each : set.rules) {
      if (each.is_enabled && each.talk == talk) stages = stages | each.stages;
    }
  };
  collect(own_);
  for (const applied_scenario& each : scenarios_) collect(each.rules);
  return stages;
}

std::size_t rule_book::size() const {
  std::size_t count = own_.rules.size();
  for (const applied_scenario& each : scenarios_) count += each.rules.rules.size();
  return count;
}

}  // namespace mailrig::faults
