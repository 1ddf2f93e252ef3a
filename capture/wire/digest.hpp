// Digests that protocols ask for.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::wire {

// MD5 (RFC 1321) as 32 lower-case hexadecimal digits. Only for old protocols such as APOP.
[[nodiscard]] std::string md5_hex(std::string_view octets);

}  // namespace mailrig::wire
