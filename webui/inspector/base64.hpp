// Base64 (RFC 4648 4), padded, without line ends.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::inspector {

[[nodiscard]] std::string base64(std::string_view octets);

}  // namespace mailrig::inspector
