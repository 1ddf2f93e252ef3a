// The data of server-sent events, but that of `message`, which is its list row.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/rig/observer.hpp"
#include "capture/rig/session_record.hpp"
#include "webui/inspector/event_ring.hpp"

#include <string>

namespace mailrig::inspector {

[[nodiscard]] std::string attempt_event_json(const model::mail_record& attempt);
[[nodiscard]] std::string session_event_json(const rig::session_record& session,
                                             const std::string& rig_name);
[[nodiscard]] std::string rig_event_json(const rig::rig& which, rig::rig_change what);
// `fates` may be null: delivered to all.
[[nodiscard]] std::string fate_event_json(const model::mail_record& mail, store::message_uid uid,
                                          const model::mail_fates* fates);
[[nodiscard]] std::string removed_event_json(const event& what);

}  // namespace mailrig::inspector
