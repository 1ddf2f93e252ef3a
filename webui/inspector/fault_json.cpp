#include "webui/inspector/fault_json.hpp"

#include "capture/rig/listeners.hpp"
#include "capture/rig/rig_table.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace mailrig::inspector {
namespace {

void write_stages(json_writer& json, const faults::rule& rule) {
  json.key("stages").open_array();
  for (std::size_t i = 0; i < model::stage_count; ++i) {
    const auto point = static_cast<model::stage>(i);
    if (rule.stages.contains(point)) json.value(model::to_string(point));
  }
  json.close_array();
}

std::string source_of(const faults::rule& rule, const faults::rule_book& rules) {
  const auto origin = rules.origin_of(rule.id);
  if (origin == faults::rule_book::origin::scenario)
    return "scenario " + rule.id.substr(0, rule.id.find('/'));
  return std::string(to_string(origin));
}

std::string sentence_of(const std::vector<faults::load_error>& wrong) {
  const faults::load_error& first = wrong.front();
  std::string text = first.pointer.empty() ? "The document: " : '"' + first.pointer + "\": ";
  text += first.wrong;
  if (!first.right.empty()) text += "; right would be " + first.right;
  text += '.';
  if (wrong.size() > 1)
    text += " There are " + std::to_string(wrong.size() - 1) + " more faults, see `errors`.";
  return text;
}

}  // namespace

answer bad_rules(const std::vector<faults::load_error>& wrong, std::string_view still) {
  json_writer json;
  json.open_object();
  json.field("type", "urn:mailrig:problem:bad_rules");
  json.field("title", "The fault rules cannot be taken").field("status", 400);
  json.field("detail", sentence_of(wrong) + (still.empty() ? "" : " ") + std::string(still));
  json.key("errors").open_array();
  for (const faults::load_error& each : wrong) {
    json.open_object().field("pointer", each.pointer).field("wrong", each.wrong);
    json.text_or_null("right", each.right).close_object();
  }
  json.close_array().close_object();
  answer result = json_answer(json.take());
  result.status = 400;
  result.content_type = "application/problem+json";
  return result;
}

namespace {

void write_rule_keys(json_writer& json, const faults::rule_report& report,
                     const faults::rule_book& rules) {
  const faults::rule& rule = *report.what;
  json.field("id", rule.id).text_or_null("name", rule.name);
  json.field("source", source_of(rule, rules));
  json.field("protocol", faults::to_string(rule.talk));
  write_stages(json, rule);
  json.field("priority", rule.priority).field("status", faults::to_string(report.status));
  json.field("hits", report.hits).field("loaded_at", report.loaded_at);
  json.key("rule").fragment(rule.content);
}

}  // namespace

void write_rule(json_writer& json, const faults::rule_report& report,
                const faults::rule_book& rules) {
  json.open_object();
  write_rule_keys(json, report, rules);
  json.close_object();
}

answer rule_answer(const faults::rule_report& report, const rig::rig& which,
                   const rig::listeners& ports) {
  json_writer json;
  json.open_object();
  write_rule_keys(json, report, which.rules());
  write_touched_listeners(json, which, ports, {&report, 1});
  json.close_object();
  return json_answer(json.take());
}

answer rules_answer(const rig::rig& which, const rig::listeners& ports) {
  const faults::rule_book& book = which.rules();
  json_writer json;
  json.open_object().field("rig", which.name()).field("seed", which.judge().seed());
  json.key("document").fragment(book.document());
  json.key("scenarios").open_array();
  for (const faults::applied_scenario& each : book.scenarios()) {
    json.open_object().field("name", each.name).key("params").fragment(each.params);
    json.field("applied_at", each.at).key("rules").open_array();
    for (const faults::rule& rule : each.rules.rules) json.value(rule.id);
    json.close_array().close_object();
  }
  json.close_array().key("rules").open_array();
  for (const faults::rule_report& each : which.judge().rules()) write_rule(json, each, book);
  json.close_array();
  write_touched_listeners(json, which, ports, which.judge().rules());
  json.close_object();
  return json_answer(json.take());
}

void write_hit(json_writer& json, const faults::hit& what) {
  json.open_object().field("number", what.number).field("at", what.at);
  json.field("rig_time", what.rig_time).field("seed", what.seed).field("rule", what.rule);
  json.field("protocol", faults::to_string(what.talk));
  json.field("stage", model::to_string(what.point)).field("session", what.session);
  json.text_or_null("attempt", what.attempt);
  json.key("facts").open_array();
  for (const faults::looked_at& each : what.facts)
    json.open_object().field("name", each.name).field("value", each.value).close_object();
  json.close_array().key("draws").open_array();
  for (const faults::drawn& each : what.draws) {
    json.open_object().key("value").fragment(std::to_string(each.value));
    json.key("threshold").fragment(std::to_string(each.threshold));
    json.field("key", each.key).field("n", each.n).close_object();
  }
  json.close_array().key("decision").open_array();
  for (const std::string& each : what.decision) json.value(each);
  json.close_array().key("executed");
  if (!what.done) {
    json.null();
  } else {
    json.open_object().field("octets_written", what.done->octets_written);
    json.field("octets_read", what.done->octets_read);
    json.field("ended_by", what.done->ended_by).close_object();
  }
  json.close_object();
}

void write_active_rules(json_writer& json, const rig::rig& which) {
  json.open_array();
  for (const faults::rule_report& each : which.judge().rules()) {
    if (each.status != faults::rule_status::active) continue;
    const std::string source = source_of(*each.what, which.rules());
    if (source == "generated") continue;
    json.open_object().field("id", each.what->id).field("source", source);
    json.field("hits", each.hits).close_object();
  }
  json.close_array();
}

void write_scenario(json_writer& json, const faults::scenario& what, const rig::rig& where) {
  const auto& applied = where.rules().scenarios();
  const auto found = std::find_if(applied.begin(), applied.end(),
                                  [&what](const auto& each) { return each.name == what.name(); });
  json.open_object().field("name", what.name()).field("title", what.title());
  json.key("params").open_array();
  for (const faults::scenario_parameter& each : what.parameters()) {
    json.open_object().field("name", each.name).field("title", each.title);
    json.field("kind", each.kind).key("default").fragment(each.standard);
    json.key("choices").open_array();
    for (const std::string& one : each.choices) json.value(one);
    json.close_array().close_object();
  }
  json.close_array().key("applied");
  if (found == applied.end())
    json.null();
  else
    json.fragment(found->params);
  json.key("scenario").fragment(what.text()).close_object();
}

// Stages that a rig may have

namespace {

using stages = faults::stage_set;

// What has passed when a session can first be led to the rig.
stages stages_before(rig::route_fact fact, faults::protocol talk) {
  using enum model::stage;
  const bool is_pop3 = talk == faults::protocol::pop3;
  switch (fact) {
    case rig::route_fact::client_address: return {listen};
    case rig::route_fact::helo: return is_pop3 ? stages::all() : stages{listen, connect, banner};
    case rig::route_fact::user:
      return is_pop3 ? stages{listen, connect, greeting, capa, stls, tls_handshake, user}
                     : stages{listen, connect,  banner,        helo,       ehlo,
                              lhlo,   starttls, tls_handshake, auth_start, auth_continue};
    case rig::route_fact::recipient_domain:
    case rig::route_fact::plus_tag:
      return is_pop3 ? stages::all() : stages{listen,     connect,       banner,      helo,
                                              ehlo,       lhlo,          starttls,    tls_handshake,
                                              auth_start, auth_continue, auth_result, mail};
  }
  return {};
}

std::string_view protocol_of(std::string_view listener) {
  if (listener == "pop3" || listener == "pop3s") return "pop3";
  if (listener == "lmtp") return "lmtp";
  return listener == "http" ? "" : "smtp";
}

bool is_at_listen(const faults::rule& each) {
  return each.stages.contains(model::stage::listen);
}

void refuse_shared(const faults::rule_set& rules, std::vector<faults::load_error>& wrong) {
  for (std::size_t i = 0; i < rules.rules.size(); ++i) {
    if (!is_at_listen(rules.rules[i])) continue;
    wrong.push_back({"/rules/" + std::to_string(i) + "/where/stage",
                     "clients of other rigs come through this rig's ports too, and at `listen` "
                     "nobody knows whose they are",
                     "the same request with ?shared=true, if all of them are meant, or the rule in "
                     "a rig with `ports` of its own"});
  }
}

}  // namespace

void write_touched_listeners(json_writer& json, const rig::rig& which, const rig::listeners& ports,
                             std::span<const faults::rule_report> rules) {
  const auto is_touched = [rules](const rig::listener_info& one) {
    return std::any_of(rules.begin(), rules.end(), [&one](const faults::rule_report& each) {
      return is_at_listen(*each.what) && each.what->is_enabled &&
             faults::to_string(each.what->talk) == protocol_of(one.protocol);
    });
  };
  json.key("listeners").open_array();
  for (const rig::listener_info& each : ports.list_of(which.name())) {
    if (!is_touched(each)) continue;
    json.open_object().field("protocol", each.protocol).field("address", each.address);
    json.field("port", each.port).field("url", each.url).close_object();
  }
  json.close_array();
}

faults::rule_book::check check_for(const rig::rig_config& config,
                                   const std::vector<std::string>& protocols, shared_ports ports) {
  return [routes = config.routes, protocols, ports](const faults::rule_set& rules) {
    std::vector<faults::load_error> wrong;
    if (ports == shared_ports::refused) refuse_shared(rules, wrong);
    if (routes.empty()) return wrong;
    for (std::size_t i = 0; i < rules.rules.size(); ++i) {
      const faults::rule& each = rules.rules[i];
      const std::string_view talk = faults::to_string(each.talk);
      const bool has_port =
          std::any_of(protocols.begin(), protocols.end(),
                      [talk](const std::string& one) { return protocol_of(one) == talk; });
      const bool is_anywhere =
          each.content.find(R"("stage":"any")") != std::string::npos && !each.stages.empty();
      if (has_port || is_anywhere || each.talk == faults::protocol::delivery) continue;
      const bool is_too_early =
          std::all_of(routes.begin(), routes.end(), [&each](const rig::route& one) {
            return !(each.stages & stages_before(one.fact, each.talk)).empty();
          });
      if (is_too_early)
        wrong.push_back({"/rules/" + std::to_string(i) + "/where/stage",
                         "this rig has no " + std::string(talk) +
                             " port of its own, and at this stage it is not known yet that a "
                             "session belongs to it",
                         "a stage behind the fact that routes to it (" +
                             std::string(to_string(routes.front().fact)) +
                             "), or a rig with `ports`"});
    }
    return wrong;
  };
}

// Clients of other rigs come through the default rig's ports, as soon as anything routes them.
void prepare_rules(const request& asked, context& with, shared_ports ports) {
  rig::rig& which = *asked.rig;
  std::vector<std::string> protocols;
  for (const rig::listener_info& each : with.listeners().list_of(which.name()))
    protocols.push_back(each.protocol);
  const bool shares = &which == &with.rigs().default_rig() && !with.rigs().routes().is_empty();
  const auto rules = which.judge().rules();
  const bool is_so_already =
      std::any_of(rules.begin(), rules.end(),
                  [](const faults::rule_report& each) { return is_at_listen(*each.what); });
  const std::string* const said = asked.parameter("shared");
  if (!shares || is_so_already || (said != nullptr && *said == "true"))
    ports = shared_ports::allowed;
  which.rules().set_check(check_for(which.config(), protocols, ports));
}

}  // namespace mailrig::inspector
