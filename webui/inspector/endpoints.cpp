#include "webui/inspector/endpoints.hpp"

#include "webui/inspector/handlers.hpp"

namespace mailrig::inspector {
namespace {

using enum method;

// Everything under /v1 means the rig `default` and exists again under /v1/rigs/{rig}.
constexpr auto table = std::to_array<endpoint>({
    {get, "/v1/messages", list_messages, {"limit", "cursor"}},
    {delete_, "/v1/messages", delete_messages, {"all"}},
    {get, "/v1/messages/{id}", get_message},
    {delete_, "/v1/messages/{id}", delete_message},
    {get, "/v1/messages/{id}/raw", get_raw},
    {get, "/v1/messages/{id}/html", get_html, {"remote"}},
    {get, "/v1/messages/{id}/text", get_text},
    {get, "/v1/messages/{id}/headers", get_headers},
    {get, "/v1/messages/{id}/parts/{n}", get_part},
    {get, "/v1/attempts", list_attempts, {"limit", "cursor"}},
    {get, "/v1/attempts/{id}", get_attempt},
    {get, "/v1/attempts/{id}/raw", get_attempt_raw},
    {get, "/v1/sessions", list_sessions, {"limit", "cursor"}},
    {get, "/v1/sessions/{id}", get_session},
    {get, "/v1/events", get_events},
    {get, "/v1/info", get_info},
    {get, "/v1/tls/ca.pem", get_ca},
    {get, "/livez", get_livez},
    {get, "/readyz", get_readyz},
});

}  // namespace

std::span<const endpoint> endpoints() {
  return table;
}

}  // namespace mailrig::inspector
