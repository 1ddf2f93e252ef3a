// Base64 as RFC 4648 4 writes it, padding required.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::faults {

[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace mailrig::faults
