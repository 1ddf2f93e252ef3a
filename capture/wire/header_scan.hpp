// A look at the header block of a mail without parsing it: for log lines and facts that are needed
// at once.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::wire {

// The value of the first field of that name (RFC 5322 2.2), unfolded and trimmed but not decoded;
// empty if there is none. Looks at the first 64 KiB of the header block, with CRLF or LF line ends.
[[nodiscard]] std::string find_header(std::string_view mail, std::string_view name);

}  // namespace mailrig::wire
