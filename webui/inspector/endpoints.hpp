// The table of what the server answers: it is the dispatcher.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/request.hpp"

#include <array>
#include <limits>
#include <span>
#include <string_view>

namespace mailrig::inspector {

// The request stays valid until the answer is given.
using handler = void (*)(const request& asked, context& with, answer_callback done);

// A body of the size that a message may have.
inline constexpr std::size_t whole_message = std::numeric_limits<std::size_t>::max();

struct endpoint {
  method verb;
  std::string_view pattern;  // "/v1/messages/{id}"; {…} stands for one segment
  handler handle;
  std::array<std::string_view, 8> parameters{};  // those that it knows
  std::size_t body_octets = 0;                   // the longest body; 0: it takes none
  // Not again under /v1/rigs/{rig}.
  bool is_once = false;
  // What was answered once is answered for ever: a conditional GET need not ask for more.
  bool is_immutable = false;
};

[[nodiscard]] std::span<const endpoint> endpoints();

}  // namespace mailrig::inspector
