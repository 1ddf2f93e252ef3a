// What a strict reader would have minded in a mail's octets: looked for when somebody asks, and by
// --strict before the mail is taken. One pass for each kind of octet, nothing is decoded.
#pragma once

#include "capture/model/esmtp_parameters.hpp"
#include "capture/model/lint.hpp"

#include <string_view>

namespace mailrig::model {

// `octets` are the mail's, un-stuffed; `announced` is what its MAIL said of it.
[[nodiscard]] lint_set find_content_lints(std::string_view octets,
                                          const mail_parameters& announced);

}  // namespace mailrig::model
