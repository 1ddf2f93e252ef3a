// GET of /v1/tls/ca.pem, and what is known of the TLS of a session.
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/tls_json.hpp"

namespace mailrig::inspector {

void get_ca(const request&, context& with, answer_callback done) {
  answer result;
  result.content_type = "application/x-pem-file";
  result.headers.push_back({"Content-Disposition", "attachment; filename=\"mailrig-ca.pem\""});
  result.text = with.all().ca_pem;
  done(std::move(result));
}

void write_tls(json_writer& json, const model::tls_facts* tls) {
  if (tls == nullptr) {
    json.null_field("tls");
    return;
  }
  json.key("tls").open_object();
  json.field("version", tls->version).field("cipher", tls->cipher);
  json.text_or_null("server_name", tls->server_name);
  json.text_or_null("client_certificate", tls->client_certificate);
  json.field("resumed", tls->is_resumed);
  json.close_object();
}

}  // namespace mailrig::inspector
