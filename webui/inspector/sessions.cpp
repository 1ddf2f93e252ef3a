// GET of /v1/sessions, /v1/sessions/{id} and …/transcript.txt.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_query.hpp"
#include "webui/inspector/auth_json.hpp"
#include "webui/inspector/content.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/paging.hpp"
#include "webui/inspector/query_parameters.hpp"
#include "webui/inspector/tls_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

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

answer list_answer(const std::vector<const rig::session_record*>& listed, const list_tail& tail,
                   std::string_view rig) {
  json_writer json;
  json.open_object().key("sessions").open_array();
  for (const rig::session_record* each : listed) {
    json.open_object();
    write_session(json, *each, rig);
    // A list carries no transcripts.
    json.null_field("events_lost").null_field("events").close_object();
  }
  json.close_array();
  write_list_tail(json, tail);
  json.close_object();
  return json_answer(json.take());
}

answer unknown_session(const request& asked) {
  if (asked.captures.front() == "latest")
    return problem(404, "unknown_session", "There is no session",
                   "No client has connected to the rig \"" + asked.rig->name() + "\" yet.");
  return problem(404, "unknown_session", "There is no such session",
                 "The rig \"" + asked.rig->name() + "\" knows no session \"" +
                     asked.captures.front() + "\"; it keeps the last 10,000. GET " + asked.base +
                     "/sessions lists them.");
}

// By its id, or `latest`: the one that began last. Null if there is none.
rig::rig::session_ref find_session(const request& asked) {
  if (asked.captures.front() == "latest")
    return asked.rig->sessions().empty() ? nullptr : asked.rig->sessions().back();
  const auto id = model::parse_id(asked.captures.front());
  return id ? asked.rig->find_session(*id) : nullptr;
}

// One line of a transcript as a person reads it: no control characters.
std::string shown(std::string_view octets) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string line;
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet != 0x7F) {
      line += c;
    } else {
      line += "\\x";
      line += digits[octet >> 4U];
      line += digits[octet & 0xFU];
    }
  }
  return line;
}

void append_said(std::string& text, const rig::transcript_line& said) {
  static constexpr std::array<std::string_view, 3> who = {"C: ", "S: ", "-- "};
  std::string_view rest = said.octets;
  do {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string time = std::to_string(said.after_ms);
    text += std::string(time.size() < 8 ? 8 - time.size() : 0, ' ') + time + " ms  ";
    text += who[static_cast<std::size_t>(said.kind)];
    text += shown(line) + '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  } while (!rest.empty());
}

std::string transcript_text(const rig::session_record& session, const rig::transcript& said) {
  std::string text = std::string(session.protocol) + " session " + model::to_string(session.id) +
                     " of " + session.peer + "\nbegan " + model::to_rfc3339(session.started_at);
  if (session.ended_at)
    text += ", ended " + model::to_rfc3339(*session.ended_at) + " by " +
            std::string(session.ended_by ? rig::to_string(*session.ended_by) : "nobody known");
  else
    text += ", still open";
  text += ", " + std::to_string(session.octets_in) + " octets in, " +
          std::to_string(session.octets_out) + " out\n\n";
  if (said.lost_its_beginning) text += "(the beginning has been overwritten)\n";
  for (const rig::transcript_line& each : said.lines) append_said(text, each);
  return text;
}

}  // namespace

void list_sessions(const request& asked, context&, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) return done(std::move(*refused));
  auto query = read_query(asked);
  if (auto* refused = std::get_if<answer>(&query)) return done(std::move(*refused));
  const rig::query_ref& given = std::get<rig::query_ref>(query);
  if (const auto refused = given ? rig::refuse_for_sessions(*given) : std::nullopt)
    return done(bad_query(*refused, "query"));
  const std::string* const after = asked.parameter("after");
  if (after != nullptr && rig::parse_mark(*after))
    return done(
        bad_query({"a mark stands for messages and attempts; sessions take a time", 0}, "after"));
  const auto& [limit, before] = std::get<page>(wanted);
  const auto& sessions = asked.rig->sessions();
  list_tail tail;
  tail.total = sessions.size();
  tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  std::vector<const rig::session_record*> listed;
  bool is_past_cursor = before.empty();
  std::string scratch;
  for (auto each = sessions.rbegin(); each != sessions.rend(); ++each) {
    const rig::session_record& session = **each;
    const bool is_match = !given || rig::matches(*given, session, scratch);
    if (is_match) ++tail.matched;
    if (is_match && is_past_cursor) {
      if (listed.size() == limit && !tail.next) tail.next = model::to_string(listed.back()->id);
      if (listed.size() < limit) listed.push_back(&session);
    }
    is_past_cursor = is_past_cursor || model::to_string(session.id) == before;
  }
  done(list_answer(listed, tail, asked.rig->name()));
}

void get_session(const request& asked, context& with, answer_callback done) {
  const auto session = find_session(asked);
  if (session == nullptr) return done(unknown_session(asked));
  json_writer json;
  json.open_object();
  write_session(json, *session, asked.rig->name());
  write_events(json, with.rigs().transcripts().read(session->transcript));
  json.close_object();
  done(json_answer(json.take()));
}

void get_transcript(const request& asked, context& with, answer_callback done) {
  const auto session = find_session(asked);
  if (session == nullptr) return done(unknown_session(asked));
  answer result;
  result.content_type = "text/plain; charset=utf-8";
  result.text = transcript_text(*session, with.rigs().transcripts().read(session->transcript));
  distrust(result);
  done(std::move(result));
}

}  // namespace mailrig::inspector
