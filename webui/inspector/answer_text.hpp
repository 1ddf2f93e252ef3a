// The head of an answer as it goes over the wire (RFC 9112 4).
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <string>

namespace mailrig::inspector {

enum class after_answer { keep_alive, close };

[[nodiscard]] std::string head_of(const answer& what, const request& asked, after_answer after);

}  // namespace mailrig::inspector
