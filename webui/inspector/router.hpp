// Finds the endpoint for a request and refuses what no endpoint would understand: wrong names,
// wrong verbs, unknown parameters, foreign hosts and origins.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/endpoints.hpp"
#include "webui/inspector/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

// The whole way of a request: guard, route, handle. `asked` stays valid until the answer is given;
// its captures, rig and base are filled in.
void dispatch(request& asked, context& with, answer_callback done);

// A 400 or 403 if the request may not be answered under this name or for this origin.
[[nodiscard]] std::optional<answer> refuse_foreign(const request& asked, const host_policy& hosts);

// How long a body may be that this request's endpoint takes; 0 if it takes none. Only the target is
// looked at, and the method.
[[nodiscard]] std::size_t wanted_body_octets(const request& asked);

// What stood for {…}, if the segments fit the pattern.
[[nodiscard]] std::optional<std::vector<std::string>> match_pattern(
    std::string_view pattern, const std::vector<std::string>& segments);

// The pattern that is most like this path.
[[nodiscard]] std::string_view nearest_pattern(const std::vector<std::string>& segments);

// The /v1 call for a path of another mail catcher's API; empty if it is none.
[[nodiscard]] std::string_view translate_dialect(std::string_view path);

}  // namespace mailrig::inspector
