// GET of /v1/faults/hits, /explain and /unused: what the rules did, and why they did not.
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/fault_json.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/paging.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace mailrig::inspector {
namespace {

std::string given(const request& asked, std::string_view name) {
  const std::string* const value = asked.parameter(name);
  return value == nullptr ? std::string() : *value;
}

// An event as somebody imagines it: from a session that was there, from what the query says, or
// both.
struct imagined {
  std::string client_address = "127.0.0.1";
  std::string helo;
  std::string path;
  model::envelope envelope;
  std::string user;
  model::authentication auth;
  std::string message;
  faults::session_facts session;
  faults::event event;
};

// Behind MAIL there is a transaction.
bool has_transaction(model::stage point) {
  using enum model::stage;
  return point == rcpt || point == data || point == data_body || point == bdat ||
         point == end_of_data || point == after_accept || point == deliver || point == mailbox_read;
}

model::mail_ref last_mail(const rig::rig& where, const rig::session_record& session) {
  if (session.attempts.empty()) return nullptr;
  const model::id id = session.attempts.back();
  const auto& attempts = where.attempts();
  const auto found = std::find_if(attempts.rbegin(), attempts.rend(),
                                  [&id](const auto& each) { return each->id() == id; });
  if (found != attempts.rend()) return *found;
  const auto uid = where.messages().find(id);
  return uid ? where.messages().get(*uid).mail : nullptr;
}

void take_session(imagined& to, const rig::rig& where, const rig::session_record& session) {
  to.client_address = session.peer.substr(0, session.peer.rfind(':'));
  if (to.client_address.starts_with('['))
    to.client_address = to.client_address.substr(1, to.client_address.size() - 2);
  to.helo = session.helo;
  to.session.id = session.id;
  to.session.has_tls = session.tls != nullptr;
  if (session.auth) {
    to.auth = session.auth->who;
    to.user = to.auth.user;
  }
  if (const auto mail = last_mail(where, session)) {
    to.envelope = mail->envelope();
    to.message = mail->bytes();
  }
}

void take_parameters(imagined& to, const request& asked) {
  if (const auto* value = asked.parameter("client_ip")) to.client_address = *value;
  if (const auto* value = asked.parameter("helo")) to.helo = *value;
  if (const auto* value = asked.parameter("user")) to.user = *value;
  if (const auto* value = asked.parameter("mail_from")) to.envelope.reverse_path = *value;
  if (const auto* value = asked.parameter("rcpt"))
    to.envelope.recipients = {{*value, {}, 250, {}, {}}};
}

void make_event(imagined& to, faults::protocol talk, model::stage point) {
  using enum model::stage;
  to.session.client_address = to.client_address;
  to.session.auth_user = to.user;
  if (!to.user.empty()) to.session.auth_result = true;
  to.auth.user = to.user;
  if (point == mail) to.path = to.envelope.reverse_path;
  const bool is_of_recipient = point == rcpt || point == deliver || point == mailbox_read ||
                               (point == end_of_data && talk == faults::protocol::lmtp);
  if (is_of_recipient && !to.envelope.recipients.empty())
    to.path = to.envelope.recipients.back().address;
  if (talk == faults::protocol::pop3) to.path = to.user;
  to.event = {.point = point,
              .client_address = to.client_address,
              .helo = to.helo,
              .path = to.path,
              .envelope = has_transaction(point) ? &to.envelope : nullptr,
              .size = to.message.size(),
              .user = to.user,
              .auth = to.user.empty() ? nullptr : &to.auth,
              .talk = talk,
              .session = &to.session};
  if (point == end_of_data || point == deliver) to.event.message = to.message;
}

using place = std::pair<faults::protocol, model::stage>;

std::variant<place, answer> read_place(const request& asked) {
  const auto wrong = [](const std::string& what) {
    return problem(400, "bad_parameter", "The event cannot be imagined", what);
  };
  const std::string stage = given(asked, "stage");
  const auto point = model::find_stage(stage);
  if (!point)
    return wrong(stage.empty() ? "Say at which `stage`, such as stage=rcpt."
                               : "\"" + stage +
                                     "\" is no stage; there are connect, banner, ehlo, "
                                     "mail, rcpt, data, end_of_data and others, see "
                                     "docs/faults.md.");
  const std::string name = given(asked, "protocol");
  auto talk = faults::find_protocol(name);
  if (!talk && !name.empty())
    return wrong("\"" + name + "\" is no protocol; there are smtp, lmtp, pop3 and delivery.");
  for (std::size_t i = 0; !talk && i < faults::protocol_count; ++i) {
    if (faults::stages_of(static_cast<faults::protocol>(i)).contains(*point))
      talk = static_cast<faults::protocol>(i);
  }
  if (!faults::stages_of(*talk).contains(*point))
    return wrong(std::string(faults::to_string(*talk)) + " has no stage \"" + stage + "\".");
  return place{*talk, *point};
}

}  // namespace

void list_hits(const request& asked, context&, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) return done(std::move(*refused));
  const auto& [limit, before] = std::get<page>(wanted);
  const auto end = before.empty() ? std::optional(UINT64_MAX) : parse_number(before);
  if (!end) return done(bad_cursor(cursor_before(before)));
  const std::string rule = given(asked, "rule");
  const std::string session = given(asked, "session");
  const faults::hit_log& log = asked.rig->judge().hits();
  std::vector<const faults::hit*> found;
  log.for_each([&](const faults::hit& each) {
    if (!rule.empty() && each.rule != rule) return;
    if (!session.empty() && model::to_string(each.session) != session) return;
    found.push_back(&each);
  });
  list_tail tail;
  tail.total = log.size();
  tail.matched = found.size();
  tail.mark = message_mark(*asked.rig);
  json_writer json;
  json.open_object().key("hits").open_array();
  std::size_t count = 0;
  for (auto each = found.rbegin(); each != found.rend(); ++each) {
    if ((*each)->number >= *end) continue;
    if (count++ == limit) {
      tail.next = std::to_string((*std::prev(each))->number);
      break;
    }
    write_hit(json, **each);
  }
  json.close_array().field("dropped", log.dropped());
  write_list_tail(json, tail);
  json.close_object();
  done(json_answer(json.take()));
}

void explain_faults(const request& asked, context&, answer_callback done) {
  auto read = read_place(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  const auto [talk, point] = std::get<place>(read);
  imagined scene;
  if (const auto* name = asked.parameter("session")) {
    const auto id = model::parse_id(*name);
    const auto session = id ? asked.rig->find_session(*id) : nullptr;
    if (!session)
      return done(problem(404, "unknown_session", "There is no such session",
                          "The rig \"" + asked.rig->name() + "\" knows no session \"" + *name +
                              "\"; GET " + asked.base + "/sessions lists them."));
    take_session(scene, *asked.rig, *session);
  }
  take_parameters(scene, asked);
  make_event(scene, talk, point);
  json_writer json;
  json.open_object().field("protocol", faults::to_string(talk));
  json.field("stage", model::to_string(point)).key("rules").open_array();
  for (const faults::explanation& each : asked.rig->judge().explain(scene.event)) {
    json.open_object().field("rule", each.rule).field("outcome", faults::to_string(each.result));
    json.text_or_null("pointer", each.pointer).field("reason", each.reason).close_object();
  }
  json.close_array().close_object();
  done(json_answer(json.take()));
}

void list_unused(const request& asked, context&, answer_callback done) {
  json_writer json;
  json.open_object().key("unused").open_array();
  for (const std::string& each : asked.rig->judge().unused()) {
    if (asked.rig->rules().origin_of(each) != faults::rule_book::origin::generated)
      json.value(each);
  }
  json.close_array().close_object();
  done(json_answer(json.take()));
}

}  // namespace mailrig::inspector
