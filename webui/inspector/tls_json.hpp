// The `tls` of sessions and messages: {"version","cipher","server_name","client_certificate",
// "resumed"}, or null without TLS.
#pragma once

#include "capture/model/tls_facts.hpp"
#include "webui/inspector/json_writer.hpp"

namespace mailrig::inspector {

// Null: no TLS.
void write_tls(json_writer& json, const model::tls_facts* tls);

}  // namespace mailrig::inspector
