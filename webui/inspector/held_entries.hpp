// Which entries of mailboxes hold a message. I/O thread only.
#pragma once

#include "capture/rig/rig.hpp"
#include "webui/inspector/message_json.hpp"

#include <vector>

namespace mailrig::inspector {

// Of every accepted recipient, in the order of their RCPT. Mailboxes that nobody has looked at yet
// are not filled for this: their entries are known without.
[[nodiscard]] std::vector<held_entry> entries_holding(rig::rig& where, store::message_uid uid,
                                                      const store::entry& stored);

}  // namespace mailrig::inspector
