// Text without its letters' case, by Unicode's full case folding: what "compare without case" means
// everywhere in a search. "Straße" and "STRASSE" fold to the same; Chinese stays as it is.
#pragma once

#include <string>
#include <string_view>

namespace mailrig::mime {

// `text` is valid UTF-8. Fast on ASCII and on scripts that know no case.
void append_folded(std::string& out, std::string_view text);

[[nodiscard]] std::string fold_case(std::string_view text);

}  // namespace mailrig::mime
