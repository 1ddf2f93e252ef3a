#include "webui/inspector/auth_json.hpp"

namespace mailrig::inspector {

void write_auth(json_writer& json, const std::optional<rig::session_login>& auth) {
  json.key("auth");
  if (!auth) {
    json.null();
    return;
  }
  json.open_object().field("mechanism", auth->who.mechanism).field("user", auth->who.user);
  json.text_or_null("authorization", auth->who.authorization).field("at", auth->at);
  json.close_object();
}

}  // namespace mailrig::inspector
