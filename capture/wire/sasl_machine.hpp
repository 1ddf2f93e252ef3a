// What one SASL mechanism must do; the exchange around it does base64, `*` and initial responses.
// Each mechanism stands in a file of its own kind: sasl_simple.cpp, sasl_cram_md5.cpp,
// sasl_scram.cpp, sasl_oauth.cpp. Only sasl.cpp and these include this header.
#pragma once

#include "capture/wire/sasl.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::wire {

class sasl_machine {
 public:
  virtual ~sasl_machine() = default;
  // What the server says when the client has said nothing yet; empty where the client begins.
  [[nodiscard]] virtual std::string open() { return {}; }
  // Challenges are octets here, not base64. A machine that is done or has failed is not asked
  // again.
  [[nodiscard]] virtual sasl_outcome step(std::string_view response) = 0;
};

// Helpers for failures; `who` bears what is known of the client.
[[nodiscard]] sasl_failure malformed(std::string detail, model::authentication who = {});
[[nodiscard]] sasl_failure refused(std::string detail, model::authentication who);

// A name of SCRAM and OAUTHBEARER: "=2C" is a comma, "=3D" an equals sign (RFC 5802 5.1). Nothing
// if another sign follows "=".
[[nodiscard]] std::optional<std::string> decode_saslname(std::string_view text);

// The GS2 header that SCRAM and OAUTHBEARER begin with (RFC 5801 4).
struct gs2_message {
  std::string_view header;    // "n,a=alice,"
  std::string authorization;  // decoded
  std::string_view rest;
};
// The clause says what is wrong.
[[nodiscard]] std::variant<gs2_message, const char*> read_gs2(std::string_view message);

[[nodiscard]] std::unique_ptr<sasl_machine> make_plain(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_login(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_external(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_anonymous(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_cram_md5(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_scram_sha_1(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_scram_sha_256(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_xoauth2(const sasl_terms& terms);
[[nodiscard]] std::unique_ptr<sasl_machine> make_oauthbearer(const sasl_terms& terms);

}  // namespace mailrig::wire
