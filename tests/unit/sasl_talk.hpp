// Talks to a sasl_exchange as a client would, and says in one string how it went.
#pragma once

#include "capture/wire/base64.hpp"
#include "capture/wire/sasl.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mailrig::wire {

// Draws what the test gave, then the last of it for ever.
class given_nonces final : public nonce_source {
 public:
  explicit given_nonces(std::vector<std::string> values) : values_(std::move(values)) {}
  std::string draw() override {
    std::string drawn = values_.at(next_);
    if (next_ + 1 < values_.size()) ++next_;
    return drawn;
  }

 private:
  std::vector<std::string> values_;
  std::size_t next_ = 0;
};

inline std::string decoded(std::string_view text) {
  const auto result = decode_base64(text);
  const auto* octets = std::get_if<std::string>(&result);
  return octets != nullptr ? *octets : "(no base64)";
}

inline std::string_view name_of(sasl_failure::reason why) {
  switch (why) {
    case sasl_failure::reason::cancelled: return "cancelled";
    case sasl_failure::reason::not_base64: return "not_base64";
    case sasl_failure::reason::unexpected_initial_response: return "unexpected_initial_response";
    case sasl_failure::reason::malformed: return "malformed";
    case sasl_failure::reason::refused: return "refused";
  }
  return "?";
}

// "challenge TEXT", "done PLAIN user=tim for=kurt", "refused PLAIN user=tim: why".
inline std::string told(const sasl_outcome& outcome) {
  const auto named = [](const model::authentication& who) {
    std::string text = who.mechanism + " user=" + who.user;
    if (!who.authorization.empty()) text += " for=" + who.authorization;
    return text;
  };
  if (const auto* challenge = std::get_if<sasl_challenge>(&outcome))
    return "challenge " + decoded(challenge->text);
  if (const auto* done = std::get_if<sasl_done>(&outcome)) return "done " + named(done->who);
  const auto& failed = std::get<sasl_failure>(outcome);
  return std::string(name_of(failed.why)) + ' ' + named(failed.who) + ": " + failed.detail;
}

struct sasl_client {
  credentials users;
  given_nonces nonces{{"nonce", "salt"}};
  std::string host_name = "mail.test";
  std::string certificate_name;

  [[nodiscard]] sasl_terms terms() { return {users, nonces, host_name, certificate_name}; }

  // The responses as octets; the first is the initial response. What the server said last.
  std::string says(sasl_mechanism mechanism, const std::vector<std::string>& responses) {
    sasl_exchange exchange(mechanism, terms());
    std::string last;
    bool is_first = true;
    for (const std::string& each : responses) {
      const std::string line = encode_base64(each);
      last = told(std::exchange(is_first, false) ? exchange.start(line.empty() ? "=" : line)
                                                 : exchange.step(line));
    }
    return last;
  }
};

}  // namespace mailrig::wire
