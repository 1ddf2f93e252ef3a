#include "webui/inspector/rig_wish.hpp"

#include "faults/scenario.hpp"
#include "webui/inspector/fault_json.hpp"
#include "webui/inspector/json_body.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>

namespace mailrig::inspector {
namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_value = 320;  // an address: RFC 5321 4.5.3.1
constexpr std::size_t most_ports = 16;
constexpr std::size_t most_routes = 100;
constexpr model::duration usual_ttl = std::chrono::hours{1};
constexpr std::string_view name_rule =
    "1 to 100 letters, digits, '-', '_' or '.', beginning with a letter or digit";

bool is_letter_or_digit(char each) {
  return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
         (each >= '0' && each <= '9');
}

void read_port(const json_value& value, const std::string& place, object_reader& in,
               std::vector<rig::port_wish>& into) {
  if (value.is_string()) {
    into.push_back({value.get<std::string>(), {}, 0});
    return;
  }
  object_reader port(value, place, "a port (or a string such as \"smtp\")");
  rig::port_wish wish;
  wish.protocol = port.text("protocol").value_or("");
  wish.address = port.text("address").value_or("");
  wish.port = static_cast<std::uint16_t>(
      port.integer("port", 0, std::numeric_limits<std::uint16_t>::max()).value_or(0));
  if (wish.protocol.empty())
    port.complain("protocol", "is missing; it is a string such as \"smtp\".");
  port.finish();
  in.adopt(port.complaint());
  into.push_back(std::move(wish));
}

// One value, or an array of them.
template <typename Read>
void read_one_or_more(object_reader& in, std::string_view key, std::size_t most, Read read) {
  const json_value* const value = in.find_value(key);
  if (value == nullptr) return;
  if (!value->is_array()) return read(*value, in.place_of(key));
  if (value->size() > most)
    return in.complain(key, "has " + std::to_string(value->size()) + " entries; at most " +
                                std::to_string(most) + " are taken.");
  for (std::size_t i = 0; i < value->size(); ++i)
    read((*value)[i], in.place_of(key) + '/' + std::to_string(i));
}

void read_route(const json_value& value, const std::string& place, object_reader& in,
                std::vector<rig::route>& into) {
  constexpr std::string_view facts = "client_address, helo, user, recipient_domain or plus_tag";
  if (!value.is_object() || value.size() != 1) {
    const std::string what = value.is_object() ? "has " + std::to_string(value.size()) + " keys"
                                               : "is " + std::string(kind_of(value));
    return in.adopt(
        body_complaint{place, what + "; a route is one fact with its value, such as "
                                     "{\"recipient_domain\":\"gw3.test\"}, or a list of such."});
  }
  const auto entry = value.begin();
  const auto fact = rig::parse_route_fact(entry.key());
  const std::string at = place + '/' + entry.key();
  if (!fact)
    return in.adopt(
        body_complaint{at, "is not a fact to route by; there are " + std::string(facts) + "."});
  const std::string text = entry->is_string() ? entry->get<std::string>() : std::string();
  if (text.empty() || text.size() > longest_value)
    return in.adopt(body_complaint{
        at,
        "is not a value to route by; it is a string of 1 to 320 octets, and may hold * and ?."});
  if (text.find_first_not_of('*') == std::string::npos)
    return in.adopt(body_complaint{
        at,
        "would lead every mail to this rig; leave `route` out and use the rig's own port, or "
        "the rig default."});
  into.push_back({*fact, text});
}

rig::rig_limits read_limits(object_reader& in) {
  rig::rig_limits result;
  const json_value* const value = in.find_value("limits");
  if (value == nullptr) return result;
  object_reader limits(*value, in.place_of("limits"), "limits");
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  result.max_messages = limits.integer("max_messages", 0, most);
  result.max_memory = limits.size("max_memory");
  result.max_age = limits.duration("max_age");
  limits.finish();
  in.adopt(limits.complaint());
  return result;
}

rig::rig_settings read_settings(object_reader& in) {
  rig::rig_settings result;
  const json_value* const value = in.find_value("settings");
  if (value == nullptr) return result;
  object_reader settings(*value, in.place_of("settings"), "settings");
  constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
  result.host_name = settings.text("host_name");
  result.max_message_size = settings.size("max_message_size");
  result.max_recipients = settings.integer("max_recipients", 1, most);
  result.max_command_line = settings.size("max_command_line");
  result.max_errors = settings.integer("max_errors", 1, most);
  result.idle_timeout = settings.duration("idle_timeout");
  settings.finish();
  // RFC 5321 4.1.1.1: the name stands in a line of its own; nothing may break out of it.
  const auto is_odd = [](char each) { return each <= ' ' || each > '~'; };
  if (result.host_name && (result.host_name->empty() || result.host_name->size() > 255 ||
                           std::any_of(result.host_name->begin(), result.host_name->end(), is_odd)))
    settings.complain("host_name", "is no host name: 1 to 255 printable ASCII octets.");
  if (result.max_command_line && *result.max_command_line < 512)
    settings.complain("max_command_line", "is less than the 512 octets of RFC 5321 4.5.3.1.4.");
  in.adopt(settings.complaint());
  return result;
}

std::optional<model::duration> read_ttl(object_reader& in) {
  const json_value* const value = in.find("ttl");
  if (value == nullptr) return usual_ttl;
  if (value->is_null()) return std::nullopt;
  return in.duration("ttl");
}

void read_name(object_reader& in, rig_wish& into) {
  const auto name = in.text("name");
  if (!name) return;
  into.config.name = *name;
  if (!is_rig_name(*name))
    in.complain("name", "is not a name for a rig: " + std::string(name_rule) + ".");
}

// A list of rules, or a whole set with its lists and states.
void read_rules(object_reader& in, rig_wish& into) {
  const json_value* const rules = in.find_value("rules");
  if (rules == nullptr) return;
  json_value set = *rules;
  if (rules->is_array()) set = json_value{{"rules", *rules}};
  if (into.config.seed && set.is_object() && !set.contains("seed")) set["seed"] = *into.config.seed;
  into.rules = set.dump();
}

// "NAME", or {"name": "NAME", "params": {…}}.
std::optional<answer> read_scenario(object_reader& in, rig_wish& into) {
  const json_value* const value = in.find_value("scenario");
  if (value == nullptr) return std::nullopt;
  faults::scenario::wish wanted;
  std::string name;
  if (value->is_string()) {
    name = value->get<std::string>();
  } else {
    object_reader below(*value, "/scenario", "a scenario (or its name)");
    name = below.text("name").value_or("");
    if (const json_value* params = below.find_value("params")) wanted.params = params->dump();
    below.finish();
    in.adopt(below.complaint());
  }
  const faults::scenario* const found = faults::find_scenario(name);
  if (found == nullptr) {
    in.complain("scenario", "names no scenario; the nearest is \"" +
                                std::string(faults::nearest_scenario(name)) +
                                "\", GET /v1/scenarios lists them.");
    return std::nullopt;
  }
  auto filled = found->fill(wanted);
  if (const auto* wrong = std::get_if<std::vector<faults::load_error>>(&filled))
    return bad_rules(*wrong, "No rig was made or changed.");
  auto& ready = std::get<faults::scenario::instance>(filled);
  into.applied = {found->name(), std::move(ready.document), std::move(ready.params)};
  return std::nullopt;
}

void read_inherit(object_reader& in, rig_wish& into) {
  const json_value* const value = in.find_value("inherit");
  if (value == nullptr) return;
  if (value->is_boolean())
    into.inherits = value->get<bool>();
  else
    in.complain("inherit", "is " + std::string(kind_of(*value)) + "; it is true or false.");
  if (into.inherits && (!into.rules.empty() || into.applied))
    in.complain("inherit",
                "stands beside rules of its own; a rig has either those of default, or "
                "its own.");
}

// Everything is judged before a rig is made or changed.
std::optional<answer> refuse_rules(const rig_wish& wish) {
  std::vector<std::string> protocols;
  for (const rig::port_wish& each : wish.ports) protocols.push_back(each.protocol);
  const auto check = check_for(wish.config, protocols);
  const auto judge = [&check](const std::string& text,
                              faults::document kind) -> std::optional<answer> {
    constexpr std::string_view still = "No rig was made or changed.";
    if (text.empty()) return std::nullopt;
    auto loaded = faults::load_rule_set(text, kind);
    if (!loaded.rules) return bad_rules(loaded.errors, still);
    const auto wrong = check(*loaded.rules);
    if (!wrong.empty()) return bad_rules(wrong, still);
    return std::nullopt;
  };
  if (auto refused = judge(wish.rules, faults::document::rule_set)) return refused;
  return wish.applied ? judge(wish.applied->document, faults::document::scenario) : std::nullopt;
}

}  // namespace

bool is_rig_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name || !is_letter_or_digit(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char each) {
    return is_letter_or_digit(each) || each == '-' || each == '_' || each == '.';
  });
}

std::variant<rig_wish, answer> read_rig_wish(const request& asked, naming where) {
  auto parsed = parse_body(asked, deepest_rules);
  if (auto* refused = std::get_if<answer>(&parsed)) return std::move(*refused);
  object_reader in(std::get<json_value>(parsed), "", "a rig");
  rig_wish wish;
  read_name(in, wish);
  if (where == naming::in_path) {
    const std::string& name = asked.captures.front();
    if (!wish.config.name.empty() && wish.config.name != name)
      in.complain("name", "is another name than the path's, \"" + name + "\"; leave it out.");
    if (!is_rig_name(name))
      in.adopt(body_complaint{"", "asks for a rig of the name \"" + name + "\". A name has " +
                                      std::string(name_rule) + "."});
    wish.config.name = name;
  }
  read_one_or_more(in, "ports", most_ports, [&](const json_value& value, const std::string& place) {
    read_port(value, place, in, wish.ports);
  });
  wish.config.ttl = read_ttl(in);
  read_one_or_more(in, "route", most_routes,
                   [&](const json_value& value, const std::string& place) {
                     read_route(value, place, in, wish.config.routes);
                   });
  wish.config.seed = in.integer("seed", 0, std::numeric_limits<std::uint64_t>::max());
  wish.config.limits = read_limits(in);
  wish.config.settings = read_settings(in);
  read_rules(in, wish);
  auto wrong_scenario = read_scenario(in, wish);
  read_inherit(in, wish);
  in.finish();
  if (in.complaint()) return bad_body(*in.complaint());
  if (wrong_scenario) return std::move(*wrong_scenario);
  if (auto refused = refuse_rules(wish)) return std::move(*refused);
  return wish;
}

}  // namespace mailrig::inspector
