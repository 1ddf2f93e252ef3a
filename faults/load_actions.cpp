// `actions`: the table of actions, and which stages each fits.
#include "faults/load_action.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

using enum model::stage;

constexpr std::size_t most_actions = 64;

constexpr stage_set of_delivery = {deliver, mailbox_read};
constexpr stage_set on_the_wire = stage_set::all() - of_delivery - stage_set{listen};
// What is said at the end of a handshake, of a body or of a delivery is no reply.
constexpr stage_set with_octets = on_the_wire - stage_set{tls_handshake, after_accept};
constexpr stage_set with_reply = with_octets - stage_set{retr_body};
constexpr stage_set with_keywords = {model::stage::ehlo, lhlo, capa};
constexpr stage_set anywhere = stage_set::all() - stage_set{listen};
// In POP3 `drop` says +OK to what is then not done.
constexpr stage_set with_drop = {deliver, dele, update};

struct action_row {
  std::string_view name;
  stage_set stages;
  action_loader load;
  std::string_view example;  // of its value
};

constexpr std::array<action_row, std::variant_size_v<action>> rows = {{
    {"reply", with_reply, load_reply, R"({"code": 451, "text": "Try again later"})"},
    {"close", on_the_wire, load_close, R"({"mode": "reset"})"},
    {"delay", on_the_wire, load_delay, R"({"for": "2s"})"},
    {"stall", on_the_wire, load_stall, R"({"max": "60s"})"},
    {"drip", with_octets, load_drip, R"({"bytes": 1, "gap": "1s"})"},
    {"slice", with_octets, load_slice, R"({"size": 4})"},
    {"partial", with_reply, load_partial, R"({"bytes": 10})"},
    {"omit", with_reply, load_omit, "{}"},
    {"extra", with_reply | stage_set{after_accept}, load_extra, R"({"text": "more"})"},
    {"malform", with_octets, load_malform, R"({"kind": "no_code"})"},
    {"ehlo", with_keywords, load_ehlo, R"({"remove": ["SIZE"]})"},
    {"throttle", on_the_wire, load_throttle, R"({"out": 1000})"},
    {"stop_reading", on_the_wire, load_stop_reading, R"({"max": "60s"})"},
    {"certificate", {tls_handshake}, load_certificate, R"({"name": "expired"})"},
    {"tls", {starttls, stls, tls_handshake}, load_tls, R"({"after_220": "fin"})"},
    {"set_state", anywhere, load_set_state, R"({"of": "outage", "to": "down"})"},
    {"ban", anywhere, load_ban, R"({"by": "client_ip", "for": "1h"})"},
    {"tag", anywhere, load_tag, R"({"label": "seen"})"},
    {"listener", {listen}, load_listener, R"({"mode": "refuse"})"},
    {"drop", with_drop, load_drop, "{}"},
    {"lose", {deliver}, load_lose, R"({"after": "1m"})"},
    {"duplicate", of_delivery, load_duplicate, R"({"copies": 2})"},
    {"delay_delivery", {deliver}, load_delay_delivery, R"({"for": "1m"})"},
    {"reorder", {deliver}, load_reorder, R"({"window": "1m"})"},
    {"transform", of_delivery, load_transform, R"({"kind": "seven_bit"})"},
    {"hide", {mailbox_read}, load_hide, "{}"},
    {"bounce", {deliver}, load_bounce, "{}"},
    {"complaint", {deliver}, load_complaint, "{}"},
    {"auto_reply", {deliver}, load_auto_reply, R"({"text": "I am away"})"},
}};

std::vector<std::string_view> action_choices() {
  std::vector<std::string_view> names;
  names.reserve(rows.size());
  for (const action_row& each : rows) names.push_back(each.name);
  return names;
}

const action_row* find_action(std::string_view name) {
  const auto* const found = std::find_if(
      rows.begin(), rows.end(), [name](const action_row& each) { return each.name == name; });
  return found == rows.end() ? nullptr : found;
}

void check_stages(rule_context& context, const action_row& row, const place& where) {
  const rule& target = context.target;
  const stage_set wrong = context.at_any_stage ? stage_set{} : target.stages - row.stages;
  const bool fits_nowhere = (target.stages & row.stages).empty();
  if (wrong.empty() && !fits_nowhere) return;
  const std::string fitting = stage_list(row.stages, target.talk);
  std::string right = "in " + std::string(to_string(target.talk)) + " it fits " + fitting;
  if (fitting.empty()) {
    const protocol other = (row.stages & of_delivery).empty() ? protocol::smtp : protocol::delivery;
    right = "it fits protocol " + std::string(to_string(other)) + ", stage " +
            stage_list(row.stages, other);
  }
  if (row.name == "delay" && target.stages.contains(deliver)) right = "`delay_delivery`";
  context.out.add(where,
                  "`" + std::string(row.name) + "` does not fit stage " +
                      stage_list(fits_nowhere ? target.stages : wrong, target.talk),
                  std::move(right));
}

void load_one(rule_context& context, const json& value, const place& where) {
  constexpr std::string_view right = R"({"reply": {"code": 451, "text": "Try again later"}})";
  if (!value.is_object() || value.size() != 1) {
    context.out.add(where,
                    value.is_object() ? "an entry with " + std::to_string(value.size()) + " actions"
                                      : "expected an action, found " + excerpt(value),
                    "one action an entry: " + std::string(right));
    return;
  }
  const std::string& name = value.begin().key();
  const action_row* const row = find_action(name);
  if (row == nullptr) {
    const std::vector<std::string_view> known = action_choices();
    const std::string_view meant = nearest(name, known);
    context.out.add(
        where / name, "no action is called `" + shown(name, 80) + "`",
        meant.empty() ? "one of " + choices(known) : "did you mean `" + std::string(meant) + "`?");
    return;
  }
  const place below = where / name;
  check_stages(context, *row, below);
  object_reader in(value.begin().value(), below, context.out,
                   "{\"" + name + "\": " + std::string(row->example) + '}');
  if (!in.is_object()) return;
  context.target.actions.push_back(row->load(context, in));
  in.finish();
}

}  // namespace

void load_actions(rule_context& context, const json& value, const place& where) {
  if (!value.is_array() || value.empty() || value.size() > most_actions) {
    context.out.add(where,
                    value.is_array() ? std::to_string(value.size()) + " actions"
                                     : "expected an array, found " + excerpt(value),
                    "an array of 1 to 64 actions");
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) load_one(context, value[i], where[i]);
  // Actions that were left out would shift the places of the others.
  if (context.target.actions.size() == value.size()) check_contradictions(context, where);
}

}  // namespace mailrig::faults
