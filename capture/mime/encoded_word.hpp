// RFC 2047: encoded words in header values, also as real programs write them.
//
// Neighbouring words of one charset are joined as octets before they are decoded, since many
// programs cut a word in the middle of a character or of a base64 quantum.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::mime {

// The value on one line: each line end before a blank is dropped (RFC 5322 2.2.3), any other line
// end and NUL becomes a space, blanks around it are cut off.
[[nodiscard]] std::string unfolded(std::string_view raw_value);

// Words decoded in a value that was unfolded; raw 8-bit octets between them by `guess_charset`.
[[nodiscard]] std::string decode_words(std::string_view value);

// The same with each decoded run put back as one UTF-8 word, so that a comma or a quote inside a
// decoded name cannot be taken for address syntax.
[[nodiscard]] std::string normalise_words(std::string_view value);

}  // namespace mailrig::mime
