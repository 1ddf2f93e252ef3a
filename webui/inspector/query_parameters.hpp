// What a request searches for: `?query=…`, and each word of the grammar as a parameter of its own.
#pragma once

#include "capture/rig/mail_search.hpp"
#include "capture/rig/query.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <memory>
#include <string_view>
#include <variant>

namespace mailrig::inspector {

// Those endpoints that know `query` know all words too.
[[nodiscard]] bool is_query_parameter(std::string_view name);

// All that was given, ANDed; null if nothing was. A 400 with the place of the mistake otherwise.
[[nodiscard]] std::variant<rig::query_ref, answer> read_query(const request& asked);

// The 400 of a query that cannot be asked.
[[nodiscard]] answer bad_query(const rig::query_error& wrong, std::string_view parameter);

// A search over the messages of the request's rig as they are now; its limits are still to be set.
[[nodiscard]] rig::search_request search_over(const rig::rig& where, rig::query_ref wanted);

// Keeps what a search learnt with the messages of a rig, which outlives the search.
[[nodiscard]] rig::mail_search::keep_facts keeper_of_facts(rig::rig& where);

}  // namespace mailrig::inspector
