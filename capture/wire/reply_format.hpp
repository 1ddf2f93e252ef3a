// Replies as octets (RFC 5321 4.2.1; RFC 2034: every line carries the enhanced code).
#pragma once

#include "capture/model/reply.hpp"

#include <string>

namespace mailrig::wire {

// Appends "250-2.1.0 first\r\n250 2.1.0 last\r\n"; the lines of the text are separated by '\n'.
void append_reply(std::string& out, const model::reply& reply);

}  // namespace mailrig::wire
