// Replies of POP3 as octets (RFC 1939 3).
#pragma once

#include "capture/model/reply.hpp"

#include <string>

namespace mailrig::pop3 {

// Appends "+OK text\r\n", "+ text\r\n" or "-ERR text\r\n". A text of several lines, parted by '\n',
// becomes a multi-line response with its dots stuffed and its final dot.
void append_reply(std::string& out, const model::reply& reply);

}  // namespace mailrig::pop3
