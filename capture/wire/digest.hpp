// Message digests. The one place in front of the library that computes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailrig::wire {

enum class hash : std::uint8_t { md5, sha_1, sha_256 };

// The digest as octets.
[[nodiscard]] std::string digest(hash how, std::string_view text);
// RFC 2104.
[[nodiscard]] std::string hmac(hash how, std::string_view key, std::string_view text);
// "0a1f": lower case.
[[nodiscard]] std::string to_hex(std::string_view octets);

}  // namespace mailrig::wire
