// /v1/rigs, /v1/rigs/{rig} and POST /v1/reset.
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/fault_json.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_body.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/paging.hpp"
#include "webui/inspector/rig_wish.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mailrig::inspector {
namespace {

void write_number(json_writer& json, std::string_view key, const auto& value) {
  json.key(key);
  if (value)
    json.value(*value);
  else
    json.null();
}

void write_duration(json_writer& json, std::string_view key,
                    const std::optional<model::duration>& value) {
  write_number(json, key, value ? std::optional(value->count()) : std::nullopt);
}

void write_routes(json_writer& json, const rig::rig_config& config) {
  json.key("route").open_array();
  for (const rig::route& each : config.routes)
    json.open_object().field(to_string(each.fact), each.value).close_object();
  json.close_array();
}

void write_limits(json_writer& json, const rig::rig_limits& limits) {
  json.key("limits").open_object();
  write_number(json, "max_messages", limits.max_messages);
  write_number(json, "max_memory", limits.max_memory);
  write_duration(json, "max_age_ms", limits.max_age);
  json.close_object();
}

void write_settings(json_writer& json, const rig::rig_settings& settings) {
  json.key("settings").open_object();
  json.text_or_null("host_name", settings.host_name.value_or(""));
  write_number(json, "max_message_size", settings.max_message_size);
  write_number(json, "max_recipients", settings.max_recipients);
  write_number(json, "max_command_line", settings.max_command_line);
  write_number(json, "max_errors", settings.max_errors);
  write_duration(json, "idle_timeout_ms", settings.idle_timeout);
  json.close_object();
}

void write_listeners(json_writer& json, const std::vector<rig::listener_info>& all,
                     const rig::rig& which) {
  json.key("listeners").open_array();
  for (const rig::listener_info& each : all) {
    if (each.rig != which.name()) continue;
    json.open_object();
    json.field("protocol", each.protocol).field("address", each.address);
    json.field("port", each.port).field("url", each.url);
    json.close_object();
  }
  json.close_array();
}

void write_rules(json_writer& json, const rig::rig& which) {
  json.key("faults");
  write_active_rules(json, which);
}

void write_use(json_writer& json, const rig::rig& which) {
  const store::usage use = which.messages().in_use();
  json.field("messages", use.messages).field("octets", use.octets);
  json.field("evicted", which.evicted_count());
  json.field("attempts", which.attempts().size()).field("sessions", which.sessions().size());
  json.field("open_sessions", which.open_sessions());
  json.field("open_transactions", which.open_transactions());
}

void write_rig(json_writer& json, const rig::rig& which,
               const std::vector<rig::listener_info>& listeners) {
  const rig::rig_config& config = which.config();
  json.open_object();
  json.field("id", which.name());
  json.field("made_at", which.made_at()).field("last_use_at", which.last_use());
  write_duration(json, "ttl_ms", config.ttl);
  write_number(json, "expires_at",
               config.ttl ? std::optional(which.last_use() + *config.ttl) : std::nullopt);
  write_listeners(json, listeners, which);
  write_routes(json, config);
  write_number(json, "seed", config.seed);
  write_limits(json, config.limits);
  write_settings(json, config.settings);
  write_rules(json, which);
  write_use(json, which);
  json.key("mark").value(message_mark(which));
  json.close_object();
}

answer rig_answer(const rig::rig& which, context& with) {
  json_writer json;
  write_rig(json, which, with.listeners().list_of(which.name()));
  return json_answer(json.take());
}

answer conflict(const rig::rig_refusal& refusal, const std::string& wanted_name) {
  using reason = rig::rig_refusal::reason;
  switch (refusal.why) {
    case reason::name_taken:
      return problem(409, "rig_exists", "There is such a rig already",
                     "The rig \"" + wanted_name + "\" exists. PUT /v1/rigs/" + wanted_name +
                         " empties it and sets it anew; POST without a name makes one up.");
    case reason::route_taken:
      return problem(409, "route_taken", "Another rig has that route",
                     std::string(to_string(refusal.wanted.fact)) + " \"" + refusal.wanted.value +
                         "\" leads to the rig \"" + refusal.holder +
                         "\" already. Choose another value, or DELETE /v1/rigs/" + refusal.holder +
                         ".");
    case reason::too_many: break;
  }
  return problem(409, "too_many_rigs", "There are too many rigs",
                 "No more rigs are made than there are now. DELETE those that are done, or give "
                 "them a shorter ttl.");
}

answer port_problem(const rig::port_refusal& refusal) {
  const bool is_bad = refusal.why == rig::port_refusal::reason::bad_wish;
  return is_bad ? problem(400, "bad_port", "That port cannot be opened here", refusal.detail)
                : problem(409, "no_port", "No port could be had", refusal.detail);
}

answer unknown_rig(const std::string& name) {
  return problem(404, "unknown_rig", "There is no such rig",
                 "No rig is named \"" + name +
                     "\"; its ttl may have run out. GET /v1/rigs lists those that are there, PUT "
                     "/v1/rigs/{rig} makes one.");
}

answer keeps_default(std::string_view instead) {
  return problem(409, "default_rig", "The rig default is always there", std::string(instead));
}

// What was wished was judged when it was read; the names of two documents may still collide.
std::optional<answer> give_rules(rig::rig& which, const rig_wish& wish, context& with) {
  faults::rule_book& book = which.rules();
  if (wish.inherits) book.copy(with.rigs().default_rig().rules());
  faults::rule_book::errors wrong;
  if (!wish.rules.empty()) wrong = book.put(wish.rules);
  if (wrong.empty() && wish.applied)
    wrong = book.apply(wish.applied->name, wish.applied->params, wish.applied->document);
  if (wrong.empty()) return std::nullopt;
  book.clear();
  return bad_rules(wrong, "The rig has no rules.");
}

// Makes the rig and opens its ports, or neither.
answer make(const rig_wish& wish, context& with) {
  if (const auto refusal = with.rigs().refuse(wish.config))
    return conflict(*refusal, wish.config.name);
  rig::rig& made = with.rigs().make(wish.config);
  if (const auto refusal = with.listeners().open(made, wish.ports)) {
    with.rigs().remove(made);
    return port_problem(*refusal);
  }
  if (auto refused = give_rules(made, wish, with)) {
    rig::remove_rig(with.rigs(), with.listeners(), made);
    return std::move(*refused);
  }
  made.announce_made();
  if (with.all().rigs_changed) with.all().rigs_changed();
  answer result = rig_answer(made, with);
  result.status = 201;
  result.headers.push_back({"Location", "/v1/rigs/" + made.name()});
  return result;
}

// Whether the rig's present ports are what is asked for: then they stay, and with them the app's
// configuration.
bool has_ports(const std::vector<rig::listener_info>& present,
               const std::vector<rig::port_wish>& wanted) {
  const auto number_of = [&](std::string_view protocol) {
    std::vector<std::uint16_t> numbers;
    for (const auto& each : present)
      if (each.protocol == protocol &&
          std::find(numbers.begin(), numbers.end(), each.port) == numbers.end())
        numbers.push_back(each.port);
    return numbers;
  };
  for (const auto& each : present) {
    const auto is_it = [&each](const rig::port_wish& wish) {
      return wish.protocol == each.protocol;
    };
    if (std::none_of(wanted.begin(), wanted.end(), is_it)) return false;
  }
  return std::all_of(wanted.begin(), wanted.end(), [&](const rig::port_wish& wish) {
    const auto count = std::count_if(wanted.begin(), wanted.end(), [&wish](const auto& other) {
      return other.protocol == wish.protocol;
    });
    const auto numbers = number_of(wish.protocol);
    return wish.address.empty() && static_cast<std::size_t>(count) == numbers.size() &&
           (wish.port == 0 ||
            std::find(numbers.begin(), numbers.end(), wish.port) != numbers.end());
  });
}

std::vector<rig::port_wish> wishes_for(const std::vector<rig::listener_info>& listeners) {
  std::vector<rig::port_wish> result;
  result.reserve(listeners.size());
  for (const auto& each : listeners) result.push_back({each.protocol, each.address, each.port});
  return result;
}

answer remake(rig::rig& old, const rig_wish& wish, context& with) {
  if (const auto refusal = with.rigs().refuse(wish.config, &old))
    return conflict(*refusal, wish.config.name);
  const auto present = with.listeners().list_of(old.name());
  if (!has_ports(present, wish.ports)) {
    with.listeners().close(old);
    if (const auto refusal = with.listeners().open(old, wish.ports)) {
      // The rig stays as it was.
      static_cast<void>(with.listeners().open(old, wishes_for(present)));
      return port_problem(*refusal);
    }
  }
  with.rigs().remake(old, wish.config);
  if (with.all().rigs_changed) with.all().rigs_changed();
  if (auto refused = give_rules(old, wish, with)) return std::move(*refused);
  return rig_answer(old, with);
}

// What of a rig a reset may leave out.
enum class part : std::size_t { messages, faults, counters, clock };
constexpr std::array<std::string_view, 4> part_names = {"messages", "faults", "counters", "clock"};

struct parts {
  std::array<bool, part_names.size()> chosen{};
  [[nodiscard]] bool has(part which) const { return chosen[static_cast<std::size_t>(which)]; }
};

std::variant<parts, answer> read_parts(const request& asked) {
  auto parsed = parse_body(asked);
  if (auto* refused = std::get_if<answer>(&parsed)) return std::move(*refused);
  object_reader in(std::get<json_value>(parsed), "", "a reset");
  const json_value* const only = in.find_value("only");
  in.finish();
  parts result;
  if (only == nullptr) result.chosen.fill(true);
  constexpr std::string_view right = "it is a list of messages, faults, counters and clock.";
  if (only != nullptr && (!only->is_array() || only->empty()))
    in.complain("only", "is no list, or an empty one; " + std::string(right));
  for (std::size_t i = 0; only != nullptr && !in.complaint() && i < only->size(); ++i) {
    const json_value& each = (*only)[i];
    const auto name = each.is_string()
                          ? std::find(part_names.begin(), part_names.end(), each.get<std::string>())
                          : part_names.end();
    if (name == part_names.end())
      in.complain("only/" + std::to_string(i), "is no part of a rig; " + std::string(right));
    else
      result.chosen[static_cast<std::size_t>(name - part_names.begin())] = true;
  }
  if (in.complaint()) return bad_body(*in.complaint());
  return result;
}

}  // namespace

void list_rigs(const request& asked, context& with, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) return done(std::move(*refused));
  const auto& [limit, before] = std::get<page>(wanted);
  const auto& rigs = with.rigs().all();
  auto each = rigs.rbegin();
  if (!before.empty()) {
    each = std::find_if(rigs.rbegin(), rigs.rend(),
                        [&before = before](const auto& one) { return one->name() == before; });
    if (each == rigs.rend()) return done(bad_cursor(cursor_before(before)));
    ++each;
  }
  const auto listeners = with.listeners().list();
  list_tail tail;
  tail.total = tail.matched = rigs.size();
  tail.mark = message_mark(with.rigs().default_rig());
  json_writer json;
  json.open_object().key("rigs").open_array();
  for (std::size_t count = 0; each != rigs.rend() && count < limit; ++each, ++count) {
    write_rig(json, **each, listeners);
    if (count + 1 == limit && std::next(each) != rigs.rend()) tail.next = (*each)->name();
  }
  json.close_array();
  write_list_tail(json, tail);
  json.close_object();
  done(json_answer(json.take()));
}

void make_rig(const request& asked, context& with, answer_callback done) {
  auto read = read_rig_wish(asked, naming::in_body);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  auto wish = std::get<rig_wish>(std::move(read));
  if (wish.config.name.empty())
    wish.config.name = model::to_string(with.rigs().ids().draw(with.rigs().clock().now()));
  done(make(wish, with));
}

void get_rig(const request& asked, context& with, answer_callback done) {
  const rig::rig* const found = with.rigs().find(asked.captures.front());
  done(found == nullptr ? unknown_rig(asked.captures.front()) : rig_answer(*found, with));
}

void put_rig(const request& asked, context& with, answer_callback done) {
  auto read = read_rig_wish(asked, naming::in_path);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  auto wish = std::get<rig_wish>(std::move(read));
  rig::rig* const old = with.rigs().find(wish.config.name);
  if (old == nullptr) return done(make(wish, with));
  if (old == &with.rigs().default_rig()) {
    if (!wish.ports.empty() || !wish.config.routes.empty())
      return done(keeps_default(
          "It has the ports of the command line and every mail that no route leads elsewhere, so "
          "it takes no `ports` and no `route`. Make a rig of another name for these."));
    wish.config.ttl = std::nullopt;
    with.rigs().remake(*old, wish.config);
    if (with.all().rigs_changed) with.all().rigs_changed();
    if (auto refused = give_rules(*old, wish, with)) return done(std::move(*refused));
    return done(rig_answer(*old, with));
  }
  done(remake(*old, wish, with));
}

void delete_rig(const request& asked, context& with, answer_callback done) {
  rig::rig* const found = with.rigs().find(asked.captures.front());
  if (found == nullptr) return done(unknown_rig(asked.captures.front()));
  if (found == &with.rigs().default_rig())
    return done(keeps_default("It cannot be deleted. POST /v1/reset empties it."));
  rig::remove_rig(with.rigs(), with.listeners(), *found);
  json_writer json;
  json.open_object().field("deleted", 1).close_object();
  done(json_answer(json.take()));
}

void reset_rig(const request& asked, context&, answer_callback done) {
  auto read = read_parts(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  const parts& chosen = std::get<parts>(read);
  if (chosen.has(part::faults)) asked.rig->rules().clear();
  if (chosen.has(part::counters)) asked.rig->reset_counters();
  if (chosen.has(part::clock)) asked.rig->reset_clock();
  if (chosen.has(part::messages)) asked.rig->empty();
  json_writer json;
  json.open_object();
  json.field("rig", asked.rig->name()).field("mark", message_mark(*asked.rig));
  json.close_object();
  done(json_answer(json.take()));
}

}  // namespace mailrig::inspector
