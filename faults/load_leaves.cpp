// The leaves of `when` that are more than a look at one fact.
#include "faults/duration_text.hpp"
#include "faults/loading.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

constexpr std::int64_t most_events = 1'000'000'000'000;

std::uint32_t next_memory(rule_context& context) {
  return context.target.memory_count++;
}

// At `listen` nobody has come yet: there is no event to count or to remember.
void check_event(rule_context& context, const place& where, std::string_view name) {
  if (context.target.stages.contains(model::stage::listen) && !context.at_any_stage)
    context.out.add(where,
                    "at `listen` there is no event, so `" + std::string(name) + "` cannot be asked",
                    "state, time and connections.open per global only");
}

leaf load_lists(rule_context& context, const json& value, const place& where) {
  if (!value.is_object() || value.size() != 1) {
    context.out.add(where, "expected one fact and one list, found " + excerpt(value),
                    R"({"rcpt": "unknown_users"})");
    return list_test{};
  }
  const std::string& key = value.begin().key();
  const auto fact = find_fact(key);
  if (!fact) {
    const std::string_view meant = nearest_fact(key);
    context.out.add(where / key, "no fact is called `" + shown(key, 80) + "`",
                    meant.empty() ? R"({"rcpt": "unknown_users"})"
                                  : "did you mean `" + std::string(meant) + "`?");
    return list_test{};
  }
  check_known(context, where / key, *fact);
  return load_list_test(context, *fact, value.begin().value(), where / key);
}

leaf load_state(rule_context& context, const json& value, const place& where) {
  state_test test;
  object_reader in(value, where, context.out, R"({"of": "outage", "is": "down"})");
  if (!in.is_object()) return test;
  if (in.require("of", "the state machine: {\"of\": \"outage\", \"is\": \"down\"}") != nullptr)
    test.machine = in.text("of");
  if (const json* is = in.require("is", "one state, or an array of them"); is != nullptr) {
    if (is->is_array())
      test.is = in.texts("is", 100);
    else
      test.is = {in.text("is")};
  }
  in.finish();
  const auto found = std::find_if(context.machines.begin(), context.machines.end(),
                                  [&](const machine& each) { return each.name == test.machine; });
  if (found == context.machines.end()) {
    context.out.add(where, "`states` has no machine called `" + shown(test.machine, 80) + "`",
                    "a machine under `states`");
    return test;
  }
  for (const std::string& name : test.is) {
    const auto& states = found->states;
    if (std::none_of(states.begin(), states.end(),
                     [&](const machine_state& each) { return each.name == name; }))
      context.out.add(where, "`" + test.machine + "` has no state called `" + shown(name, 80) + "`",
                      "one of its states");
  }
  return test;
}

time_test load_moment(rule_context& context, const json& value, const place& where) {
  time_test test;
  test.since_load = read_duration(value, where, context.out).value_or(model::duration{0});
  return test;
}

leaf load_after(rule_context& context, const json& value, const place& where) {
  return load_moment(context, value, where);
}

leaf load_before(rule_context& context, const json& value, const place& where) {
  time_test test = load_moment(context, value, where);
  test.what = time_test::kind::before;
  return test;
}

leaf load_daily(rule_context& context, const json& value, const place& where) {
  time_test test;
  test.what = time_test::kind::daily;
  constexpr std::string_view right = R"({"from": "22:00", "to": "06:00", "tz": "+08:00"})";
  object_reader in(value, where, context.out, right);
  if (!in.is_object()) return test;
  const auto read = [&](std::string_view key) -> model::duration {
    const json* text = in.require(key, std::string(right));
    if (text == nullptr) return {};
    const std::string hour = text->is_string() ? text->get<std::string>() : std::string{};
    const auto digit = [&](std::size_t i) { return hour[i] >= '0' && hour[i] <= '9'; };
    if (hour.size() == 5 && hour[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
      const int hours = (hour[0] - '0') * 10 + (hour[1] - '0');
      const int minutes = (hour[3] - '0') * 10 + (hour[4] - '0');
      if (hours * 60 + minutes <= 24 * 60 && minutes < 60)
        return std::chrono::hours{hours} + std::chrono::minutes{minutes};
    }
    context.out.add(where / key, excerpt(*text) + " is not a time of the day",
                    "\"00:00\" to \"24:00\"");
    return {};
  };
  test.from = read("from");
  test.to = read("to");
  if (const json* tz = in.find("tz"); tz != nullptr)
    test.offset = read_offset(*tz, where / "tz", context.out);
  in.finish();
  if (test.from == test.to)
    context.out.add(where, "`from` and `to` are the same time, so the window is empty",
                    std::string(right));
  return test;
}

key_parts required_key(rule_context& context, object_reader& in) {
  const json* key = in.require("key", R"("key": ["client_ip", "mail_from", "rcpt"])");
  return key == nullptr ? key_parts{} : read_key(context, *key, in.where() / "key");
}

key_parts optional_per(rule_context& context, object_reader& in) {
  const json* per = in.find("per");
  return per == nullptr ? key_parts{} : read_key(context, *per, in.where() / "per");
}

leaf load_banned(rule_context& context, const json& value, const place& where) {
  check_event(context, where, "banned");
  banned_test test;
  object_reader in(value, where, context.out, R"({"by": "client_ip"})");
  if (!in.is_object()) return test;
  const json* by = in.require("by", R"({"by": "client_ip"})");
  if (by != nullptr) {
    const key_parts parts = read_key(context, *by, where / "by");
    if (parts.size() == 1)
      test.by = parts.front();
    else if (!parts.empty())
      context.out.add(where / "by", "a ban is by one thing", R"("client_ip")");
  }
  in.finish();
  return test;
}

leaf load_greylist(rule_context& context, const json& value, const place& where) {
  check_event(context, where, "greylist");
  greylist_test test;
  constexpr std::string_view right =
      R"({"key": ["client_ip", "mail_from", "rcpt"], "min": "120s", "max": "4h"})";
  object_reader in(value, where, context.out, right);
  if (!in.is_object()) return test;
  test.key = required_key(context, in);
  if (in.require("min", right) != nullptr)
    test.min = in.duration("min", model::duration{0}, model::duration{1});
  test.max = in.duration("max", std::max<model::duration>(std::chrono::hours{4}, test.min));
  in.finish();
  if (test.max < test.min)
    context.out.add(where / "max",
                    "`max` is shorter than `min`, so the key would be refused for ever",
                    "at least \"" + duration_text(test.min) + "\"");
  test.slot = next_memory(context);
  return test;
}

leaf load_seen(rule_context& context, const json& value, const place& where) {
  check_event(context, where, "seen");
  seen_test test;
  object_reader in(value, where, context.out, R"({"key": ["message_id"]})");
  if (!in.is_object()) return test;
  test.key = required_key(context, in);
  in.finish();
  test.slot = next_memory(context);
  return test;
}

leaf load_nth(rule_context& context, const json& value, const place& where) {
  check_event(context, where, "nth");
  nth_test test;
  test.slot = next_memory(context);
  constexpr number_range range{1, most_events};
  if (!value.is_object()) {
    const auto n = read_integer(value, where, context.out, range);
    test.from = test.to = static_cast<std::uint64_t>(n.value_or(1));
    return test;
  }
  object_reader in(value, where, context.out, R"({"n": 1, "per": "rcpt"})");
  const bool has_n = in.find("n") != nullptr;
  const bool has_range = in.find("from") != nullptr || in.find("to") != nullptr;
  if (has_n == has_range)
    context.out.add(where, has_n ? "`n` beside `from` and `to`" : "which events is not said",
                    R"({"n": 1} or {"from": 1, "to": 3})");
  if (has_n) {
    test.from = test.to = static_cast<std::uint64_t>(in.integer("n", 1, range));
  } else {
    test.from = static_cast<std::uint64_t>(in.integer("from", 1, range));
    test.to = static_cast<std::uint64_t>(in.integer("to", most_events, range));
  }
  test.per = optional_per(context, in);
  in.finish();
  if (test.to < test.from)
    context.out.add(where / "to", "`to` is smaller than `from`", R"({"from": 1, "to": 3})");
  return test;
}

leaf load_every(rule_context& context, const json& value, const place& where) {
  check_event(context, where, "every");
  every_test test;
  test.slot = next_memory(context);
  constexpr number_range range{1, most_events};
  if (!value.is_object()) {
    test.n = static_cast<std::uint64_t>(read_integer(value, where, context.out, range).value_or(1));
    return test;
  }
  object_reader in(value, where, context.out, R"({"n": 5, "per": "rcpt"})");
  if (in.require("n", R"({"n": 5, "per": "rcpt"})") != nullptr)
    test.n = static_cast<std::uint64_t>(in.integer("n", 1, range));
  test.per = optional_per(context, in);
  in.finish();
  return test;
}

leaf load_probability(rule_context& context, const json& value, const place& where) {
  check_event(context, where, "probability");
  probability_test test;
  test.slot = next_memory(context);
  const auto read = [&](const json& p, const place& at) {
    if (p.is_number() && p.get<double>() >= 0 && p.get<double>() <= 1) {
      test.p = p.get<double>();
      return;
    }
    context.out.add(at, excerpt(p) + " is not a probability",
                    "a number from 0 (never) to 1 (always)");
  };
  if (!value.is_object()) {
    read(value, where);
    return test;
  }
  object_reader in(value, where, context.out, R"({"p": 0.1, "per": "mail_from"})");
  if (const json* p = in.require("p", R"({"p": 0.1, "per": "mail_from"})"); p != nullptr)
    read(*p, where / "p");
  test.per = optional_per(context, in);
  in.finish();
  return test;
}

constexpr std::array<leaf_loader, 13> loaders = {{
    {"lists", load_lists, false},
    {"count", load_count, false},
    {"state", load_state, false},
    {"after", load_after, false},
    {"before", load_before, false},
    {"for", load_before, false},
    {"window", load_daily, false},
    {"banned", load_banned, false},
    {"seen", load_seen, false},
    {"greylist", load_greylist, true},
    {"nth", load_nth, true},
    {"every", load_every, true},
    {"probability", load_probability, true},
}};

}  // namespace

const leaf_loader* find_leaf_loader(std::string_view name) {
  const auto* const found =
      std::find_if(loaders.begin(), loaders.end(),
                   [name](const leaf_loader& each) { return each.name == name; });
  return found == loaders.end() ? nullptr : found;
}

}  // namespace mailrig::faults
