// Reads from a transcript alone, as a client would see it, which mail transaction is still open:
// what the session must then record is worked out without asking the session.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/model/stage.hpp"
#include "capture/rig/transcript_ring.hpp"

#include <optional>

namespace mailrig::dialogue {

struct open_transaction {
  model::stage reached = model::stage::mail;
  // If the client leaves now: rejected when a refusal was the last it heard, else aborted.
  model::outcome result = model::outcome::aborted;
};

[[nodiscard]] std::optional<open_transaction> find_open_transaction(const rig::transcript& said);

}  // namespace mailrig::dialogue
