#include "webui/inspector/event_json.hpp"

#include "capture/rig/rig.hpp"
#include "webui/inspector/json_writer.hpp"

#include <array>
#include <string_view>

namespace mailrig::inspector {
namespace {

constexpr std::size_t most_recipients = 10;

}  // namespace

std::string attempt_event_json(const model::mail_record& attempt) {
  const model::attempt_facts& facts = attempt.facts();
  json_writer json;
  json.open_object();
  json.field("id", facts.attempt).field("session", facts.session);
  json.field("started_at", facts.started_at).field("ended_at", facts.ended_at);
  json.field("stage", model::to_string(facts.reached));
  json.field("outcome", model::to_string(facts.result));
  json.field("mail_from", attempt.reverse_path());
  std::size_t count = 0;
  json.key("rcpt_to").open_array();
  attempt.for_each_address([&](std::string_view address) {
    if (count++ < most_recipients) json.value(address);
  });
  json.close_array();
  json.field("rcpt_count", count);
  json.key("reply");
  if (facts.reply_code == 0) {
    json.null();
  } else {
    json.open_object().field("code", facts.reply_code);
    json.text_or_null("enhanced", model::to_string(facts.reply_enhanced));
    json.field("text", attempt.reply_text()).close_object();
  }
  json.field("bytes", facts.octets_received).close_object();
  return json.take();
}

std::string session_event_json(const rig::session_record& session, const std::string& rig_name) {
  json_writer json;
  json.open_object();
  json.field("id", session.id).field("rig", rig_name);
  json.field("protocol", session.protocol).field("peer", session.peer);
  json.field("started_at", session.started_at);
  json.key("ended_at");
  session.ended_at ? json.value(*session.ended_at) : json.null();
  json.key("ended_by");
  session.ended_by ? json.value(rig::to_string(*session.ended_by)) : json.null();
  json.text_or_null("helo", session.helo);
  json.field("octets_in", session.octets_in).field("octets_out", session.octets_out);
  json.field("attempt_count", session.attempt_count).close_object();
  return json.take();
}

std::string rig_event_json(const rig::rig& which, rig::rig_change what) {
  static constexpr std::array<std::string_view, 4> names = {"made", "emptied", "deleted", "rules"};
  json_writer json;
  json.open_object().field("id", which.name());
  json.field("change", names[static_cast<std::size_t>(what)]).close_object();
  return json.take();
}

std::string fate_event_json(const model::mail_record& mail, store::message_uid uid,
                            const model::mail_fates* fates) {
  json_writer json;
  json.open_object().field("id", mail.id()).field("uid", uid);
  json.field("fate", model::common_fate(fates, mail)).close_object();
  return json.take();
}

std::string removed_event_json(const event& what) {
  json_writer json;
  json.open_object();
  if (what.kind == event_kind::removed_all) {
    json.field("all", true);
  } else {
    json.key("ids").open_array();
    for (const model::id& each : what.ids) json.value(each);
    json.close_array();
  }
  json.field("reason", what.text).close_object();
  return json.take();
}

}  // namespace mailrig::inspector
