// Which parts a person reads as the mail's text and HTML, and which are attachments.
#pragma once

#include "capture/mime/entity_tree.hpp"
#include "capture/mime/message_view.hpp"

#include <string_view>

namespace mailrig::mime {

inline constexpr std::size_t max_body = std::size_t{8} << 20;  // octets of text, and of HTML

// Fills `text`, `html` and each part's `is_attachment`; `view.parts` stand for `tree.entities`.
void choose_bodies(std::string_view raw, const entity_tree& tree, message_view& view);

}  // namespace mailrig::mime
