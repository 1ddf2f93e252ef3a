// The way back: text to octets in a charset, octets to a transfer encoding, UTF-8 to a header
// value. For mail that is altered or generated; lines end in CRLF.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::mime {

// Valid UTF-8 in another charset, '?' where it has no such character; nothing if nobody knows the
// charset.
[[nodiscard]] std::optional<std::string> encode_charset(std::string_view utf8,
                                                        std::string_view charset);

// RFC 2045 6.7; line ends stay line ends, also bare ones.
[[nodiscard]] std::string encode_quoted_printable(std::string_view octets);
// RFC 2045 6.8, in lines of 76.
[[nodiscard]] std::string encode_base64(std::string_view octets);
// `encoding` is lower case; any but base64 and quoted-printable leaves the octets as they are.
[[nodiscard]] std::string encode_transfer(std::string_view octets, std::string_view encoding);

// An unstructured header value: ASCII as it is, anything else as UTF-8 words of at most 75 octets,
// parted by a folding (RFC 2047 2).
[[nodiscard]] std::string encode_header(std::string_view utf8);

// `; name="value"`, or `; name*=utf-8''…` of what is not ASCII (RFC 2231 4).
[[nodiscard]] std::string encode_parameter(std::string_view name, std::string_view utf8);

}  // namespace mailrig::mime
