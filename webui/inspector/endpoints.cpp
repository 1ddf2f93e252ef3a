#include "webui/inspector/endpoints.hpp"

#include "webui/inspector/handlers.hpp"
#include "webui/inspector/verify.hpp"

namespace mailrig::inspector {
namespace {

using enum method;

constexpr std::size_t mark_body = std::size_t{64} * 1024;
constexpr std::size_t small_body = std::size_t{64} * 1024;
// A set of fault rules; faults/rule_set.hpp.
constexpr std::size_t rules_body = std::size_t{16} * 1024 * 1024;

// Everything under /v1 means the rig `default` and exists again under /v1/rigs/{rig}.
constexpr auto table = std::to_array<endpoint>({
    {get, "/v1/messages", list_messages, {"limit", "cursor", "query"}},
    {post, "/v1/messages", ingest_message, {"mail_from", "rcpt_to"}, whole_message},
    {patch, "/v1/messages", mark_messages, {"query"}, mark_body},
    {delete_, "/v1/messages", delete_messages, {"all", "query"}},
    {get,
     "/v1/messages/wait",
     wait_for_messages,
     {"query", "count", "exactly", "after", "timeout", "settle"}},
    {get, "/v1/messages/{id}", get_message, {"query"}},
    {patch, "/v1/messages/{id}", mark_message, {}, mark_body},
    {delete_, "/v1/messages/{id}", delete_message},
    {get, "/v1/messages/{id}/raw", get_raw, {"mailbox", "query"}, 0, false, true},
    {get, "/v1/messages/{id}/html", get_html, {"remote", "query"}, 0, false, true},
    {get, "/v1/messages/{id}/text", get_text, {"query"}, 0, false, true},
    {get, "/v1/messages/{id}/headers", get_headers, {"query"}, 0, false, true},
    {get, "/v1/messages/{id}/parts/{n}", get_part, {"query"}, 0, false, true},
    {get, "/v1/attempts", list_attempts, {"limit", "cursor", "query"}},
    {get,
     "/v1/attempts/wait",
     wait_for_attempts,
     {"query", "count", "exactly", "after", "timeout", "settle"}},
    {get, "/v1/attempts/{id}", get_attempt},
    {get, "/v1/attempts/{id}/raw", get_attempt_raw, {}, 0, false, true},
    {get, "/v1/mailboxes", list_mailboxes, {"limit", "cursor"}},
    {get, "/v1/mailboxes/{address}", get_mailbox, {"limit", "cursor"}},
    {get, "/v1/sessions", list_sessions, {"limit", "cursor", "query"}},
    {get, "/v1/sessions/{id}", get_session},
    {get, "/v1/sessions/{id}/transcript.txt", get_transcript},
    {get, "/v1/rigs", list_rigs, {"limit", "cursor"}, 0, true},
    {post, "/v1/rigs", make_rig, {}, rules_body, true},
    {get, "/v1/rigs/{rig}", get_rig, {}, 0, true},
    {put, "/v1/rigs/{rig}", put_rig, {}, rules_body, true},
    {delete_, "/v1/rigs/{rig}", delete_rig, {}, 0, true},
    {post, "/v1/reset", reset_rig, {}, small_body},
    {get, "/v1/faults", get_faults},
    {put, "/v1/faults", put_faults, {"shared"}, rules_body},
    {delete_, "/v1/faults", delete_faults},
    {post, "/v1/faults/rules", add_rule, {"shared"}, rules_body},
    {get, "/v1/faults/rules/{id}", get_rule},
    {put, "/v1/faults/rules/{id}", put_rule, {"shared"}, rules_body},
    {patch, "/v1/faults/rules/{id}", patch_rule, {"shared"}, rules_body},
    {delete_, "/v1/faults/rules/{id}", delete_rule},
    {put, "/v1/faults/lists/{name}", put_list, {}, rules_body},
    {post, "/v1/faults/apply", apply_document, {"shared"}, rules_body},
    {get, "/v1/faults/hits", list_hits, {"limit", "cursor", "rule", "session"}},
    {get,
     "/v1/faults/explain",
     explain_faults,
     {"session", "stage", "protocol", "client_ip", "helo", "user", "mail_from", "rcpt"}},
    {get, "/v1/faults/unused", list_unused},
    {get, "/v1/faults/state", get_fault_state},
    {put, "/v1/faults/state", put_fault_state, {}, small_body},
    {delete_, "/v1/faults/state", delete_fault_state},
    {get, "/v1/scenarios", list_scenarios},
    {get, "/v1/scenarios/{name}", get_scenario},
    {post, "/v1/scenarios/{name}/apply", apply_scenario, {"shared"}, small_body},
    {delete_, "/v1/scenarios/{name}/apply", take_off_scenario},
    {post, "/v1/verify", verify, {}, small_body},
    {get, "/v1/clock", get_clock},
    {post, "/v1/clock", set_clock, {}, small_body},
    {post, "/v1/clock/advance", advance_clock, {}, small_body},
    {get, "/v1/export", get_export},
    {get, "/v1/events", get_events, {"query"}},
    {get, "/v1/info", get_info},
    {get, "/v1/tls/ca.pem", get_ca, {}, 0, true},
    {get, "/v1/openapi.json", get_openapi, {}, 0, true},
    {get, "/metrics", get_metrics},
    {get, "/livez", get_livez},
    {get, "/readyz", get_readyz},
});

}  // namespace

std::span<const endpoint> endpoints() {
  return table;
}

}  // namespace mailrig::inspector
