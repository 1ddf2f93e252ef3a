// Mails whose octets are their text: ASCII, one text/plain entity, no transfer encoding, no encoded
// words. They can be searched where they lie, which is a hundred times faster than reading them.
#pragma once

#include <optional>
#include <string_view>

namespace mailrig::mime {

struct plain_mail {
  std::string_view header;
  std::string_view body;  // with the line ends as received
};

// Nothing if the mail has to be read, or if there is any doubt.
[[nodiscard]] std::optional<plain_mail> as_plain_mail(std::string_view raw);

}  // namespace mailrig::mime
