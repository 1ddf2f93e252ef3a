#include "webui/inspector/connection_facts.hpp"

namespace mailrig::inspector {

connection_facts facts_of_connection(const rig::rig& where, const model::mail_record& mail) {
  connection_facts result;
  const auto session = where.find_session(mail.facts().session);
  if (!session) return result;
  result.tls = session->tls;
  if (session->auth && session->auth->at <= mail.facts().started_at) result.auth = session->auth;
  return result;
}

}  // namespace mailrig::inspector
