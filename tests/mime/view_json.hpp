// The whole of a message_view as JSON, for the golden files and for readable failures.
#pragma once

#include "capture/mime/message_view.hpp"

#include <nlohmann/json.hpp>

namespace mailrig::mime {

// Everything that the readers of one message answer: the view, the list row and the HTML with part
// URLs (prefix "parts/").
[[nodiscard]] nlohmann::ordered_json to_json(const message_view& view);

}  // namespace mailrig::mime
