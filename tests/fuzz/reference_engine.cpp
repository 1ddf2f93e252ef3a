#include "tests/fuzz/reference_engine.hpp"

#include "faults/draw.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace mailrig::faults::story {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 4> stage_names = {"connect", "mail", "rcpt", "data"};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string domain(const std::string& address) {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos ? "" : address.substr(at + 1);
}

std::int64_t milliseconds(const std::string& text) {
  const std::int64_t number = std::stoll(text);
  return text.ends_with("ms") ? number : number * 1000;
}

// Every value that a fact has at a step; none if it is absent.
std::vector<std::string> values(const std::string& name, const step& at) {
  std::vector<std::string> recipients;
  if (at.stage == 2) recipients = {at.rcpt};
  if (at.stage == 3) recipients = {at.rcpt, "second@a.test"};
  if (name == "client.ip") return {at.client};
  if (at.stage == 0) return {};
  if (name == "helo") return {at.helo};
  if (name == "mail_from") return {at.from};
  if (name == "mail_from.domain") return {domain(at.from)};
  if (name == "rcpt") return {at.rcpt};
  if (name == "rcpt.domain") return {domain(at.rcpt)};
  return recipients;
}

bool ends_with_glob(const std::string& text, const std::string& glob) {
  return text.ends_with(glob.substr(1));  // stories only have "*tail"
}

bool compares(const std::string& op, const json& operand, const std::string& text) {
  if (op == "in")
    return std::any_of(operand.begin(), operand.end(),
                       [&](const json& each) { return lower(each) == text; });
  const std::string wanted = lower(operand.get<std::string>());
  if (op == "eq") return text == wanted;
  if (op == "ne") return text != wanted;
  if (op == "starts") return text.starts_with(wanted);
  return ends_with_glob(text, wanted);
}

bool fact_holds(const std::string& name, const json& tests, const step& at) {
  const std::vector<std::string> all = values(name, at);
  for (const auto& [op, operand] : tests.items()) {
    if (op == "exists") {
      if (operand.get<bool>() == all.empty()) return false;
      continue;
    }
    std::size_t met = 0;
    for (const std::string& each : all) met += compares(op, operand, lower(each)) ? 1 : 0;
    const bool holds = name == "rcpt.all" ? met == all.size() && met != 0 : met != 0;
    if (!holds) return false;
  }
  return true;
}

std::string key_value(const std::string& part, const step& at) {
  if (part == "global") return "";
  if (part == "client_ip") return at.client;
  if (part == "rcpt") {
    if (at.stage != 3) return lower(at.rcpt);
    std::vector<std::string> all = {lower(at.rcpt), "second@a.test"};
    std::sort(all.begin(), all.end());
    return all[0] + "," + all[1] + ",";
  }
  const std::vector<std::string> all = values(part, at);
  return all.empty() ? "" : lower(all.front());
}

// The order in which leaves are asked.
int rank(const std::string& name, const json& value) {
  if (name == "count") return 2;
  if (name == "banned" || name == "greylist") return 4;
  if (name == "nth" || name == "every") return 5;
  if (name == "probability") return 6;
  int most = 0;
  if (name == "not") {
    for (const auto& [key, part] : value.items()) most = std::max(most, rank(key, part));
  } else if (name == "all" || name == "any") {
    for (const json& each : value)
      for (const auto& [key, part] : each.items()) most = std::max(most, rank(key, part));
  }
  return most;
}

bool orders(const json& test, std::int64_t number) {
  if (test.contains("ge")) return number >= test["ge"].get<std::int64_t>();
  if (test.contains("gt")) return number > test["gt"].get<std::int64_t>();
  if (test.contains("lt")) return number < test["lt"].get<std::int64_t>();
  if (test.contains("ne")) return number != test["ne"].get<std::int64_t>();
  return number == test["eq"].get<std::int64_t>();
}

// What tells two counters apart: everything but which way they are compared.
json identity(const json& test) {
  json spec = test;
  for (const char* const op : {"ge", "gt", "lt", "ne", "eq"}) {
    if (!test.contains(op)) continue;
    spec.erase(op);
    spec["operand"] = test[op];
  }
  return spec;
}

void collect(const json& value, std::vector<const json*>& counts,
             std::vector<const json*>& remembering) {
  if (value.is_array())
    for (const json& each : value) collect(each, counts, remembering);
  if (!value.is_object()) return;
  for (const auto& [key, part] : value.items()) {
    if (key == "count") counts.push_back(&part);
    if (key == "nth" || key == "every" || key == "probability" || key == "greylist")
      remembering.push_back(&part);
    if (key == "all" || key == "any" || key == "not") collect(part, counts, remembering);
  }
}

}  // namespace

void reference_engine::load(const std::string& text, model::instant now) {
  const json set = json::parse(text);
  seed_ = set["seed"].get<std::uint64_t>();
  std::vector<rule> before = std::move(rules_);
  rules_.clear();
  for (const json& each : set["rules"]) {
    const auto same = std::find_if(before.begin(), before.end(),
                                   [&](const rule& old) { return old.what == each; });
    rules_.push_back(same == before.end() ? rule{each, now, {}, {}, {}} : *same);
  }
  std::stable_sort(rules_.begin(), rules_.end(), [](const rule& a, const rule& b) {
    return a.what["priority"] < b.what["priority"];
  });
  count_what_rules_name();
}

// A counter begins with the first rule that names it and lives for as long as one does.
void reference_engine::count_what_rules_name() {
  std::vector<counting> next;
  for (const rule& each : rules_) {
    std::vector<const json*> counts;
    std::vector<const json*> remembering;
    if (each.what.contains("when")) collect(each.what["when"], counts, remembering);
    for (const json* test : counts) {
      const json spec = identity(*test);
      const auto known = std::find_if(counters_.begin(), counters_.end(),
                                      [&](const counting& c) { return c.spec == spec; });
      const bool is_there =
          std::any_of(next.begin(), next.end(), [&](const counting& c) { return c.spec == spec; });
      if (!is_there)
        next.push_back(known == counters_.end() ? counting{spec, past_.size()} : *known);
    }
  }
  counters_ = std::move(next);
}

std::string reference_engine::default_key(const step& at) const {
  return key_value(at.stage >= 1 ? "mail_from" : "client_ip", at);
}

bool reference_engine::counts(const json& test, const step& at, model::instant now) {
  const std::string per = test["per"];
  const std::string key = key_value(per, at);
  const auto counter =
      std::find_if(counters_.begin(), counters_.end(),
                   [spec = identity(test)](const counting& c) { return c.spec == spec; });
  constexpr std::array<const char*, 3> fed_by = {"mail", "rcpt.accepted", "messages.accepted"};
  const std::string of = test["of"];
  const json window = test.contains("window") ? test["window"] : json();
  std::set<std::string> domains;
  std::int64_t sum = 0;
  std::uint64_t level = 0;
  model::instant last{};
  const auto day = [](model::instant when) {
    return (when.time_since_epoch() + std::chrono::hours{8}).count() / 86'400'000;
  };
  for (std::size_t i = counter->since; i < past_.size(); ++i) {
    step then = past_[i].what;
    then.stage = 3;
    const std::string what = fed_by[then.happening];
    if (what != of && !(of == "mail.distinct_sender_domains" && what == "mail")) continue;
    if (key_value(per, then) != key) continue;
    const model::instant when = past_[i].at;
    if (window.is_string() && (now - when).count() >= milliseconds(window)) continue;
    if (window.contains("fixed")) {
      const std::int64_t length = milliseconds(window["fixed"]);
      if (when.time_since_epoch().count() / length != now.time_since_epoch().count() / length)
        continue;
    }
    if (window.contains("day") && day(when) != day(now)) continue;
    if (window.contains("bucket")) {
      const json& bucket = window["bucket"];
      const auto length = static_cast<std::uint64_t>(milliseconds(bucket["per"]));
      const std::uint64_t drained =
          static_cast<std::uint64_t>((when - last).count()) * bucket["rate"].get<std::uint64_t>();
      level -= std::min(level, drained);
      level = std::min(level + length, bucket["burst"].get<std::uint64_t>() * length);
      last = when;
    }
    ++sum;
    domains.insert(lower(domain(then.from)));
  }
  if (of == "mail.distinct_sender_domains") sum = static_cast<std::int64_t>(domains.size());
  if (window.contains("bucket")) {
    const json& bucket = window["bucket"];
    const auto length = static_cast<std::uint64_t>(milliseconds(bucket["per"]));
    const std::uint64_t drained =
        static_cast<std::uint64_t>((now - last).count()) * bucket["rate"].get<std::uint64_t>();
    level -= std::min(level, drained);
    sum = static_cast<std::int64_t>((level + length - 1) / length);
  }
  return orders(test, sum);
}

// Leaves are told apart by where they stand in their rule.
int reference_engine::leaf_number(const rule& owner, const json& value) {
  std::vector<const json*> counts;
  std::vector<const json*> remembering;
  collect(owner.what["when"], counts, remembering);
  return static_cast<int>(std::find(remembering.begin(), remembering.end(), &value) -
                          remembering.begin());
}

bool reference_engine::greylists(rule& owner, const json& test, int leaf, const step& at,
                                 model::instant now) {
  memory& known = owner.memories[{leaf, key_value(test["key"][0], at)}];
  const std::int64_t age = (now - known.first).count();
  if (known.count == 0 || (!known.has_passed && age > milliseconds(test["max"]))) {
    known = {1, now, false};
    return true;
  }
  ++known.count;
  if (age >= milliseconds(test["min"])) known.has_passed = true;
  return !known.has_passed;
}

bool reference_engine::leaf_holds(rule& owner, const std::string& name, const json& value,
                                  const step& at, model::instant now) {
  if (name == "count") return counts(value, at, now);
  if (name == "banned") {
    const auto until = banned_until_.find({value["by"], key_value(value["by"], at)});
    return until != banned_until_.end() && now < until->second;
  }
  if (name == "after") return (now - owner.loaded_at).count() >= milliseconds(value);
  if (name == "before") return (now - owner.loaded_at).count() < milliseconds(value);
  if (name != "nth" && name != "every" && name != "probability" && name != "greylist")
    return fact_holds(name, value, at);
  const int leaf = leaf_number(owner, value);
  if (name == "greylist") return greylists(owner, value, leaf, at, now);
  const std::string key = value.contains("per") ? key_value(value["per"], at) : default_key(at);
  const std::uint64_t n = ++owner.memories[{leaf, key}].count;
  if (name == "nth")
    return n >= value["from"].get<std::uint64_t>() && n <= value["to"].get<std::uint64_t>();
  if (name == "every") return n % value["n"].get<std::uint64_t>() == 0;
  const double draw = draw_fraction({seed_, owner.what["id"].get_ref<const std::string&>(), key, n,
                                     static_cast<std::uint64_t>(leaf)});
  return draw < value["p"].get<double>();
}

bool reference_engine::holds(rule& owner, const json& condition, const step& at,
                             model::instant now) {
  std::vector<std::tuple<int, std::string, const json*>> parts;
  for (const auto& [key, value] : condition.items())
    parts.emplace_back(rank(key, value), key, &value);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
  for (const auto& [order, name, value] : parts) {
    bool held = false;
    if (name == "not") {
      held = !holds(owner, *value, at, now);
    } else if (name == "all" || name == "any") {
      std::vector<std::pair<int, const json*>> groups;
      for (const json& each : *value) groups.emplace_back(rank("all", json::array({each})), &each);
      std::stable_sort(groups.begin(), groups.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      held = name == "all";
      for (const auto& [unused, each] : groups) {
        const bool one = holds(owner, *each, at, now);
        if (one == (name == "all")) continue;
        held = one;
        break;
      }
    } else {
      held = leaf_holds(owner, name, *value, at, now);
    }
    if (!held) return false;
  }
  return true;
}

void reference_engine::fire(rule& owner, const step& at, model::instant now) {
  owner.hits.push_back(now);
  const json& what = owner.what;
  if (what.contains("limit") && what["limit"].contains("max_hits_per"))
    ++owner.hits_of[key_value(what["limit"]["max_hits_per"]["key"], at)];
  for (const json& action : what["actions"]) {
    if (!action.contains("ban")) continue;
    const json& ban = action["ban"];
    banned_until_[{ban["by"], key_value(ban["by"], at)}] =
        now + model::duration{milliseconds(ban["for"])};
  }
}

std::vector<std::string> reference_engine::ask(const step& at, model::instant now) {
  std::vector<std::string> fired;
  for (rule& each : rules_) {
    const json& what = each.what;
    const json limit = what.contains("limit") ? what["limit"] : json::object();
    if (what["where"]["stage"] != stage_names[at.stage]) continue;
    if (!what.value("enabled", true)) continue;
    if (limit.contains("max_hits") && each.hits.size() >= limit["max_hits"].get<std::size_t>())
      continue;
    if (limit.contains("ttl") && (now - each.loaded_at).count() >= milliseconds(limit["ttl"]))
      continue;
    if (what.contains("when") && !holds(each, what["when"], at, now)) continue;
    if (limit.contains("cooldown") && !each.hits.empty() &&
        (now - each.hits.back()).count() < milliseconds(limit["cooldown"]))
      continue;
    if (limit.contains("max_hits_per")) {
      const json& per = limit["max_hits_per"];
      if (each.hits_of[key_value(per["key"], at)] >= per["n"].get<std::uint64_t>()) continue;
    }
    fire(each, at, now);
    fired.push_back(what["id"]);
    if (!what.value("continue", false)) break;
  }
  return fired;
}

void reference_engine::happen(const step& at, model::instant now) {
  past_.push_back({at, now});
}

}  // namespace mailrig::faults::story
