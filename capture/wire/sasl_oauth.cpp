// OAUTHBEARER (RFC 7628) and XOAUTH2, which came before it and which Google and Microsoft speak.
//
// A token is checked as a password is. A refusal is told as JSON in a challenge; the client answers
// it with a dummy, and only then the exchange fails (RFC 7628 3.2.3).
#include "capture/wire/sasl_machine.hpp"
#include "capture/wire/text.hpp"

#include <utility>

namespace mailrig::wire {
namespace {

constexpr char separator = '\x01';  // kvsep

// "host=h^Aauth=Bearer t^A^A": the value of a key; nothing if the key is missing. The list ends in
// two separators.
std::optional<std::string_view> find_value(std::string_view pairs, std::string_view key) {
  while (!pairs.empty()) {
    const std::size_t end = std::min(pairs.find(separator), pairs.size());
    const std::string_view pair = pairs.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (equals_ignoring_case(pair.substr(0, equals), key) && equals < pair.size())
      return pair.substr(equals + 1);
    pairs.remove_prefix(std::min(end + 1, pairs.size()));
  }
  return std::nullopt;
}

// RFC 6750 2.1: "Bearer", a blank, the token.
std::optional<std::string_view> find_token(std::string_view pairs) {
  constexpr std::string_view scheme = "Bearer ";
  const auto value = find_value(pairs, "auth");
  if (!value || !starts_ignoring_case(*value, scheme)) return std::nullopt;
  const std::string_view token = trim(value->substr(scheme.size()));
  if (token.empty()) return std::nullopt;
  return token;
}

bool ends_as_pairs_do(std::string_view message) {
  return message.ends_with("\x01\x01");
}

class oauth : public sasl_machine {
 public:
  explicit oauth(const sasl_terms& terms) : users_(terms.users) {}

  sasl_outcome step(std::string_view response) final {
    if (told_) return *std::exchange(told_, std::nullopt);
    sasl_outcome outcome = read(response);
    auto* failed = std::get_if<sasl_failure>(&outcome);
    if (failed == nullptr) return outcome;
    sasl_challenge explanation{explain(*failed)};
    told_ = std::move(*failed);
    return explanation;
  }

 protected:
  [[nodiscard]] virtual sasl_outcome read(std::string_view message) = 0;
  [[nodiscard]] virtual std::string explain(const sasl_failure& failed) const = 0;

  [[nodiscard]] sasl_outcome judge(model::authentication who, std::string_view pairs) const {
    const auto token = find_token(pairs);
    if (!token) return malformed("it has no auth=Bearer TOKEN (RFC 6750 2.1)", std::move(who));
    if (const char* fault = users_.find_fault(who.user, *token))
      return refused(fault, std::move(who));
    return sasl_done{std::move(who)};
  }

 private:
  const credentials& users_;
  std::optional<sasl_failure> told_;
};

class oauthbearer final : public oauth {
 public:
  using oauth::oauth;

 private:
  // RFC 7628 3.1: a GS2 header, then pairs. The user stands in the header, and is optional.
  sasl_outcome read(std::string_view message) override {
    auto parsed = read_gs2(message);
    if (const auto* fault = std::get_if<const char*>(&parsed)) return malformed(*fault);
    auto& gs2 = std::get<gs2_message>(parsed);
    model::authentication who;
    who.user = std::move(gs2.authorization);
    if (!gs2.rest.starts_with(separator) || !ends_as_pairs_do(gs2.rest))
      return malformed("behind the GS2 header ^A key=value ^A ... ^A^A is due (RFC 7628 3.1)",
                       std::move(who));
    return judge(std::move(who), gs2.rest);
  }

  // RFC 7628 3.2.2.
  std::string explain(const sasl_failure& failed) const override {
    return failed.why == sasl_failure::reason::refused ? R"({"status":"invalid_token"})"
                                                       : R"({"status":"invalid_request"})";
  }
};

class xoauth2 final : public oauth {
 public:
  using oauth::oauth;

 private:
  // "user=" user ^A "auth=Bearer " token ^A ^A.
  sasl_outcome read(std::string_view message) override {
    const auto user = find_value(message, "user");
    if (!user || user->empty() || !ends_as_pairs_do(message))
      return malformed("XOAUTH2 wants user=NAME ^A auth=Bearer TOKEN ^A^A");
    model::authentication who;
    who.user = *user;
    return judge(std::move(who), message);
  }

  // As Google answers.
  std::string explain(const sasl_failure& failed) const override {
    return failed.why == sasl_failure::reason::refused
               ? R"({"status":"401","schemes":"bearer","scope":"https://mail.google.com/"})"
               : R"({"status":"400","schemes":"bearer","scope":"https://mail.google.com/"})";
  }
};

}  // namespace

std::unique_ptr<sasl_machine> make_xoauth2(const sasl_terms& terms) {
  return std::make_unique<xoauth2>(terms);
}
std::unique_ptr<sasl_machine> make_oauthbearer(const sasl_terms& terms) {
  return std::make_unique<oauthbearer>(terms);
}

}  // namespace mailrig::wire
