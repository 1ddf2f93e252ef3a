// One reply to somebody for whom there is no session.
#pragma once

#include <string_view>

namespace mailrig::net {

// What a client is told that there is no room for (RFC 5321 3.8, RFC 3206 4). `protocol` is "smtp",
// "lmtp" or "pop3".
[[nodiscard]] std::string_view too_many(std::string_view protocol);
[[nodiscard]] std::string_view too_many_of_one(std::string_view protocol);

// Says it, and closes the socket.
void turn_away(int descriptor, std::string_view reply);

}  // namespace mailrig::net
