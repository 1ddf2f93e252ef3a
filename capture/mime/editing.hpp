// Alters a mail as a careless relay would: one part, one header field, one parameter, with every
// other octet left as it was.
//
// Octets in, octets out. What cannot be found is left alone, so that the result may be the mail as
// it was. Never throws on what a peer sent; the bounds are those of entity_tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

// The header of the message itself

// Takes away every field of these names (ASCII case does not count).
[[nodiscard]] std::string without_fields(std::string_view raw,
                                         const std::vector<std::string>& names);
// The body only.
[[nodiscard]] std::string without_header(std::string_view raw);
// `prefix` is UTF-8; a mail without Subject gets one.
[[nodiscard]] std::string with_subject_prefix(std::string_view raw, std::string_view prefix);

// Header fields of parts

// Every text part says that it is in `charset`; its octets stay.
[[nodiscard]] std::string with_charset_label(std::string_view raw, std::string_view charset);
// No part says how it is encoded.
[[nodiscard]] std::string without_transfer_encodings(std::string_view raw);
[[nodiscard]] std::string with_attachments_named(std::string_view raw, std::string_view name);

// Contents of parts

// Every text part is in `charset`; its label stays.
[[nodiscard]] std::string with_text_in(std::string_view raw, std::string_view charset);
// Text in quoted-printable is encoded once more; where there is none, unencoded text is encoded
// twice and labelled once.
[[nodiscard]] std::string with_text_encoded_twice(std::string_view raw);
// Behind the text, and within the HTML, that a reader is shown.
[[nodiscard]] std::string with_footer(std::string_view raw, std::string_view text);

// Whole parts, numbered as in message_view; 0, the message itself, is not taken away

[[nodiscard]] std::string without_part(std::string_view raw, int number);
[[nodiscard]] std::string without_attachments(std::string_view raw);
// The first two parts of the first multipart that has two change places.
[[nodiscard]] std::string with_parts_swapped(std::string_view raw);

}  // namespace mailrig::mime
