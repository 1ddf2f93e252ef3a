// One SASL exchange (RFC 4422), the server's side: the client's lines in, challenges out, until it
// is done or has failed.
//
// Knows no protocol: SMTP writes a challenge behind "334 " (RFC 4954), POP3 behind "+ " (RFC 5034).
// The owner limits the length of a line. A password lives no longer than the step that compares it,
// and no outcome repeats one.
#pragma once

#include "capture/model/authentication.hpp"
#include "capture/wire/credentials.hpp"
#include "capture/wire/nonce.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mailrig::wire {

enum class sasl_mechanism : std::uint8_t {
  plain,          // RFC 4616
  login,          // draft-murchison-sasl-login
  cram_md5,       // RFC 2195
  scram_sha_1,    // RFC 5802
  scram_sha_256,  // RFC 7677
  xoauth2,        // Google's and Microsoft's
  oauthbearer,    // RFC 7628
  external,       // RFC 4422 A
  anonymous,      // RFC 4505
};
inline constexpr std::size_t sasl_mechanism_count = 9;

// "SCRAM-SHA-256".
[[nodiscard]] std::string_view to_string(sasl_mechanism value);
// Names compare without case (RFC 4954 3 and 5034 4 say so of keywords).
[[nodiscard]] std::optional<sasl_mechanism> find_sasl_mechanism(std::string_view name);

class sasl_mechanism_set {
 public:
  [[nodiscard]] static constexpr sasl_mechanism_set all() {
    sasl_mechanism_set result;
    result.bits_ = (1U << sasl_mechanism_count) - 1;
    return result;
  }
  constexpr void insert(sasl_mechanism one) {
    bits_ = static_cast<std::uint16_t>(bits_ | bit(one));
  }
  constexpr void erase(sasl_mechanism one) {
    bits_ = static_cast<std::uint16_t>(bits_ & ~bit(one));
  }
  [[nodiscard]] constexpr bool contains(sasl_mechanism one) const {
    return (bits_ & bit(one)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

  friend constexpr bool operator==(sasl_mechanism_set, sasl_mechanism_set) = default;

 private:
  [[nodiscard]] static constexpr std::uint16_t bit(sasl_mechanism one) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(one));
  }
  std::uint16_t bits_ = 0;
};

// "PLAIN LOGIN CRAM-MD5", in the order of the enumeration.
[[nodiscard]] std::string to_string(sasl_mechanism_set mechanisms);

// What is left of `wanted` where it can work: SCRAM needs known passwords, EXTERNAL a certificate
// of the client, and ANONYMOUS that anybody may log in.
[[nodiscard]] sasl_mechanism_set usable(sasl_mechanism_set wanted, const credentials& users,
                                        bool has_certificate);

// What an exchange needs of its surroundings. Everything outlives it.
struct sasl_terms {
  const credentials& users;
  nonce_source& nonces;
  std::string_view host_name;         // in the challenge of CRAM-MD5
  std::string_view certificate_name;  // whom the client's certificate names; empty if it gave none
};

// What the client shall hear: base64, empty for an empty challenge.
struct sasl_challenge {
  std::string text;
};

struct sasl_done {
  model::authentication who;
};

struct sasl_failure {
  enum class reason : std::uint8_t {
    cancelled,                    // by a line "*"
    not_base64,                   // the line
    unexpected_initial_response,  // the server speaks first in this mechanism
    malformed,                    // the decoded message is none of this mechanism
    refused,                      // wrong password, no such user, no certificate
  };
  reason why;
  std::string detail;         // a clause in ASCII, what was wrong; holds no secret and no name
  model::authentication who;  // as far as the client said it
};

using sasl_outcome = std::variant<sasl_challenge, sasl_done, sasl_failure>;

class sasl_machine;

class sasl_exchange {
 public:
  sasl_exchange(sasl_mechanism mechanism, const sasl_terms& terms);
  ~sasl_exchange();
  sasl_exchange(const sasl_exchange&) = delete;
  sasl_exchange& operator=(const sasl_exchange&) = delete;

  // Once, first. The initial response as it stands behind the mechanism's name: base64, or "=" for
  // an empty one (RFC 4954 4); nothing if there is none.
  [[nodiscard]] sasl_outcome start(std::optional<std::string_view> initial_response);
  // A line of the client, without its line end, after each challenge.
  [[nodiscard]] sasl_outcome step(std::string_view line);

 private:
  [[nodiscard]] sasl_outcome respond(std::string_view encoded);

  sasl_mechanism mechanism_;
  std::unique_ptr<sasl_machine> machine_;
};

}  // namespace mailrig::wire
