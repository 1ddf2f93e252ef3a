// `states` and `start`: state machines.
#include "faults/loading.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

constexpr std::size_t most_machines = 100;
constexpr std::size_t most_states = 100;
constexpr std::size_t most_transitions = 100;
constexpr std::string_view example =
    R"({"outage": {"up": {"leave": {"hits": 3, "to": "down"}}, "down": {"leave": {"after": "30s", "to": "up"}}}})";

std::optional<std::size_t> find_state(const machine& all, std::string_view name) {
  for (std::size_t i = 0; i < all.states.size(); ++i) {
    if (all.states[i].name == name) return i;
  }
  return std::nullopt;
}

// One of `after`, `hits` (of a rule, if named) and `api`.
transition load_transition(const json& value, const place& where, findings& out, machine& all,
                           std::optional<std::size_t> to) {
  transition result;
  object_reader in(value, where, out, R"({"after": "30s", "to": "down"})");
  if (!in.is_object()) return result;
  const json* const after = in.find("after");
  const json* const hits = in.find("hits");
  const json* const api = in.find("api");
  if ((after != nullptr) + (hits != nullptr) + (api != nullptr) != 1)
    out.add(where, "a state changes for one reason", "one of `after`, `hits` and `api`");
  if (after != nullptr) {
    result.why = transition::cause::after;
    result.after = in.duration("after", model::duration{1}, model::duration{1});
  } else if (hits != nullptr) {
    result.why = transition::cause::hits;
    result.hits = static_cast<std::uint64_t>(in.integer("hits", 1, {1, 1'000'000'000}));
    result.of = in.text("of");
  } else if (api != nullptr && !in.flag("api", true)) {
    out.add(where / "api", "`api` is false", "true, or no `api`");
  }
  if (to) {
    result.to = *to;
  } else if (const json* const target = in.require("to", R"({"after": "30s", "to": "down"})");
             target != nullptr) {
    const std::string name = in.text("to");
    const auto found = find_state(all, name);
    if (!found)
      out.add(where / "to", "`" + all.name + "` has no state called `" + shown(name, 80) + "`",
              "one of its states");
    result.to = found.value_or(0);
  }
  in.finish();
  return result;
}

std::vector<transition> load_transitions(const json* value, const place& where, findings& out,
                                         machine& all, std::optional<std::size_t> to) {
  std::vector<transition> result;
  if (value == nullptr) return result;
  if (!value->is_array()) {
    result.push_back(load_transition(*value, where, out, all, to));
    return result;
  }
  if (value->size() > most_transitions)
    out.add(where, "too many ways to change", "at most 100");
  else
    for (std::size_t i = 0; i < value->size(); ++i)
      result.push_back(load_transition((*value)[i], where[i], out, all, to));
  return result;
}

machine load_machine(const std::string& name, const json& value, const place& where,
                     findings& out) {
  machine result;
  result.name = name;
  if (!value.is_object() || value.empty() || value.size() > most_states) {
    out.add(where, "expected 1 to 100 states, found " + excerpt(value), std::string(example));
    return result;
  }
  for (const auto& [state, description] : value.items()) result.states.push_back({state, {}, {}});
  for (std::size_t i = 0; i < result.states.size(); ++i) {
    const std::string state = result.states[i].name;
    const place at = where / state;
    object_reader in(value.at(state), at, out, R"({"leave": {"after": "30s", "to": "down"}})");
    if (!in.is_object()) continue;
    result.states[i].leave = load_transitions(in.find("leave"), at / "leave", out, result, {});
    result.states[i].enter = load_transitions(in.find("enter"), at / "enter", out, result, i);
    in.finish();
  }
  return result;
}

void load_start(machine& all, const json* start, bool is_alone, const place& where, findings& out) {
  const json* name = nullptr;
  if (start != nullptr && start->is_object() && start->contains(all.name))
    name = &start->at(all.name);
  else if (start != nullptr && start->is_string() && is_alone)
    name = start;
  if (name == nullptr)
    return out.add(where, "where `" + all.name + "` starts is not said",
                   "\"start\": {\"" + all.name + "\": \"" +
                       (all.states.empty() ? std::string("up") : all.states.front().name) + "\"}");
  const auto found =
      name->is_string() ? find_state(all, name->get_ref<const std::string&>()) : std::nullopt;
  if (!found)
    return out.add(where, "`" + all.name + "` has no state " + excerpt(*name), "one of its states");
  all.start = *found;
}

void check_start(const json& start, const json* states, const place& where, findings& out) {
  if (start.is_string()) return;
  if (!start.is_object())
    return out.add(where, "expected an object, found " + excerpt(start), R"({"outage": "up"})");
  for (const auto& [name, state] : start.items()) {
    if (states == nullptr || !states->is_object() || !states->contains(name))
      out.add(where / name, "`states` has no machine called `" + shown(name, 80) + "`",
              "a machine under `states`");
  }
}

}  // namespace

std::vector<machine> load_machines(const json* states, const json* start, const place& document,
                                   findings& out) {
  std::vector<machine> result;
  if (start != nullptr) check_start(*start, states, document / "start", out);
  if (states == nullptr) return result;
  const place where = document / "states";
  if (!states->is_object() || states->size() > most_machines) {
    out.add(where, "expected an object of at most 100 machines, found " + excerpt(*states),
            std::string(example));
    return result;
  }
  for (const auto& [name, value] : states->items()) {
    machine each = load_machine(name, value, where / name, out);
    load_start(each, start, states->size() == 1, document / "start", out);
    each.content = value.dump() + std::to_string(each.start);
    result.push_back(std::move(each));
  }
  return result;
}

void check_machines(const rule_set& rules, const place& document, findings& out) {
  const auto exists = [&rules](const std::string& id) {
    return std::any_of(rules.rules.begin(), rules.rules.end(),
                       [&id](const rule& each) { return each.id == id; });
  };
  const place list = document / "states";
  for (const machine& all : rules.machines) {
    const place where = list / all.name;
    for (const machine_state& state : all.states) {
      for (const auto* const changes : {&state.leave, &state.enter}) {
        for (const transition& each : *changes) {
          if (each.of.empty() || exists(each.of)) continue;
          out.add(where / state.name, "no rule is called `" + shown(each.of, 80) + "`",
                  "the id of a rule of this set");
        }
      }
    }
  }
}

}  // namespace mailrig::faults
