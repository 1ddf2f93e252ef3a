// HTML as words: enough for one line of a list, not a renderer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailrig::mime {

// `&amp;`, `&#20013;`, `&#x4E2D;` and the handful of names that occur in running text, undone.
[[nodiscard]] std::string without_character_references(std::string_view html);

// The words that a reader sees, until about `octets` of them were found; tags become spaces.
[[nodiscard]] std::string visible_words(std::string_view html, std::size_t octets);

// The charset that the document names in its first 1,024 octets (HTML 13.2.3.2), or empty.
[[nodiscard]] std::string_view declared_charset(std::string_view html);

}  // namespace mailrig::mime
