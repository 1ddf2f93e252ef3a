#include "tests/fuzz/fault_story.hpp"

#include "faults/engine.hpp"
#include "tests/fuzz/reference_engine.hpp"

#include <array>
#include <memory>

#include <nlohmann/json.hpp>

namespace mailrig::faults::story {
namespace {

using nlohmann::json;

template <std::size_t Count>
std::string one_of(const chooser& choose, const std::array<const char*, Count>& all) {
  return all[choose(Count)];
}

std::string some_address(const chooser& choose) {
  return one_of<6>(choose, {"a@a.test", "b@a.test", "A@A.test", "c@c.test", "d@d.test", ""});
}
std::string some_time(const chooser& choose) {
  return one_of<5>(choose, {"1ms", "5ms", "20ms", "100ms", "1s"});
}
std::string some_key(const chooser& choose, int stage) {
  if (stage == 0) return one_of<2>(choose, {"client_ip", "global"});
  if (stage == 1)
    return one_of<5>(choose, {"client_ip", "global", "mail_from", "mail_from.domain", "helo"});
  return one_of<6>(choose,
                   {"client_ip", "global", "mail_from", "mail_from.domain", "rcpt", "helo"});
}

constexpr std::array<const char*, 4> stage_names = {"connect", "mail", "rcpt", "data"};

json some_fact(const chooser& choose, int stage) {
  std::string name = "client.ip";
  if (stage >= 1) name = one_of<4>(choose, {"client.ip", "helo", "mail_from", "mail_from.domain"});
  if (stage == 2 && choose(2) == 0) name = one_of<3>(choose, {"rcpt", "rcpt.domain", "rcpt.any"});
  if (stage == 3 && choose(2) == 0) name = one_of<2>(choose, {"rcpt.any", "rcpt.all"});
  const auto value = [&]() -> std::string {
    if (name == "client.ip") return one_of<2>(choose, {"10.0.0.1", "10.0.0.2"});
    if (name == "helo") return one_of<2>(choose, {"h1", "H2"});
    if (name.ends_with(".domain")) return one_of<3>(choose, {"a.test", "C.TEST", "d.test"});
    return some_address(choose);
  };
  switch (choose(6)) {
    case 0: return {{name, {{"ne", value()}}}};
    case 1: return {{name, {{"in", {value(), value()}}}}};
    case 2: return {{name, {{"starts", value().substr(0, 1)}}}};
    case 3: return {{name, {{"exists", choose(2) == 0}}}};
    case 4: {
      const std::string whole = value();
      return {{name, {{"glob", "*" + whole.substr(whole.size() / 2)}}}};
    }
    default: return {{name, {{"eq", value()}}}};
  }
}

json some_count(const chooser& choose, int stage) {
  json test = {{"of", one_of<4>(choose, {"mail", "rcpt.accepted", "messages.accepted",
                                         "mail.distinct_sender_domains"})},
               {"per", some_key(choose, stage)}};
  const bool is_distinct = test["of"] == "mail.distinct_sender_domains";
  switch (choose(is_distinct ? 4 : 5)) {
    case 0: test["window"] = some_time(choose); break;
    case 1: test["window"] = {{"fixed", some_time(choose)}}; break;
    case 2: test["window"] = {{"day", "+08:00"}}; break;
    case 3: break;
    default:
      test["window"] = {
          {"bucket",
           {{"rate", 1 + choose(3)}, {"per", some_time(choose)}, {"burst", 1 + choose(4)}}}};
  }
  test[one_of<5>(choose, {"ge", "gt", "lt", "eq", "ne"})] = choose(6);
  return {{"count", test}};
}

json some_drawn(const chooser& choose, int stage) {
  const bool has_per = choose(2) == 0;
  switch (choose(4)) {
    case 0: {
      const std::uint64_t from = 1 + choose(3);
      json nth = {{"from", from}, {"to", from + choose(3)}};
      if (has_per) nth["per"] = some_key(choose, stage);
      return {{"nth", nth}};
    }
    case 1: {
      json every = {{"n", 1 + choose(4)}};
      if (has_per) every["per"] = some_key(choose, stage);
      return {{"every", every}};
    }
    case 2: {
      json probability = {{"p", static_cast<double>(choose(11)) / 10}};
      if (has_per) probability["per"] = some_key(choose, stage);
      return {{"probability", probability}};
    }
    default:
      return {{"greylist",
               {{"key", {some_key(choose, stage)}},
                {"min", "5ms"},
                {"max", one_of<2>(choose, {"20ms", "1s"})}}}};
  }
}

json some_condition(const chooser& choose, int stage, int depth, bool may_draw) {
  switch (choose(depth > 2 ? 6 : 9)) {
    case 0: return some_count(choose, stage);
    case 1: return {{"banned", {{"by", some_key(choose, stage)}}}};
    case 2: return {{one_of<2>(choose, {"after", "before"}), some_time(choose)}};
    case 3:
      if (may_draw) return some_drawn(choose, stage);
      return some_fact(choose, stage);
    case 4:
    case 5: return some_fact(choose, stage);
    case 6: return {{"not", some_condition(choose, stage, depth + 1, false)}};
    case 7:
      return {{"any",
               {some_condition(choose, stage, depth + 1, false),
                some_condition(choose, stage, depth + 1, false)}}};
    default:
      return {{"all",
               {some_condition(choose, stage, depth + 1, may_draw),
                some_condition(choose, stage, depth + 1, may_draw)}}};
  }
}

json some_rule(const chooser& choose, std::size_t number) {
  const int stage = static_cast<int>(choose(4));
  json rule = {
      {"id", "x" + std::to_string(number)},
      {"priority", choose(3)},
      {"where", {{"protocol", "smtp"}, {"stage", stage_names[static_cast<std::size_t>(stage)]}}}};
  if (choose(5) != 0) rule["when"] = some_condition(choose, stage, 0, true);
  if (choose(3) == 0) rule["continue"] = true;
  if (choose(8) == 0) rule["enabled"] = false;
  json limit = json::object();
  if (choose(4) == 0) limit["max_hits"] = 1 + choose(5);
  if (choose(6) == 0) limit["ttl"] = "1s";
  if (choose(6) == 0) limit["cooldown"] = some_time(choose);
  if (choose(6) == 0)
    limit["max_hits_per"] = {{"key", some_key(choose, stage)}, {"n", 1 + choose(3)}};
  if (!limit.empty()) rule["limit"] = limit;
  rule["actions"] = json::array({{{"tag", {{"label", "x"}}}}});
  if (choose(4) == 0)
    rule["actions"].push_back(
        {{"ban", {{"by", some_key(choose, stage)}, {"for", some_time(choose)}}}});
  return rule;
}

std::string some_rules(const chooser& choose) {
  json set = {{"seed", choose(3)}, {"rules", json::array()}};
  const std::size_t count = 1 + choose(6);
  for (std::size_t i = 0; i < count; ++i) set["rules"].push_back(some_rule(choose, i));
  return set.dump();
}

class set_clock final : public model::clock {
 public:
  [[nodiscard]] model::instant now() const override { return now_; }
  void advance(std::int64_t milliseconds) { now_ += model::duration{milliseconds}; }

 private:
  model::instant now_{std::chrono::hours{24 * 20'000} + std::chrono::hours{15} +
                      std::chrono::minutes{59}};
};

// The engine in question, fed from the steps of a tale.
class player {
 public:
  explicit player(const clocks& time) : engine_(time, 0) {}

  bool load(const std::string& rules) {
    load_result loaded = load_rule_set(rules);
    if (!loaded.rules) return false;
    (void)engine_.replace(std::move(*loaded.rules));
    return true;
  }
  std::vector<std::string> ask(const step& at) {
    model::envelope envelope;
    const event facts = facts_of(at, envelope);
    std::vector<std::string> fired;
    if (const verdict* const decided = engine_.decide(facts)) {
      for (const firing& each : decided->fired) fired.push_back(each.rule);
    }
    return fired;
  }
  void happen(const step& at) {
    model::envelope envelope;
    step within = at;
    within.stage = 3;
    const event facts = facts_of(within, envelope);
    constexpr std::array<happening, 3> all = {happening::mail_accepted, happening::rcpt_accepted,
                                              happening::message_accepted};
    engine_.observe(all[at.happening], facts);
  }

 private:
  static event facts_of(const step& at, model::envelope& envelope) {
    constexpr std::array<model::stage, 4> stages = {model::stage::connect, model::stage::mail,
                                                    model::stage::rcpt, model::stage::data};
    event facts;
    facts.point = stages[at.stage];
    facts.client_address = at.client;
    if (at.stage >= 1) facts.helo = at.helo;
    if (at.stage == 1) facts.path = at.from;
    if (at.stage >= 2) {
      envelope.reverse_path = at.from;
      facts.envelope = &envelope;
    }
    if (at.stage == 2) facts.path = at.rcpt;
    if (at.stage == 3)
      envelope.recipients = {{at.rcpt, {}, 250, {}, {}}, {"second@a.test", {}, 250, {}, {}}};
    return facts;
  }

  engine engine_;
};

}  // namespace

tale make_tale(const chooser& choose, std::size_t steps) {
  tale told{some_rules(choose), {}};
  for (std::size_t i = 0; i < steps; ++i) {
    step next;
    next.client = one_of<2>(choose, {"10.0.0.1", "10.0.0.2"});
    next.helo = one_of<2>(choose, {"h1", "h2"});
    next.from = some_address(choose);
    next.rcpt = some_address(choose);
    const std::uint64_t what = choose(40);
    if (what < 20) {
      next.what = step::kind::ask;
      next.stage = static_cast<std::uint8_t>(choose(4));
    } else if (what < 32) {
      next.what = step::kind::happen;
      next.happening = static_cast<std::uint8_t>(choose(3));
    } else if (what < 39) {
      next.what = step::kind::advance;
      next.milliseconds = static_cast<std::int64_t>(choose(3) == 0 ? choose(100'000) : choose(30));
    } else {
      next.what = step::kind::reload;
      next.rules = choose(2) == 0 ? told.rules : some_rules(choose);
    }
    told.steps.push_back(std::move(next));
  }
  return told;
}

outcome compare(const tale& told) {
  outcome result;
  set_clock clock;
  player subject({clock, clock});
  reference_engine reference;
  if (!subject.load(told.rules)) return {"not loaded: " + told.rules, 0, 0};
  reference.load(told.rules, clock.now());
  std::string rules = told.rules;
  for (std::size_t i = 0; i < told.steps.size(); ++i) {
    const step& each = told.steps[i];
    switch (each.what) {
      case step::kind::advance: clock.advance(each.milliseconds); break;
      case step::kind::happen:
        subject.happen(each);
        reference.happen(each, clock.now());
        break;
      case step::kind::reload:
        rules = each.rules;
        if (!subject.load(rules)) return {"not loaded: " + rules, 0, 0};
        reference.load(rules, clock.now());
        break;
      case step::kind::ask: {
        const auto found = subject.ask(each);
        const auto expected = reference.ask(each, clock.now());
        ++result.asked;
        result.acted += found.size();
        if (found == expected) break;
        std::string text = "step " + std::to_string(i) + ": the engine says";
        for (const std::string& id : found) text += ' ' + id;
        text += ", the reference";
        for (const std::string& id : expected) text += ' ' + id;
        return {text + "\n" + rules, 0, 0};
      }
    }
  }
  return result;
}

}  // namespace mailrig::faults::story
