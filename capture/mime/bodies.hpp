// Text, HTML and parts of a mail and nothing of its header: what a search of texts needs, at half the
// price of reading it all.
#pragma once

#include "capture/mime/message_view.hpp"

#include <string_view>

namespace mailrig::mime {

// `text`, `html`, their pieces and `parts`, unmeasured; the rest stays empty.
[[nodiscard]] message_view read_bodies(std::string_view raw);

}  // namespace mailrig::mime
