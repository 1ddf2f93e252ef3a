// Actions on the engine's own memory, on labels and on the listener.
#include "faults/load_action.hpp"
#include "faults/text.hpp"

#include <array>

namespace mailrig::faults {

action load_set_state(rule_context& context, object_reader& in) {
  set_state result;
  constexpr std::string_view right = R"({"of": "outage", "to": "down"})";
  if (in.require("of", right) != nullptr) result.machine = in.text("of");
  if (in.require("to", right) != nullptr) result.to = in.text("to");
  for (const machine& each : context.machines) {
    if (each.name != result.machine) continue;
    for (const machine_state& state : each.states) {
      if (state.name == result.to) return result;
    }
    context.out.add(
        in.where() / "to",
        "`" + shown(result.machine, 80) + "` has no state called `" + shown(result.to, 80) + "`",
        "one of its states");
    return result;
  }
  context.out.add(in.where() / "of",
                  "`states` has no machine called `" + shown(result.machine, 80) + "`",
                  "a machine under `states`");
  return result;
}

action load_ban(rule_context& context, object_reader& in) {
  ban result;
  constexpr std::string_view right = R"({"by": "client_ip", "for": "1h"})";
  if (const json* by = in.require("by", right); by != nullptr) {
    const key_parts parts = read_key(context, *by, in.where() / "by");
    if (parts.size() == 1) result.by = parts.front();
    if (parts.size() > 1)
      context.out.add(in.where() / "by", "a ban is by one thing", R"("client_ip")");
  }
  if (in.require("for", right) != nullptr) result.time = in.duration("for", {}, model::duration{1});
  return result;
}

action load_tag(rule_context&, object_reader& in) {
  tag result;
  if (in.require("label", R"({"label": "slow"})") != nullptr)
    result.label = in.text("label", {}, 100);
  return result;
}

action load_listener(rule_context&, object_reader& in) {
  constexpr std::array<std::string_view, 2> modes = {"refuse", "backlog_full"};
  listener result;
  if (in.require("mode", R"({"mode": "refuse"})") != nullptr)
    result.mode = in.choice("mode", modes, result.mode);
  return result;
}

}  // namespace mailrig::faults
