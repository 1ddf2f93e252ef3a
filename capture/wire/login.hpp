// One client's way through AUTH (RFC 4954, RFC 5034): the exchange while it lasts, and who the
// client is once it succeeded.
//
// Owned by the session, from AUTH on. Knows no replies; keeps no secret.
#pragma once

#include "capture/model/authentication.hpp"
#include "capture/wire/sasl.hpp"

#include <optional>
#include <string_view>

namespace mailrig::wire {

class login {
 public:
  login(sasl_mechanism mechanism, const sasl_terms& terms,
        std::optional<std::string_view> initial_response);

  // A line of the client. Should a rule ask for one behind the end, the outcome stays what it was,
  // but for a line that cancels.
  void respond(std::string_view line);
  // The exchange is over and the client is who it says.
  void succeed() { has_succeeded_ = true; }

  [[nodiscard]] bool has_succeeded() const { return has_succeeded_; }
  [[nodiscard]] bool is_challenge() const {
    return std::holds_alternative<sasl_challenge>(outcome_);
  }
  [[nodiscard]] const sasl_outcome& outcome() const { return outcome_; }
  // As far as the client has said it.
  [[nodiscard]] const model::authentication& who() const { return who_; }

 private:
  void take(sasl_outcome outcome);

  sasl_exchange exchange_;
  sasl_outcome outcome_;
  model::authentication who_;
  bool has_succeeded_ = false;
};

}  // namespace mailrig::wire
