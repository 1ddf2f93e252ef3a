// What tries of one mail have in common: most clients give every try a new Message-ID and Date, so
// what counts is the rest.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::mime {

// 32 hexadecimal digits over the content without Date, Message-ID, Received and MIME boundaries;
// empty: there is no content. With a reverse-path before it, it is the name of a chain. Reads every
// octet; never called on the way of a mail, unless a rule wants to know it.
[[nodiscard]] std::string fingerprint_of(std::string_view mail, std::string_view reverse_path = {});

}  // namespace mailrig::mime
