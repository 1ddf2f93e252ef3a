// Two seven-bit encodings that switch by escapes, rewritten as the eight-bit ones beneath them.
//
// The C library has no HZ, and its ISO-2022-JP refuses the NEC and IBM characters (①, 髙) and the
// half-width katakana that Japanese mail programs send in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::mime {

// RFC 1843: `~{` … `~}` holds GB2312 with the high bits off.
[[nodiscard]] std::string hz_to_gb2312(std::string_view octets);

// RFC 1468 with JIS X 0201 katakana, as EUC-JP; nothing if other sets are switched to (RFC 1554).
[[nodiscard]] std::optional<std::string> iso2022jp_to_euc(std::string_view octets);

}  // namespace mailrig::mime
