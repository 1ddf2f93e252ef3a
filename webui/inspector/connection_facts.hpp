// What the session that brought a message knew of its client, copied on the I/O thread for whoever
// writes the message's JSON on the pool.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/model/tls_facts.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/session_record.hpp"

#include <memory>
#include <optional>

namespace mailrig::inspector {

struct connection_facts {
  std::shared_ptr<const model::tls_facts> tls;  // null: none
  std::optional<rig::session_login> auth;       // if the client had logged in before this mail
};

// All unknown once the session is forgotten, and for a mail that no client sent.
[[nodiscard]] connection_facts facts_of_connection(const rig::rig& where,
                                                   const model::mail_record& mail);

}  // namespace mailrig::inspector
