// The words of the grammar and what their values may be: the one table behind the parser, the URL
// parameters and the documentation.
#pragma once

#include "capture/rig/query.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace mailrig::rig {

enum class value_kind : std::uint8_t { text, address, name, choice, time, octets };

struct query_word {
  word what;
  std::string_view name;  // "subject"; "header." is followed by a field's name
  value_kind value;
  std::string_view choices;  // of `choice`, with blanks between
};

[[nodiscard]] std::span<const query_word> query_words();
// By name; "header.X-Mailer" and "message_id" are found too. Null if there is none.
[[nodiscard]] const query_word* find_query_word(std::string_view name);
[[nodiscard]] std::string_view name_of(word what);
// The word that looks most like a wrong one.
[[nodiscard]] std::string_view nearest_query_word(std::string_view name);

enum class value_form : std::uint8_t { plain, regex };

// What stands behind a word; `name` is the word as written. Errors have no position.
[[nodiscard]] std::variant<term, query_error> make_term(const query_word& which,
                                                        std::string_view name,
                                                        std::string_view value, value_form form);

}  // namespace mailrig::rig
