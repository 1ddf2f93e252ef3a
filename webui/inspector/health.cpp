// /livez, /readyz, /v1/info and the way into /v1/events.
#include "capture/rig/listeners.hpp"
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/fault_json.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/query_parameters.hpp"

namespace mailrig::inspector {
namespace {

void write_listeners(json_writer& json, const rig::listeners& listeners) {
  json.key("listeners").open_array();
  for (const rig::listener_info& each : listeners.list()) {
    json.open_object();
    json.field("protocol", each.protocol).field("address", each.address);
    json.field("port", each.port).field("url", each.url).text_or_null("rig", each.rig);
    json.close_object();
  }
  json.close_array();
}

void write_limits(json_writer& json, const rig::table_limits& limits) {
  json.key("limits").open_object();
  json.field("max_messages", limits.max_messages).field("max_octets", limits.max_octets);
  json.field("transcript_octets", limits.transcript_octets);
  json.close_object();
}

// Of the whole process, then of the rig that was asked for.
void write_use(json_writer& json, rig::rig_table& rigs, const rig::rig& where) {
  const store::usage process = rigs.in_use();
  json.key("use").open_object();
  json.field("messages", process.messages).field("octets", process.octets);
  json.field("transcript_octets", rigs.transcripts().octets_in_use());
  json.close_object();
  const store::usage own = where.messages().in_use();
  json.key("rig").open_object();
  json.field("id", where.name());
  json.field("messages", own.messages).field("octets", own.octets);
  json.field("evicted", where.evicted_count());
  json.field("attempts", where.attempts().size()).field("sessions", where.sessions().size());
  json.close_object();
}

}  // namespace

void get_info(const request& asked, context& with, answer_callback done) {
  json_writer json;
  json.open_object();
  json.field("name", "mailrig").field("version", with.settings().version);
  write_listeners(json, with.listeners());
  write_limits(json, with.rigs().limits());
  write_use(json, with.rigs(), *asked.rig);
  json.field("seed", asked.rig->judge().seed()).key("faults");
  write_active_rules(json, *asked.rig);
  json.close_object();
  done(json_answer(json.take()));
}

void get_livez(const request&, context&, answer_callback done) {
  answer result;
  result.content_type = "text/plain; charset=utf-8";
  result.text = "ok\n";
  done(std::move(result));
}

void get_readyz(const request& asked, context& with, answer_callback done) {
  const auto& is_ready = with.all().is_ready;
  if (!is_ready || is_ready())
    get_livez(asked, with, std::move(done));
  else
    done(problem(503, "not_ready", "mailrig takes no mail now",
                 "Its listeners are not open: it is starting or ending."));
}

void get_events(const request& asked, context&, answer_callback done) {
  if (auto wanted = read_query(asked); auto* refused = std::get_if<answer>(&wanted))
    return done(std::move(*refused));
  answer result;
  result.content_type = "text/event-stream";
  // Proxies would else hold events back until their buffer is full.
  result.headers.push_back({"X-Accel-Buffering", "no"});
  result.is_event_stream = true;
  done(std::move(result));
}

}  // namespace mailrig::inspector
