#include "faults/state_machines.hpp"

#include <algorithm>

namespace mailrig::faults {

state_machines::running state_machines::begin(machine what, model::instant now) {
  running result;
  for (const machine_state& state : what.states) {
    result.leaving.emplace_back(state.leave.size());
    result.entering.emplace_back(state.enter.size());
  }
  result.state = what.start;
  result.what = std::move(what);
  result.loaded_at = result.entered_at = now;
  return result;
}

void state_machines::replace(std::vector<machine> machines, model::instant now) {
  std::vector<running> next;
  for (machine& each : machines) {
    const auto kept = std::find_if(machines_.begin(), machines_.end(), [&](const running& old) {
      return old.what.name == each.name && old.what.content == each.content;
    });
    next.push_back(kept == machines_.end() ? begin(std::move(each), now) : std::move(*kept));
  }
  machines_ = std::move(next);
}

void state_machines::restart(model::instant now) {
  for (running& each : machines_) each = begin(std::move(each.what), now);
}

void state_machines::go(running& all, std::size_t to, model::instant at) {
  all.state = to;
  all.entered_at = at;
  for (progress& each : all.leaving[to]) each.hits = 0;
}

std::optional<state_machines::due> state_machines::next_due(running& all) {
  std::optional<due> first;
  const auto consider = [&first](model::instant at, std::size_t to, progress* once) {
    if (!first || at < first->at) first = due{at, to, once};
  };
  for (const transition& each : all.what.states[all.state].leave) {
    if (each.why == transition::cause::after)
      consider(all.entered_at + each.after, each.to, nullptr);
  }
  for (std::size_t state = 0; state < all.what.states.size(); ++state) {
    const auto& enter = all.what.states[state].enter;
    for (std::size_t i = 0; i < enter.size(); ++i) {
      progress& once = all.entering[state][i];
      if (enter[i].why == transition::cause::after && !once.is_done)
        consider(std::max(all.loaded_at + enter[i].after, all.entered_at), state, &once);
    }
  }
  return first;
}

// When a state is entered from whatever other, for the next time.
std::optional<model::instant> state_machines::next_enter(const running& all) {
  std::optional<model::instant> first;
  for (std::size_t state = 0; state < all.what.states.size(); ++state) {
    const auto& enter = all.what.states[state].enter;
    for (std::size_t i = 0; i < enter.size(); ++i) {
      if (enter[i].why != transition::cause::after || all.entering[state][i].is_done) continue;
      const model::instant at = all.loaded_at + enter[i].after;
      if (!first || at < *first) first = at;
    }
  }
  return first;
}

// Coming back to a state by time alone repeats for ever: whole rounds are skipped.
void state_machines::catch_up(running& all, model::instant now) {
  std::vector<std::optional<model::instant>> entered(all.what.states.size());
  while (const auto next = next_due(all)) {
    if (next->at > now) return;
    if (next->once != nullptr) {
      next->once->is_done = true;
      std::fill(entered.begin(), entered.end(), std::nullopt);
    }
    go(all, next->to, next->at);
    std::optional<model::instant>& before = entered[all.state];
    const model::duration round = before ? all.entered_at - *before : model::duration{0};
    const model::instant horizon = std::min(now, next_enter(all).value_or(now));
    if (round.count() > 0 && horizon > all.entered_at)
      all.entered_at += (horizon - all.entered_at) / round * round;
    before = all.entered_at;
  }
}

void state_machines::catch_up(model::instant now) {
  for (running& each : machines_) catch_up(each, now);
}

void state_machines::count_hit(running& all, std::string_view rule, model::instant now) {
  std::optional<std::size_t> to;
  const auto count = [&](const std::vector<transition>& changes, std::vector<progress>& so_far) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const transition& each = changes[i];
      const bool is_counted = each.why == transition::cause::hits && !so_far[i].is_done &&
                              (each.of.empty() || each.of == rule);
      if (!is_counted || ++so_far[i].hits < each.hits) continue;
      if (!to) to = each.to;
      if (&changes != &all.what.states[all.state].leave) so_far[i].is_done = true;
    }
  };
  count(all.what.states[all.state].leave, all.leaving[all.state]);
  for (std::size_t state = 0; state < all.what.states.size(); ++state)
    count(all.what.states[state].enter, all.entering[state]);
  if (to) go(all, *to, now);
}

void state_machines::hit(std::string_view rule, model::instant now) {
  for (running& each : machines_) count_hit(each, rule, now);
}

bool state_machines::set(std::string_view machine, std::string_view state, model::instant now) {
  for (running& each : machines_) {
    if (each.what.name != machine) continue;
    for (std::size_t i = 0; i < each.what.states.size(); ++i) {
      if (each.what.states[i].name != state) continue;
      go(each, i, now);
      return true;
    }
  }
  return false;
}

std::string_view state_machines::state_of(std::string_view machine) const {
  for (const running& each : machines_) {
    if (each.what.name == machine) return each.what.states[each.state].name;
  }
  return {};
}

std::optional<model::instant> state_machines::next_change() const {
  std::optional<model::instant> first;
  for (const running& each : machines_) {
    const auto next = next_due(const_cast<running&>(each));
    if (next && (!first || next->at < *first)) first = next->at;
  }
  return first;
}

std::vector<state_machines::current> state_machines::list() const {
  std::vector<current> all;
  for (const running& each : machines_)
    all.push_back({each.what.name, each.what.states[each.state].name, each.entered_at});
  return all;
}

}  // namespace mailrig::faults
