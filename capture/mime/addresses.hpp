// Address headers (RFC 5322 3.4) and Date, through GMime's lenient parsers.
#pragma once

#include "capture/mime/message_view.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

// The mailboxes of one header value, groups flat; empty if it holds none.
[[nodiscard]] std::vector<address> parse_addresses(std::string_view raw_value);

// RFC 3339 in UTC with milliseconds, or empty if the value is no date.
[[nodiscard]] std::string parse_date(std::string_view raw_value);

}  // namespace mailrig::mime
