#include "faults/engine.hpp"

#include "faults/compose.hpp"
#include "faults/fact_values.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace mailrig::faults {

std::string_view to_string(rule_status value) {
  constexpr std::array<std::string_view, 4> names = {"active", "disabled", "exhausted", "expired"};
  return names[static_cast<std::size_t>(value)];
}

engine::engine(clocks time, std::uint64_t seed) : time_(time), default_seed_(seed) {
  memory_.seed = seed;
  publish();
}

engine::~engine() = default;

// The rig's clock only goes forward; should the machine's be set back, rules wait for it.
model::instant engine::now() const {
  latest_ = std::max(latest_, time_.rig.now());
  return latest_;
}

// Rules

rule_state engine::fresh_state(const rule& what, model::instant when) {
  rule_state state;
  state.token = next_token_++;
  state.loaded_at = when;
  for (std::uint32_t i = 0; i < what.memory_count; ++i)
    state.memories.emplace_back(most_keys, &memory_.forgotten);
  state.counters.resize(what.counter_count);
  const auto bind = [&](const auto& self, const condition& node) -> void {
    if (const auto* const count = std::get_if<count_test>(&node.test);
        count != nullptr && node.what == condition::kind::single)
      state.counters[count->slot] = memory_.counters.use(count->counter);
    for (const condition& each : node.parts) self(self, each);
  };
  bind(bind, what.when);
  return state;
}

engine::rule_ref engine::load(rule what, model::instant when) {
  auto loaded = std::make_unique<loaded_rule>();
  loaded->state = fresh_state(what, when);
  loaded->what = std::move(what);
  return loaded;
}

std::vector<std::uint64_t> engine::replace(rule_set rules) {
  const model::instant when = now();
  std::unordered_map<std::string, rule_ref> before;
  for (rule_ref& each : rules_) {
    std::string id = each->what.id;
    before.emplace(std::move(id), std::move(each));
  }
  rules_.clear();
  for (rule& each : rules.rules) {
    const auto kept = before.find(each.id);
    if (kept == before.end() || kept->second->what.content != each.content) {
      rules_.push_back(load(std::move(each), when));
      continue;
    }
    // The same rule: only the lists that it looks into may differ.
    kept->second->what = std::move(each);
    rules_.push_back(std::move(kept->second));
    before.erase(kept);
  }
  std::vector<std::uint64_t> gone;
  gone.reserve(before.size());
  for (const auto& [id, each] : before) gone.push_back(each->state.token);
  before.clear();
  std::stable_sort(rules_.begin(), rules_.end(), [](const rule_ref& a, const rule_ref& b) {
    return a->what.priority < b->what.priority;
  });
  has_own_seed_ = rules.seed.has_value();
  memory_.seed = rules.seed.value_or(default_seed_);
  memory_.machines.replace(std::move(rules.machines), when);
  memory_.counters.forget_unused();
  document_ = std::move(rules.content);
  index_.build(rules_);
  publish();
  return gone;
}

void engine::set_default_seed(std::uint64_t seed) {
  default_seed_ = seed;
  if (!has_own_seed_) memory_.seed = seed;
}

// Tells sessions where they need not ask at all.
void engine::publish() {
  for (std::size_t i = 0; i < protocol_count; ++i) {
    const auto talk = static_cast<protocol>(i);
    ask_at(talk, index_.stages_of(talk));
  }
  count_only(memory_.counters.wanted());
}

std::vector<rule_report> engine::rules() const {
  const model::instant when = now();
  std::vector<rule_report> all;
  for (const rule_ref& each : rules_) {
    const rule_status status = !each->what.is_enabled    ? rule_status::disabled
                               : each->is_exhausted()    ? rule_status::exhausted
                               : each->has_expired(when) ? rule_status::expired
                                                         : rule_status::active;
    all.push_back({&each->what, each->state.hits, status, each->state.loaded_at});
  }
  return all;
}

// Decisions

bool engine::may_fire(const loaded_rule& each, const event& facts, model::instant when) const {
  const bool is_body = is_body_stage(facts.point) || facts.point == model::stage::bdat;
  return !each.is_exhausted() && !each.has_expired(when) &&
         (!is_body || each.what.after_bytes.value_or(0) == facts.octets);
}

bool engine::has_budget(const loaded_rule& each, const evaluation& asked,
                        model::instant when) const {
  const limits& limit = each.what.limit;
  if (limit.cooldown.count() != 0 && each.state.hits != 0 &&
      when - each.state.last_hit < limit.cooldown)
    return false;
  if (!limit.max_hits_per) return true;
  const std::uint64_t* const hits = each.state.hits_of.peek(asked.key_of(limit.max_hits_per->key));
  return hits == nullptr || *hits < limit.max_hits_per->n;
}

const verdict* engine::decide(const event& facts) {
  if (!is_asked_at(facts.talk, facts.point)) return nullptr;
  const auto& candidates = index_.candidates(facts);
  if (candidates.empty()) return nullptr;
  const model::instant when = now();
  memory_.machines.catch_up(when);
  evaluation asked(facts, when, memory_, evaluation::mode::decide);
  bool has_fired = false;
  for (const std::uint32_t position : candidates) {
    loaded_rule& each = *rules_[position];
    if (!may_fire(each, facts, when) || !asked.holds(each) || !has_budget(each, asked, when))
      continue;
    if (!std::exchange(has_fired, true)) verdict_ = {};
    fire(each, facts, asked, when);
    if (!each.what.goes_on) break;
  }
  tell_of_forgotten();
  return has_fired ? &verdict_ : nullptr;
}

std::optional<engine::listen_decision> engine::decide_listen(
    const event& facts, const std::optional<listen_decision>& present) {
  if (!is_asked_at(facts.talk, facts.point)) return std::nullopt;
  const model::instant when = now();
  memory_.machines.catch_up(when);
  evaluation asked(facts, when, memory_, evaluation::mode::decide);
  for (const std::uint32_t position : index_.candidates(facts)) {
    loaded_rule& each = *rules_[position];
    const bool acts_already = present && each.state.token == present->acts.token;
    const bool may_act = acts_already ? !each.has_expired(when) : may_fire(each, facts, when);
    if (!may_act || !asked.holds(each)) continue;
    if (acts_already) return present;
    if (!has_budget(each, asked, when)) continue;
    verdict_ = {};
    fire(each, facts, asked, when);
    return listen_decision{verdict_.fired.back(), verdict_.find<listener>()->mode};
  }
  return std::nullopt;
}

void engine::fire(loaded_rule& each, const event& facts, const evaluation& asked,
                  model::instant when) {
  ++each.state.hits;
  each.state.last_hit = when;
  if (each.what.limit.max_hits_per)
    ++each.state.hits_of.use(asked.key_of(each.what.limit.max_hits_per->key));
  composing with{{facts, when, each.state.hits, memory_.seed}, each.what.id, {}, 0};
  std::string key;
  if (has_drawn_action(each.what.actions)) {
    key = asked.key_of({});
    with.key = key;
    with.n = ++each.state.draws_of.use(key);
  }
  const std::size_t before = verdict_.steps.size();
  append_steps(verdict_, each.what.actions, with);
  verdict_.fired.push_back({each.what.id, each.state.token, hits_.next_number()});
  std::vector<std::string> decision;
  for (std::size_t i = before; i < verdict_.steps.size(); ++i)
    decision.push_back(text_of(verdict_.steps[i]));
  remember_hit(each, facts, asked, when, std::move(decision));
  act_on_memory(each, asked, when);
}

void engine::remember_hit(const loaded_rule& each, const event& facts, const evaluation& asked,
                          model::instant when, std::vector<std::string> decision) {
  for (const action& one : each.what.actions) {
    if (std::holds_alternative<faults::set_state>(one) || std::holds_alternative<ban>(one))
      decision.push_back(text_of(one));
  }
  hit what;
  what.number = hits_.next_number();
  what.at = time_.real.now();
  what.rig_time = when;
  what.seed = memory_.seed;
  what.rule = each.what.id;
  what.talk = facts.talk;
  what.point = facts.point;
  if (facts.session != nullptr) what.session = facts.session->id;
  if (facts.attempt != nullptr) what.attempt = model::to_string(*facts.attempt);
  what.facts = asked.facts_looked_at();
  what.draws = asked.draws();
  what.decision = std::move(decision);
  if (observer_ != nullptr) observer_->hit(what);
  hits_.add(std::move(what));
}

// After the leaves were read: what the rule itself changes, and then what its hit changes.
void engine::act_on_memory(const loaded_rule& each, const evaluation& asked, model::instant when) {
  for (const action& one : each.what.actions) {
    if (const auto* const banned = std::get_if<ban>(&one))
      memory_.bans[static_cast<std::size_t>(banned->by)].use(asked.key_of({banned->by})) =
          when + banned->time;
    if (const auto* const state = std::get_if<faults::set_state>(&one))
      (void)memory_.machines.set(state->machine, state->to, when);
  }
  memory_.machines.hit(each.what.id, when);
}

void engine::observe(happening what, const event& facts) {
  memory_.counters.observe(what, facts, now());
  tell_of_forgotten();
}

std::optional<std::uint64_t> engine::next_mark(protocol talk, model::stage body,
                                               std::uint64_t from) const {
  return index_.next_mark(talk, body, from);
}

std::optional<model::duration> engine::next_idle_mark(protocol talk, model::duration idle) const {
  return index_.next_idle_mark(talk, idle);
}

// A counter that is kept by the fingerprint of accepted mail needs it before the mail is accepted.
parsed_fact_set engine::wanted_at(protocol talk, model::stage point) const {
  parsed_fact_set wanted = index_.wanted_at(talk, point);
  if (point == model::stage::end_of_data && memory_.counters.wants_fingerprint())
    wanted.insert(fact::fingerprint);
  return wanted;
}

}  // namespace mailrig::faults
