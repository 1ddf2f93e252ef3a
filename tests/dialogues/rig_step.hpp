// The rig: lines of a dialogue: what happens in the rig while the clients talk.
//
//   rig: mail rcpt=a@a.test,b@b.test text="Subject: x\r\n\r\ntext\r\n"   a mail is stored
//   rig: delete 2         the inspector deletes the second message that was ever stored
//   rig: delete all       … all messages
//   rig: evict            the oldest message is evicted
#pragma once

#include "tests/dialogues/world.hpp"

#include <string_view>

namespace mailrig::dialogue {

// Throws script_error when the line is wrong or cannot be carried out.
void carry_out_in_rig(const step& what, world& in);

}  // namespace mailrig::dialogue
