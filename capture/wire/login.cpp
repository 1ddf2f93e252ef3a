#include "capture/wire/login.hpp"

#include <utility>

namespace mailrig::wire {

login::login(sasl_mechanism mechanism, const sasl_terms& terms,
             std::optional<std::string_view> initial_response)
    : exchange_(mechanism, terms) {
  who_.mechanism = to_string(mechanism);
  take(exchange_.start(initial_response));
}

void login::respond(std::string_view line) {
  if (is_challenge() || line == "*") take(exchange_.step(line));
}

void login::take(sasl_outcome outcome) {
  outcome_ = std::move(outcome);
  if (const auto* done = std::get_if<sasl_done>(&outcome_)) who_ = done->who;
  const auto* failed = std::get_if<sasl_failure>(&outcome_);
  if (failed != nullptr && !failed->who.user.empty()) who_ = failed->who;
}

}  // namespace mailrig::wire
