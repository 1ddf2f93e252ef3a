// Octets of replies that are wrong on purpose, and keyword lists with other keywords than the
// server's.
//
// Pure functions over whole replies as they would go out; nobody owns them. What they make is never
// larger than the rule says: `n` is bounded where the rule is loaded.
#pragma once

#include "faults/verdict.hpp"

#include <string>
#include <string_view>

namespace mailrig::wire {

// How a reply's first word is made: three digits, or "+OK" and "-ERR" (RFC 1939 3).
enum class reply_manner : std::uint8_t { numbers, words };

// `reply` is one reply as it goes out, all of its lines with CRLF.
[[nodiscard]] std::string malformed(std::string_view reply, const faults::malform_step& how,
                                    reply_manner manner);

// Of `text`, whose first line stays and whose others hold a keyword each, parted by '\n'.
[[nodiscard]] std::string with_other_keywords(std::string_view text, const faults::ehlo& changes);

}  // namespace mailrig::wire
