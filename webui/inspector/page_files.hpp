// The web page's files, under every path that is not the API's.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/request.hpp"

#include <optional>
#include <string_view>

namespace mailrig::inspector {

// Nothing if there is no such file. Gzip where the client takes it, 304 where it has it.
[[nodiscard]] std::optional<answer> answer_page_file(const request& asked, const context& with);

// RFC 9110 12.5.3: whether gzip is among these, and not with q=0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);
// RFC 9110 13.1.2, weak comparison.
[[nodiscard]] bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace mailrig::inspector
