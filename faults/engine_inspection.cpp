// What an engine tells of itself, and its reset: nothing of this is on the way of a mail.
#include "faults/duration_text.hpp"
#include "faults/engine.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

using moment = std::optional<model::instant>;

void take_earlier(moment& first, model::instant candidate, model::instant now) {
  if (candidate > now && (!first || candidate < *first)) first = candidate;
}

// When a window of the day begins or ends next.
void consider_day(moment& first, const time_test& test, model::instant now) {
  constexpr model::duration day = std::chrono::hours{24};
  const model::duration local = now.time_since_epoch() + test.offset;
  const model::instant midnight{local - (local % day + day) % day - test.offset};
  for (const model::duration time : {test.from, test.to}) {
    take_earlier(first, midnight + time, now);
    take_earlier(first, midnight + time + day, now);
  }
}

void consider(moment& first, const condition& node, const loaded_rule& each, model::instant now) {
  for (const condition& part : node.parts) consider(first, part, each, now);
  const auto* const test = std::get_if<time_test>(&node.test);
  if (test == nullptr || node.what != condition::kind::single) return;
  if (test->what == time_test::kind::daily)
    consider_day(first, *test, now);
  else
    take_earlier(first, each.state.loaded_at + test->since_load, now);
}

}  // namespace

std::string_view to_string(explanation::outcome value) {
  constexpr std::array<std::string_view, 3> names = {"acts", "may_act", "fails"};
  return names[static_cast<std::size_t>(value)];
}

std::optional<model::instant> engine::next_listen_change() const {
  const model::instant when = now();
  moment first;
  bool has_rule = false;
  for (const rule_ref& each : rules_) {
    const rule& what = each->what;
    if (!what.is_enabled || !what.stages.contains(model::stage::listen)) continue;
    has_rule = true;
    consider(first, what.when, *each, when);
    if (what.limit.ttl) take_earlier(first, each->state.loaded_at + *what.limit.ttl, when);
    if (each->state.hits != 0)
      take_earlier(first, each->state.last_hit + what.limit.cooldown, when);
  }
  if (!has_rule) return std::nullopt;
  if (const moment change = memory_.machines.next_change()) take_earlier(first, *change, when);
  return first;
}

explanation engine::explain(loaded_rule& each, const event& facts, model::instant when) const {
  explanation result{each.what.id, explanation::outcome::fails, {}, {}};
  const rule& what = each.what;
  if (!what.is_enabled) {
    result.reason = "the rule is disabled";
    return result;
  }
  if (what.talk != facts.talk || !what.stages.contains(facts.point)) {
    result.pointer = "/where";
    result.reason = "the rule is not asked at stage " + std::string(to_string(facts.point)) +
                    " of " + std::string(to_string(facts.talk));
    return result;
  }
  if (each.is_exhausted() || each.has_expired(when)) {
    result.pointer = each.is_exhausted() ? "/limit/max_hits" : "/limit/ttl";
    result.reason =
        each.is_exhausted()
            ? "the rule acted " + std::to_string(each.state.hits) + " times and is exhausted"
            : "the rule was loaded longer ago than its ttl of " + duration_text(*what.limit.ttl);
    return result;
  }
  if (!may_fire(each, facts, when)) {
    result.pointer = "/where/after_bytes";
    result.reason = "the rule is asked after " + std::to_string(what.after_bytes.value_or(0)) +
                    " octets, these are " + std::to_string(facts.octets);
    return result;
  }
  evaluation asked(facts, when, memory_, evaluation::mode::explain);
  if (!asked.holds(each)) {
    const condition* const failed = asked.failed();
    result.pointer = failed == nullptr ? "/when" : failed->pointer;
    result.reason = failed == nullptr ? "its condition does not hold" : asked.seen_by(*failed);
    return result;
  }
  if (!has_budget(each, asked, when)) {
    result.pointer = "/limit";
    result.reason = "its condition holds, but its cooldown or max_hits_per keeps it from acting";
    return result;
  }
  result.result = asked.met_chance() ? explanation::outcome::may_act : explanation::outcome::acts;
  result.reason =
      asked.met_chance() ? "its condition holds; chance decides" : "its condition holds";
  return result;
}

std::vector<explanation> engine::explain(const event& facts) const {
  const model::instant when = now();
  memory_.machines.catch_up(when);
  std::vector<explanation> all;
  std::string taken_by;
  for (const rule_ref& each : rules_) {
    explanation one = explain(*each, facts, when);
    const bool acts = one.result == explanation::outcome::acts;
    if (one.result != explanation::outcome::fails && !taken_by.empty()) {
      one.result = explanation::outcome::fails;
      one.reason = "its condition holds, but " + taken_by + " acts first";
    } else if (acts && !each->what.goes_on) {
      taken_by = each->what.id;
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> engine::unused() const {
  std::vector<std::string> all;
  for (const rule_ref& each : rules_) {
    if (each->what.is_enabled && each->state.hits == 0) all.push_back(each->what.id);
  }
  return all;
}

std::vector<state_machines::current> engine::states() {
  memory_.machines.catch_up(now());
  return memory_.machines.list();
}

bool engine::set_state(std::string_view machine, std::string_view state) {
  const model::instant when = now();
  memory_.machines.catch_up(when);
  if (!memory_.machines.set(machine, state, when)) return false;
  if (observer_ != nullptr) observer_->state_changed();
  return true;
}

std::vector<memory_report> engine::memories() const {
  std::vector<memory_report> all;
  for (const counter_ref& each : memory_.counters.all()) {
    std::string name = "count of " + std::string(to_string(each->spec().of));
    for (const key_part part : each->spec().per) name.append(" per ").append(to_string(part));
    if (each->spec().within.what != window::kind::none)
      name.append(", ").append(to_string(each->spec().within));
    all.push_back({std::move(name), each->keys(), each->forgotten()});
  }
  for (std::size_t i = 0; i < memory_.bans.size(); ++i) {
    const auto& bans = memory_.bans[i];
    if (bans.size() != 0)
      all.push_back({"bans by " + std::string(to_string(static_cast<key_part>(i))), bans.size(),
                     bans.forgotten()});
  }
  for (const rule_ref& each : rules_) {
    for (const auto& memory : each->state.memories)
      all.push_back({"memory of rule " + each->what.id, memory.size(), memory.forgotten()});
  }
  return all;
}

// Not each time: under a flood of keys an event each would be a flood too.
void engine::tell_of_forgotten() {
  if (memory_.forgotten < tell_at_) return;
  tell_at_ = memory_.forgotten * 2;
  if (observer_ == nullptr) return;
  for (const memory_report& each : memories()) {
    if (each.forgotten != 0) observer_->forgot(each);
  }
}

void engine::reset() {
  const model::instant when = latest_ = time_.rig.now();
  memory_.counters.clear();
  memory_.machines.restart(when);
  memory_.bans = ban_list(key_part_count);
  for (const rule_ref& each : rules_) {
    const std::uint64_t token = each->state.token;
    each->state = fresh_state(each->what, when);
    each->state.token = token;
  }
  hits_.clear();
  memory_.forgotten = 0;
  tell_at_ = 1;
  if (observer_ != nullptr) observer_->state_changed();
}

}  // namespace mailrig::faults
