#include "webui/inspector/attempt_json.hpp"

#include "webui/inspector/acted_rules.hpp"
#include "webui/inspector/json_writer.hpp"

namespace mailrig::inspector {
namespace {

void write_reply(json_writer& json, std::uint16_t code, model::enhanced_code enhanced,
                 std::string_view text) {
  json.key("reply");
  if (code == 0) {
    json.null();
    return;
  }
  json.open_object();
  json.field("code", code).text_or_null("enhanced", model::to_string(enhanced));
  json.field("text", text);
  json.close_object();
}

void write_recipients(json_writer& json, const model::envelope& envelope) {
  json.key("rcpts").open_array();
  for (const model::recipient& each : envelope.recipients) {
    json.open_object().field("address", each.address).field("parameters", each.parameters);
    write_reply(json, each.code, each.enhanced, each.text);
    json.close_object();
  }
  json.close_array();
}

}  // namespace

std::string make_attempt(const model::mail_record& mail, const rig::mail_summary& summary,
                         const rig::rig& where) {
  json_writer json;
  const model::attempt_facts& facts = mail.facts();
  const model::envelope envelope = mail.envelope();
  json.open_object();
  json.field("id", facts.attempt).field("session", facts.session);
  json.text_or_null("chain", summary.chain);
  json.field("started_at", facts.started_at).field("ended_at", facts.ended_at);
  json.field("stage", model::to_string(facts.reached));
  json.field("mail_from", envelope.reverse_path);
  json.field("mail_parameters", envelope.parameters);
  write_recipients(json, envelope);
  json.text_or_null("subject", summary.subject);
  json.field("outcome", model::to_string(facts.result));
  write_reply(json, mail.reply_code(), facts.reply_enhanced, mail.reply_text());
  json.field("bytes", facts.octets_received);
  json.field("stored", mail.is_message());
  json.key("message");
  if (mail.is_message() && facts.gone_uid == 0)
    json.value(facts.attempt);
  else
    json.null();
  write_faults(json, acted_rules(where, facts.attempt));
  json.close_object();
  return json.take();
}

}  // namespace mailrig::inspector
