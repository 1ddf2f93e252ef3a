// GET of /v1/sessions and /v1/sessions/{id}.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/auth_json.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/paging.hpp"
#include "webui/inspector/tls_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::inspector {
namespace {

std::string_view to_string(rig::transcript_kind kind) {
  static constexpr std::array<std::string_view, 3> names = {"from_client", "to_client", "note"};
  return names[static_cast<std::size_t>(kind)];
}

void write_end(json_writer& json, const rig::session_record& session) {
  json.key("ended_at");
  if (session.ended_at)
    json.value(*session.ended_at);
  else
    json.null();
  json.key("ended_by");
  if (session.ended_by)
    json.value(rig::to_string(*session.ended_by));
  else
    json.null();
}

// Who the client is according to a proxy or to XCLIENT, beside the peer of the connection.
void write_client(json_writer& json, const rig::session_record& session) {
  json.key("client");
  if (!session.client) {
    json.null();
    return;
  }
  const model::client_facts& client = *session.client;
  json.open_object().field("via", client.via);
  json.text_or_null("address", client.address).text_or_null("port", client.port);
  json.text_or_null("name", client.name).text_or_null("helo", client.helo);
  json.text_or_null("protocol", client.protocol).text_or_null("login", client.login);
  json.text_or_null("destination", client.destination).close_object();
}

void write_session(json_writer& json, const rig::session_record& session, std::string_view rig) {
  json.field("id", session.id).field("protocol", session.protocol).field("peer", session.peer);
  json.field("started_at", session.started_at);
  write_end(json, session);
  write_client(json, session);
  json.text_or_null("helo", session.helo);
  write_tls(json, session.tls.get());
  write_auth(json, session.auth);
  json.key("rigs").open_array().value(rig).close_array();
  json.field("octets_in", session.octets_in).field("octets_out", session.octets_out);
  json.field("attempt_count", session.attempt_count);
  json.key("attempts").open_array();
  for (const model::id& each : session.attempts) json.value(each);
  json.close_array();
  json.key("lints").open_array();
  for (const rig::note& each : session.notes) {
    json.open_object();
    json.field("name", each.name).field("detail", each.detail);
    json.text_or_null("clause", each.clause).text_or_null("severity", each.weight);
    json.close_object();
  }
  json.close_array();
}

void write_events(json_writer& json, const rig::transcript& said) {
  json.field("events_lost", said.lost_its_beginning);
  json.key("events").open_array();
  for (const rig::transcript_line& each : said.lines) {
    json.open_object();
    json.field("kind", to_string(each.kind)).field("after_ms", each.after_ms);
    json.field("text", each.octets);
    json.close_object();
  }
  json.close_array();
}

}  // namespace

void list_sessions(const request& asked, context&, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) {
    done(std::move(*refused));
    return;
  }
  const auto& [limit, before] = std::get<page>(wanted);
  const auto& sessions = asked.rig->sessions();
  const auto from = before.empty() ? sessions.rbegin()
                                   : std::find_if(sessions.rbegin(), sessions.rend(),
                                                  [&before = before](const auto& each) {
                                                    return model::to_string(each->id) == before;
                                                  });
  auto each = before.empty() || from == sessions.rend() ? from : std::next(from);
  list_tail tail;
  tail.total = tail.matched = sessions.size();
  tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  json_writer json;
  json.open_object().key("sessions").open_array();
  for (std::size_t count = 0; each != sessions.rend() && count < limit; ++each, ++count) {
    json.open_object();
    write_session(json, **each, asked.rig->name());
    // A list carries no transcripts.
    json.null_field("events_lost").null_field("events").close_object();
    if (count + 1 == limit && std::next(each) != sessions.rend())
      tail.next = model::to_string((*each)->id);
  }
  json.close_array();
  write_list_tail(json, tail);
  json.close_object();
  done(json_answer(json.take()));
}

void get_session(const request& asked, context& with, answer_callback done) {
  const auto id = model::parse_id(asked.captures.front());
  const auto found = id ? asked.rig->find_session(*id) : nullptr;
  if (!found) {
    done(problem(404, "unknown_session", "There is no such session",
                 "The rig \"" + asked.rig->name() + "\" knows no session \"" +
                     asked.captures.front() + "\"; it keeps the last 10,000. GET " + asked.base +
                     "/sessions lists them."));
    return;
  }
  json_writer json;
  json.open_object();
  write_session(json, *found, asked.rig->name());
  write_events(json, with.rigs().transcripts().read(found->transcript));
  json.close_object();
  done(json_answer(json.take()));
}

}  // namespace mailrig::inspector
