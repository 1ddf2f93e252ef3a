// Reads queries: `from:bob subject:"your order" (has:link OR has:code) -is:read ~/\d{6}/ invoice`.
//
// Terms stand side by side and must all hold; OR, parentheses, `-` or NOT in front, "phrases" and
// ~/expressions/ are as usual. Bounded in length, depth and number of terms. docs/search.md tells
// users.
#pragma once

#include "capture/rig/query.hpp"

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::rig {

inline constexpr std::size_t max_query_octets = 8 * 1024;
inline constexpr std::size_t max_query_depth = 32;
inline constexpr std::size_t max_query_terms = 200;

// An empty text is the query that everything matches.
[[nodiscard]] std::variant<query, query_error> parse_query(std::string_view text);

// One word that was given as a parameter, `?subject=your order`: the value is taken whole, and may
// be a ~/regular expression/.
[[nodiscard]] std::variant<query, query_error> parse_parameter(std::string_view name,
                                                               std::string_view value);

// All of them; cheap terms are asked before dear ones.
[[nodiscard]] query all_of(std::vector<query> parts);

}  // namespace mailrig::rig
