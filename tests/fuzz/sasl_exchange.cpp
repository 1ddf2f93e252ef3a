// What holds for a SASL exchange whatever a client says:
//
//   1. no crash;
//   2. the same lines give the same outcomes;
//   3. a challenge is base64 and, as lines are limited, has 12,288 octets at most (RFC 4954 4);
//   4. who is done is somebody that may log in;
//   5. no password stands in what is said of a failure;
//   6. "*" cancels, and what is not base64 fails as such.
//
// Input: an octet for the mechanism, an octet of options (1: users, 2: a common password, 4: no
// initial response, 8: lines as they are, 16: a certificate), then the client's responses, one a
// line.
#include "capture/wire/base64.hpp"
#include "capture/wire/sasl.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace mailrig;

constexpr std::string_view password = "sesame";
constexpr std::string_view common_password = "open sesame too";
constexpr std::size_t longest_line = 16'384;
constexpr std::size_t longest_challenge = 12'288;

class counting_nonces final : public wire::nonce_source {
 public:
  std::string draw() override { return 'n' + std::to_string(++drawn_); }

 private:
  int drawn_ = 0;
};

struct plan {
  wire::sasl_mechanism mechanism;
  wire::credentials users;
  std::string certificate_name;
  bool has_initial_response = true;
  std::vector<std::string> lines;
};

void demand(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

plan plan_of(unsigned mechanism, unsigned options, std::string_view said) {
  plan result{
      static_cast<wire::sasl_mechanism>(mechanism % wire::sasl_mechanism_count), {}, {}, true, {}};
  if ((options & 1U) != 0) result.users.add_user("alice", std::string(password));
  if ((options & 2U) != 0) result.users.set_common_password(std::string(common_password));
  if ((options & 16U) != 0) result.certificate_name = "alice";
  result.has_initial_response = (options & 4U) == 0;
  while (!said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    const std::string_view line = said.substr(0, std::min(end, longest_line / 4 * 3));
    result.lines.push_back((options & 8U) != 0 ? std::string(line) : wire::encode_base64(line));
    said.remove_prefix(std::min(end + 1, said.size()));
  }
  return result;
}

void check(const plan& how, const wire::sasl_outcome& outcome, const std::string& line) {
  if (const auto* challenge = std::get_if<wire::sasl_challenge>(&outcome)) {
    demand(std::holds_alternative<std::string>(wire::decode_base64(challenge->text)),
           "a challenge is no base64");
    demand(challenge->text.size() <= longest_challenge, "a challenge is too long");
  } else if (const auto* done = std::get_if<wire::sasl_done>(&outcome)) {
    demand(how.users.knows(done->who.user), "somebody is done who may not log in");
  } else {
    const auto& failed = std::get<wire::sasl_failure>(outcome);
    demand(failed.detail.find(password) == std::string::npos, "a password is told");
    const bool is_base64 = std::holds_alternative<std::string>(wire::decode_base64(line));
    const bool is_not = failed.why == wire::sasl_failure::reason::not_base64;
    demand(!is_not || !is_base64, "base64 is refused as none");
  }
}

std::string describe(const wire::sasl_outcome& outcome) {
  if (const auto* challenge = std::get_if<wire::sasl_challenge>(&outcome))
    return "challenge " + challenge->text + '\n';
  if (const auto* done = std::get_if<wire::sasl_done>(&outcome))
    return "done " + done->who.mechanism + ' ' + done->who.user + ' ' + done->who.authorization;
  const auto& failed = std::get<wire::sasl_failure>(outcome);
  return "failed " + failed.detail + ' ' + failed.who.user;
}

std::string run(const plan& how) {
  counting_nonces nonces;
  wire::sasl_exchange exchange(how.mechanism, {how.users, nonces, "mailrig", how.certificate_name});
  std::string told;
  auto next = how.lines.begin();
  std::string line = how.has_initial_response && next != how.lines.end() ? *next++ : std::string();
  const bool gives = how.has_initial_response && !line.empty();
  wire::sasl_outcome outcome =
      exchange.start(gives ? std::optional<std::string_view>(line) : std::nullopt);
  check(how, outcome, line);
  told += describe(outcome);
  while (std::holds_alternative<wire::sasl_challenge>(outcome) && next != how.lines.end()) {
    line = *next++;
    outcome = exchange.step(line);
    const auto* failed = std::get_if<wire::sasl_failure>(&outcome);
    demand((line == "*") ==
               (failed != nullptr && failed->why == wire::sasl_failure::reason::cancelled),
           "only * cancels, and always");
    check(how, outcome, line);
    told += describe(outcome);
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view said(reinterpret_cast<const char*>(data) + 2, size - 2);
  const plan how = plan_of(data[0], data[1], said);
  demand(run(how) == run(how), "the same lines are answered in two ways");
  return 0;
}
