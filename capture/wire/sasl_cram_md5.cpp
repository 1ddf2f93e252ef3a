// CRAM-MD5 (RFC 2195).
#include "capture/wire/digest.hpp"
#include "capture/wire/sasl_machine.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::wire {
namespace {

bool is_hex_digit(char octet) {
  return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'f') ||
         (octet >= 'A' && octet <= 'F');
}

std::string to_lower(std::string_view hex) {
  std::string lower(hex);
  for (char& each : lower) {
    if (each >= 'A' && each <= 'F') each = static_cast<char>(each - 'A' + 'a');
  }
  return lower;
}

class cram_md5 final : public sasl_machine {
 public:
  explicit cram_md5(const sasl_terms& terms)
      : users_(terms.users), challenge_(make_challenge(terms)) {}

  std::string open() override { return challenge_; }

  // RFC 2195 2: the user, a space, and the digest in hexadecimal digits.
  sasl_outcome step(std::string_view response) override {
    constexpr std::size_t digits = 32;
    const std::size_t space = response.rfind(' ');
    const std::string_view given =
        space == std::string_view::npos ? std::string_view{} : response.substr(space + 1);
    if (given.size() != digits || !std::all_of(given.begin(), given.end(), is_hex_digit))
      return malformed("CRAM-MD5 wants user, space, 32 hexadecimal digits (RFC 2195 2)");
    model::authentication who;
    who.user = response.substr(0, space);
    if (who.user.empty()) return malformed("the user name is empty (RFC 2195 2)");
    return judge(std::move(who), given);
  }

 private:
  // RFC 2195 2: a msg-id of RFC 822.
  static std::string make_challenge(const sasl_terms& terms) {
    return '<' + terms.nonces.draw() + '@' + std::string(terms.host_name) + '>';
  }

  // Where anything is accepted there is no password to check the digest with.
  sasl_outcome judge(model::authentication who, std::string_view given) {
    if (users_.accept_anything()) return sasl_done{std::move(who)};
    const auto password = users_.password_of(who.user);
    if (!password) return refused(no_such_user, std::move(who));
    if (to_hex(hmac(hash::md5, *password, challenge_)) != to_lower(given))
      return refused(wrong_password, std::move(who));
    return sasl_done{std::move(who)};
  }

  const credentials& users_;
  std::string challenge_;
};

}  // namespace

std::unique_ptr<sasl_machine> make_cram_md5(const sasl_terms& terms) {
  return std::make_unique<cram_md5>(terms);
}

}  // namespace mailrig::wire
