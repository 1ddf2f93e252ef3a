// What conditions have in common: facts at their stages, keys, operations, lists, counters.
#include "faults/fact.hpp"
#include "faults/loading.hpp"
#include "faults/pattern.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

constexpr std::size_t most_list_entries = 100'000;
constexpr std::size_t most_operands = 10'000;
constexpr std::size_t longest_glob = 1024;

// A set of recipients is not one recipient.
std::string hint_for(fact id, stage_set unknown_at) {
  using enum model::stage;
  const stage_set later = {data, data_body, bdat, end_of_data, after_accept};
  const bool is_recipient = id == fact::rcpt || id == fact::rcpt_domain;
  if (is_recipient && !(unknown_at & later).empty())
    return "the recipients are a set there: `rcpt.any` or `rcpt.all`, with {\"glob\": "
           "\"*@163.com\"} for a domain";
  return {};
}

// Which fact a part of a key is made of; nothing if it is always known.
std::optional<fact> fact_of(key_part part) {
  switch (part) {
    case key_part::client_ip:
    case key_part::connection: return fact::client_ip;
    case key_part::mail_from:
    case key_part::mail_from_domain:
    case key_part::transaction: return fact::mail_from;
    case key_part::rcpt: return fact::rcpt_any;
    case key_part::auth_user: return fact::auth_user;
    case key_part::fingerprint: return fact::fingerprint;
    case key_part::message_id: return fact::message_id;
    case key_part::helo: return fact::helo;
    case key_part::rig: break;
  }
  return std::nullopt;
}

bool takes(fact_kind kind, operation op) {
  using enum operation;
  switch (op) {
    case exists: return true;
    case eq:
    case ne: return true;
    case in: return kind != fact_kind::flag;
    case glob:
    case regex:
    case contains:
    case starts:
    case ends: return kind == fact_kind::text || kind == fact_kind::address;
    case lt:
    case le:
    case gt:
    case ge:
    case between: return kind == fact_kind::number || kind == fact_kind::time;
    case cidr: return kind == fact_kind::address;
  }
  return false;
}

std::string operations_of(fact_kind kind) {
  std::string text;
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto op = static_cast<operation>(i);
    if (!takes(kind, op)) continue;
    text.append(text.empty() ? "" : ", ").append(to_string(op));
  }
  return text;
}

std::string_view kind_name(fact_kind kind) {
  constexpr std::array<std::string_view, 5> names = {"a text", "a number", "true or false",
                                                     "a time", "an address"};
  return names[static_cast<std::size_t>(kind)];
}

void load_number(predicate& test, findings& out, const json& value, const place& where,
                 fact_kind kind) {
  if (kind == fact_kind::time) {
    if (const auto time = read_duration(value, where, out)) test.numbers.push_back(time->count());
    return;
  }
  if (const auto number = read_integer(value, where, out, {0, INT64_MAX - 1}))
    test.numbers.push_back(*number);
}

void load_texts(predicate& test, findings& out, const json& value, const place& where) {
  const std::size_t most = test.op == operation::glob ? longest_glob : 4096;
  if (test.op == operation::in) {
    for (const std::string& each : read_texts(value, where, out, most_operands, most))
      test.texts.push_back(folded(each));
    std::sort(test.texts.begin(), test.texts.end());
    return;
  }
  if (const auto text = read_text(value, where, out, most)) test.texts.push_back(folded(*text));
}

void load_networks(predicate& test, findings& out, const json& value, const place& where) {
  const auto read = [&](const json& each, const place& at) {
    const auto text = read_text(each, at, out);
    if (!text) return;
    if (const auto network = parse_network(*text))
      test.networks.push_back(*network);
    else
      out.add(at, "\"" + shown(*text, 80) + "\" is not a network", R"("10.0.0.0/8" or "fd00::/8")");
  };
  if (!value.is_array()) return read(value, where);
  for (std::size_t i = 0; i < std::min(value.size(), most_operands); ++i) read(value[i], where[i]);
}

void load_expression(predicate& test, findings& out, const json& value, const place& where) {
  const auto text = read_text(value, where, out);
  if (!text) return;
  auto compiled = pattern::compile(*text);
  if (const auto* const wrong = std::get_if<std::string>(&compiled))
    out.add(where, "not a regular expression of RE2: " + shown(*wrong),
            "such as \"^bounce-[0-9]+@\"");
  else
    test.expression = std::get<std::shared_ptr<const pattern>>(compiled);
}

void load_numbers(predicate& test, findings& out, const json& value, const place& where,
                  fact_kind kind) {
  if (test.op != operation::in && test.op != operation::between)
    return load_number(test, out, value, where, kind);
  const bool is_pair = test.op == operation::between;
  if (!value.is_array() || (is_pair && value.size() != 2) || value.size() > most_operands) {
    out.add(where, "expected an array, found " + excerpt(value),
            is_pair ? "[least, most], both included" : "[1, 2, 3]");
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) load_number(test, out, value[i], where[i], kind);
  if (is_pair && test.numbers.size() == 2 && test.numbers[1] < test.numbers[0])
    out.add(where, "the first is greater than the second", "[least, most], both included");
}

}  // namespace

std::string stage_list(stage_set stages, protocol talk) {
  std::string text;
  const stage_set shown_stages = stages & stages_of(talk);
  for (std::size_t i = 0; i < model::stage_count; ++i) {
    const auto point = static_cast<model::stage>(i);
    if (!shown_stages.contains(point)) continue;
    text.append(text.empty() ? "" : ", ").append(to_string(point));
  }
  return text;
}

void check_known(rule_context& context, const place& where, const fact_name& what) {
  const rule& target = context.target;
  stage_set known;
  stage_set unknown;
  for (std::size_t i = 0; i < model::stage_count; ++i) {
    const auto point = static_cast<model::stage>(i);
    if (!stages_of(target.talk).contains(point)) continue;
    if (is_known_at(what.id, target.talk, point))
      known.insert(point);
    else if (target.stages.contains(point))
      unknown.insert(point);
  }
  const bool is_fine = context.at_any_stage ? !known.empty() : unknown.empty();
  if (is_fine) return;
  std::string right = hint_for(what.id, unknown);
  if (right.empty())
    right = known.empty() ? "no stage of " + std::string(to_string(target.talk)) + " knows it"
                          : "it is known at " + stage_list(known, target.talk);
  context.out.add(
      where, "`" + to_string(what) + "` cannot be known at " + stage_list(unknown, target.talk),
      std::move(right));
}

void check_known(rule_context& context, const place& where, key_part part) {
  if (const auto id = fact_of(part)) check_known(context, where, fact_name{*id, {}});
}

std::vector<std::string_view> key_part_choices() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < key_part_count; ++i)
    names.push_back(to_string(static_cast<key_part>(i)));
  return names;
}

key_parts read_key(rule_context& context, const json& value, const place& where) {
  key_parts parts;
  const std::vector<std::string_view> names = key_part_choices();
  const auto read = [&](const json& each, const place& at) {
    if (each.is_string() && each == "pair") {
      parts.insert(parts.end(), {key_part::mail_from, key_part::rcpt});
      check_known(context, at, key_part::rcpt);
      return;
    }
    const auto part =
        each.is_string() ? find_key_part(each.get_ref<const std::string&>()) : std::nullopt;
    if (!part) {
      (void)read_choice(each, at, context.out, names, "key");
      return;
    }
    check_known(context, at, *part);
    parts.push_back(*part);
  };
  if (!value.is_array()) {
    read(value, where);
    return parts;
  }
  if (value.empty() || value.size() > key_part_count)
    context.out.add(where, "a key of " + std::to_string(value.size()) + " parts",
                    R"(["client_ip", "mail_from", "rcpt"])");
  else
    for (std::size_t i = 0; i < value.size(); ++i) read(value[i], where[i]);
  return parts;
}

model::duration read_offset(const json& value, const place& where, findings& out) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string{};
  if (text == "UTC" || text == "Z") return {};
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' && digit(1) &&
      digit(2) && digit(4) && digit(5)) {
    const int minutes =
        ((text[1] - '0') * 10 + (text[2] - '0')) * 60 + (text[4] - '0') * 10 + (text[5] - '0');
    if (minutes <= 14 * 60 && text[4] < '6')
      return std::chrono::minutes{text[0] == '-' ? -minutes : minutes};
  }
  out.add(where, excerpt(value) + " is not an offset from UTC",
          "\"+08:00\", \"-05:00\" or \"UTC\"; names of zones are not known here");
  return {};
}

predicate load_predicate(findings& out, const json& value, const place& where, operation op,
                         fact_kind kind, std::string_view name) {
  predicate test;
  test.op = op;
  test.written = shown(value.dump(-1, ' ', false, json::error_handler_t::replace));
  if (!takes(kind, op)) {
    out.add(where,
            "`" + std::string(to_string(op)) + "` does not fit `" + std::string(name) +
                "`, which is " + std::string(kind_name(kind)),
            "one of " + operations_of(kind));
    return test;
  }
  if (op == operation::exists || kind == fact_kind::flag) {
    test.flag = read_flag(value, where, out).value_or(true);
  } else if (op == operation::cidr) {
    load_networks(test, out, value, where);
  } else if (op == operation::regex) {
    load_expression(test, out, value, where);
  } else if (kind == fact_kind::number || kind == fact_kind::time) {
    load_numbers(test, out, value, where, kind);
  } else {
    load_texts(test, out, value, where);
  }
  return test;
}

void check_lists(const json& value, const place& where, findings& out) {
  if (!value.is_object()) {
    out.add(where, "expected an object, found " + excerpt(value),
            R"({"unknown_users": ["nobody@163.com", "*@gone.test"]})");
    return;
  }
  for (const auto& [name, list] : value.items()) {
    const place at = where / name;
    if (!list.is_object()) {
      (void)read_texts(list, at, out, most_list_entries);
      continue;
    }
    for (const auto& [key, entries] : list.items()) {
      const place below = at / key;
      if (!find_fact(key))
        out.add(below, "no fact is called `" + shown(key, 80) + "`",
                R"(a fact: {"spam_words": {"subject": ["free money"]}})");
      (void)read_texts(entries, below, out, most_list_entries);
    }
  }
}

list_test load_list_test(rule_context& context, const fact_name& what, const json& value,
                         const place& where) {
  list_test test{what, {}, nullptr};
  const auto name = read_text(value, where, context.out);
  if (!name) return test;
  test.name = *name;
  const json* found = nullptr;
  if (context.lists != nullptr && context.lists->is_object() && context.lists->contains(*name))
    found = &context.lists->at(*name);
  if (found == nullptr) {
    context.out.add(where, "`lists` has no list called `" + shown(*name, 80) + "`",
                    "a list of that name under `lists`");
    return test;
  }
  if (found->is_object()) {
    const std::string key = to_string(what);
    if (!found->contains(key)) {
      context.out.add(where, "the list `" + shown(*name, 80) + "` has no entries for `" + key + "`",
                      "entries under `lists/" + shown(*name, 80) + "/" + key + "`");
      return test;
    }
    found = &found->at(key);
  }
  auto values = std::make_shared<value_list>();
  values->is_contained =
      what.id == fact::subject || what.id == fact::text || what.id == fact::header;
  if (found->is_array()) {
    for (const json& each : *found) {
      if (!each.is_string()) continue;  // check_lists() reported it
      std::string entry = folded(each.get_ref<const std::string&>());
      if (values->is_contained || is_glob(entry))
        values->others.push_back(std::move(entry));
      else
        values->exact.insert(std::move(entry));
    }
  }
  test.values = std::move(values);
  return test;
}

}  // namespace mailrig::faults
