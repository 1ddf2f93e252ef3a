#include "webui/inspector/acted_rules.hpp"

namespace mailrig::inspector {

std::vector<acted_rule> acted_rules(const rig::rig& where, const model::id& attempt) {
  std::vector<acted_rule> result;
  for (const faults::hit* each : where.judge().hits().of_attempt(model::to_string(attempt)))
    result.push_back(
        {each->number, each->rule, each->point, each->done ? each->done->ended_by : ""});
  return result;
}

void write_faults(json_writer& json, const std::vector<acted_rule>& rules) {
  json.key("faults").open_array();
  for (const acted_rule& each : rules) {
    json.open_object().field("rule", each.rule).field("stage", model::to_string(each.point));
    json.field("hit", each.hit).text_or_null("ended_by", each.ended_by).close_object();
  }
  json.close_array();
}

}  // namespace mailrig::inspector
