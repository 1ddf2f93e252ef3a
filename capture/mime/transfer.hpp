// Content-Transfer-Encoding undone (RFC 2045 6, and uuencode), through GMime's decoders.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailrig::mime {

// What decoding the whole content shows; computed in small blocks, so a 60 MB part needs no memory.
struct content_facts {
  std::uint64_t size = 0;
  std::string sha256;             // lower-case hex
  std::string md5;                // likewise
  bool has_stray_octets = false;  // octets that its encoding does not allow
};

// `encoding` is lower case. An unknown one, like 7bit, 8bit and binary, leaves the octets as they
// are.
[[nodiscard]] bool is_known_encoding(std::string_view encoding);

[[nodiscard]] std::string decode_transfer(std::string_view encoded, std::string_view encoding);

// The first decoded octets, at least `octets` of them if there are so many.
[[nodiscard]] std::string decode_transfer_prefix(std::string_view encoded,
                                                 std::string_view encoding, std::size_t octets);

[[nodiscard]] content_facts measure_content(std::string_view encoded, std::string_view encoding);

}  // namespace mailrig::mime
