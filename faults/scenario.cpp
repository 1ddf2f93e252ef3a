#include "faults/scenario.hpp"

#include "faults/duration_text.hpp"
#include "faults/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace mailrig::faults {
namespace {

constexpr std::array<std::string_view, 4> kinds = {"number", "text", "duration", "flag"};
constexpr std::size_t most_parameters = 50;
constexpr std::size_t longest_name = 60;
constexpr std::size_t longest_text = 16'384;

using values = std::map<std::string, json, std::less<>>;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

// Why a value does not fit a parameter; empty: it does. A number or a flag that came as text
// becomes one.
std::string misfit(json& value, const scenario_parameter& what) {
  if (value.is_null()) return what.standard == "null" ? "" : "it may not be null";
  const bool is_number = what.kind == "number";
  const bool is_flag = what.kind == "flag";
  if ((is_number || is_flag) && value.is_string()) {
    const json read = json::parse(value.get<std::string>(), nullptr, false);
    if (is_number ? read.is_number() : read.is_boolean()) value = read;
  }
  if (is_number) return value.is_number() ? "" : "a number";
  if (is_flag) return value.is_boolean() ? "" : "true or false";
  if (!value.is_string()) return what.kind == "duration" ? R"(a duration such as "10s")" : "a text";
  const auto text = value.get<std::string>();
  if (what.kind == "duration" && !parse_duration(text))
    return R"(a duration with its unit, such as "300ms", "10s" or "15m")";
  if (!what.choices.empty() &&
      std::find(what.choices.begin(), what.choices.end(), text) == what.choices.end()) {
    const std::vector<std::string_view> names(what.choices.begin(), what.choices.end());
    return "one of " + choices(names);
  }
  return {};
}

std::string as_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string fill_text(std::string_view text, const values& given) {
  std::string result;
  while (!text.empty()) {
    const std::size_t begin = text.find("${");
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    result += text.substr(0, std::min(begin, text.size()));
    if (end == std::string_view::npos) break;
    const auto found = given.find(text.substr(begin + 2, end - begin - 2));
    result += found != given.end() ? as_text(found->second)
                                   : std::string(text.substr(begin, end - begin + 1));
    text.remove_prefix(end + 1);
  }
  return result;
}

// Recursion is bounded: parse_json() refused deep documents.
void fill_in(json& node, const values& given) {
  if (node.is_string()) {
    const auto& text = node.get_ref<const std::string&>();
    if (text.size() > 1 && text[0] == '$' && text[1] != '{') {
      const auto found = given.find(std::string_view(text).substr(1));
      if (found != given.end()) node = json(found->second);
    } else if (text.find("${") != std::string::npos) {
      node = fill_text(text, given);
    }
    return;
  }
  if (!node.is_structured()) return;
  for (json& each : node) fill_in(each, given);
  if (!node.is_object()) return;
  for (auto each = node.begin(); each != node.end();)
    each = each->is_null() ? node.erase(each) : std::next(each);
}

// {"when": {"stage": "end_of_data"}}
void read_condition(object_reader& in, scenario_parameter& into) {
  const json* const when = in.find("when");
  if (when == nullptr) return;
  if (when->is_object() && when->size() == 1 && when->begin()->is_string())
    into.when = {when->begin().key(), when->begin()->get<std::string>()};
  else
    in.out().add(in.where() / "when", excerpt(*when) + " names no parameter and its value",
                 R"({"stage": "end_of_data"})");
}

scenario_parameter read_parameter(const std::string& name, const json& value, const place& where,
                                  findings& out) {
  scenario_parameter result;
  result.name = name;
  object_reader in(value, where, out, R"({"title": "…", "kind": "number", "default": 10})");
  if (!in.is_object()) return result;
  result.title = in.text("title");
  const json* const kind = in.require("kind", "one of " + choices(kinds));
  if (kind != nullptr) {
    const auto found = read_choice(*kind, where / "kind", out, kinds, "kind");
    if (found) result.kind = kinds[*found];
  }
  result.choices = in.texts("choices", most_parameters);
  if (result.kind == "flag") result.choices = {"true", "false"};
  read_condition(in, result);
  const json* const standard = in.require("default", "its value when nothing is said, or null");
  in.finish();
  if (standard == nullptr || result.kind.empty()) return result;
  result.standard = standard->dump();
  json copy = *standard;
  if (const std::string wrong = misfit(copy, result); !wrong.empty())
    out.add(where / "default", excerpt(*standard) + " does not fit", wrong);
  return result;
}

std::vector<scenario_parameter> read_parameters(const json* value, const place& where,
                                                findings& out) {
  std::vector<scenario_parameter> result;
  if (value == nullptr) return result;
  if (!value->is_object() || value->size() > most_parameters) {
    out.add(where, "expected an object of at most 50 parameters, found " + excerpt(*value),
            R"({"times": {"title": "…", "kind": "number", "default": 1}})");
    return result;
  }
  for (const auto& [name, each] : value->items()) {
    const place at = where / name;
    result.push_back(read_parameter(name, each, at, out));
  }
  return result;
}

// The other parameter is there.
void check_conditions(const std::vector<scenario_parameter>& all, const place& where,
                      findings& out) {
  for (const scenario_parameter& each : all) {
    const auto is_it = [&each](const auto& one) { return one.name == each.when.parameter; };
    if (each.when.parameter.empty() || std::any_of(all.begin(), all.end(), is_it)) continue;
    out.add(where / each.name / "when", "there is no parameter `" + each.when.parameter + '`',
            "another parameter of this scenario");
  }
}

// Those that do not count with these values are as if nobody had named them.
void leave_out(const std::vector<scenario_parameter>& all, json& params) {
  for (const scenario_parameter& each : all) {
    if (each.when.parameter.empty()) continue;
    if (params[each.when.parameter] != each.when.value) params[each.name] = nullptr;
  }
}

std::string unknown_parameter(const std::vector<scenario_parameter>& all) {
  if (all.empty()) return "none: it takes no parameters";
  std::vector<std::string_view> names;
  names.reserve(all.size());
  for (const scenario_parameter& each : all) names.push_back(each.name);
  return "one of " + choices(names);
}

void limit_rules(json& document, const scenario::wish& wanted) {
  const auto rules = document.find("rules");
  if (rules == document.end() || !rules->is_array()) return;
  for (json& each : *rules) {
    if (!each.is_object()) continue;
    if (!wanted.ttl.empty()) each["limit"]["ttl"] = wanted.ttl;
    if (wanted.max_hits != 0) each["limit"]["max_hits"] = wanted.max_hits;
  }
}

}  // namespace

std::variant<scenario, std::vector<load_error>> scenario::parse(std::string_view text) {
  findings out;
  const auto parsed = parse_json(text, out);
  if (!parsed) return out.take();
  const place root;
  scenario result;
  object_reader in(*parsed, root, out, R"({"name": "…", "title": "…", "rules": []})");
  if (!in.is_object()) return out.take();
  if (in.require("name", R"("name": "my-scenario")") != nullptr) {
    result.name_ = in.text("name", {}, longest_text);
    if (!is_name(result.name_))
      out.add(root / "name", "\"" + result.name_.substr(0, longest_name) + "\" is no name",
              "1 to 60 letters, digits and . _ -");
  }
  result.title_ = in.text("title", {}, longest_text);
  result.parameters_ = read_parameters(in.find("params"), root / "params", out);
  check_conditions(result.parameters_, root / "params", out);
  if (!out.empty()) return out.take();
  result.text_ = parsed->dump();
  // With the defaults it is a set of rules without a fault.
  auto filled = result.fill({});
  if (auto* wrong = std::get_if<std::vector<load_error>>(&filled)) return std::move(*wrong);
  load_result loaded = load_rule_set(std::get<instance>(filled).document, document::scenario);
  if (!loaded.rules) return std::move(loaded.errors);
  return result;
}

std::variant<scenario::instance, std::vector<load_error>> scenario::fill(const wish& wanted) const {
  findings out;
  const auto given = parse_json(wanted.params.empty() ? "{}" : wanted.params, out);
  if (!given) return out.take();
  if (!given->is_object()) {
    out.add("/params", "expected an object, found " + excerpt(*given), R"({"times": 3})");
    return out.take();
  }
  if (!wanted.ttl.empty() && !parse_duration(wanted.ttl))
    out.add("/ttl", "\"" + wanted.ttl + "\" is no duration", R"("10m")");
  for (const auto& [name, value] : given->items()) {
    const auto is_it = [&name = name](const auto& each) { return each.name == name; };
    if (std::none_of(parameters_.begin(), parameters_.end(), is_it))
      out.add("/params/" + name, name_ + " has no parameter `" + name + '`',
              unknown_parameter(parameters_));
  }
  json params = json::object();
  for (const scenario_parameter& each : parameters_) {
    json value = json::parse(each.standard);
    if (const auto found = given->find(each.name); found != given->end()) {
      value = *found;
      if (std::string wrong = misfit(value, each); !wrong.empty())
        out.add("/params/" + each.name, excerpt(*found) + " does not fit", std::move(wrong));
    }
    params[each.name] = std::move(value);
  }
  if (!out.empty()) return out.take();
  leave_out(parameters_, params);
  values all;
  for (const auto& [name, value] : params.items()) all.emplace(name, value);
  json document = json::parse(text_);
  // What describes the parameters is not filled in itself.
  json description = document.value("params", json::object());
  document.erase("params");
  fill_in(document, all);
  limit_rules(document, wanted);
  document["params"] = std::move(description);
  return instance{document.dump(), params.dump()};
}

}  // namespace mailrig::faults
