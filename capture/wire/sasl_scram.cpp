// SCRAM-SHA-1 (RFC 5802) and SCRAM-SHA-256 (RFC 7677), without channel binding.
#include "capture/wire/base64.hpp"
#include "capture/wire/digest.hpp"
#include "capture/wire/sasl_machine.hpp"
#include "capture/wire/scram_keys.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::wire {
namespace {

// "n=user,r=nonce": the value of the attribute at the front, which is removed. Nothing if another
// attribute stands there.
std::optional<std::string_view> take_attribute(std::string_view& message, char name) {
  if (message.size() < 2 || message[0] != name || message[1] != '=') return std::nullopt;
  const std::size_t end = std::min(message.find(','), message.size());
  const std::string_view value = message.substr(2, end - 2);
  message.remove_prefix(std::min(end + 1, message.size()));
  return value;
}

// RFC 5802 7: printable ASCII without comma. The challenge repeats it, and a challenge has 12,288
// octets at most (RFC 4954 4).
bool is_nonce(std::string_view text) {
  constexpr std::size_t longest = 1024;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(),
                     [](char octet) { return octet > ' ' && octet <= '~' && octet != ','; });
}

class scram final : public sasl_machine {
 public:
  scram(hash how, const sasl_terms& terms)
      : how_(how), users_(terms.users), nonces_(terms.nonces) {}

  sasl_outcome step(std::string_view response) override {
    switch (awaited_) {
      case message::client_first: return read_first(response);
      case message::client_final: return read_final(response);
      case message::nothing_more: break;
    }
    // The server's signature had to be a challenge, since 235 and +OK carry no data.
    if (!response.empty()) return malformed("an empty response was due", std::move(who_));
    return sasl_done{std::move(who_)};
  }

 private:
  enum class message : std::uint8_t { client_first, client_final, nothing_more };

  // RFC 5802 7: client-first-message.
  sasl_outcome read_first(std::string_view text) {
    auto parsed = read_gs2(text);
    if (const auto* fault = std::get_if<const char*>(&parsed)) return malformed(*fault);
    auto& gs2 = std::get<gs2_message>(parsed);
    who_.authorization = std::move(gs2.authorization);
    header_ = gs2.header;
    client_first_bare_ = gs2.rest;
    std::string_view rest = gs2.rest;
    if (rest.starts_with("m="))
      return malformed("the client demands an extension that is not known (RFC 5802 5.1)");
    const auto name = take_attribute(rest, 'n');
    const auto nonce = take_attribute(rest, 'r');
    if (!name || !nonce || !is_nonce(*nonce))
      return malformed(
          "the first message wants n=user,r=nonce, of 1,024 octets at most (RFC 5802 7)");
    auto user = decode_saslname(*name);
    if (!user || user->empty())
      return malformed("a user name writes = as =3D and comma as =2C (RFC 5802 5.1)");
    who_.user = *std::move(user);
    return challenge(*nonce);
  }

  // RFC 5802 7: server-first-message.
  sasl_outcome challenge(std::string_view client_nonce) {
    const auto password = users_.password_of(who_.user);
    if (!password) return refused(no_such_user, std::move(who_));
    nonce_ = std::string(client_nonce) + nonces_.draw();
    const std::string salt = nonces_.draw();
    auto keys = derive_scram_keys(how_, *password, salt);
    if (!keys)
      return refused("SASLprep (RFC 4013) refuses the password that this user was given",
                     std::move(who_));
    keys_ = *std::move(keys);
    server_first_ =
        "r=" + nonce_ + ",s=" + encode_base64(salt) + ",i=" + std::to_string(scram_iterations);
    awaited_ = message::client_final;
    return sasl_challenge{server_first_};
  }

  // RFC 5802 7: client-final-message.
  sasl_outcome read_final(std::string_view text) {
    const std::size_t proof_at = text.rfind(",p=");
    std::string_view rest = text.substr(0, proof_at);
    const auto binding = take_attribute(rest, 'c');
    const auto nonce = take_attribute(rest, 'r');
    if (proof_at == std::string_view::npos || !binding || !nonce)
      return malformed("the last message wants c=binding,r=nonce,p=proof (RFC 5802 7)",
                       std::move(who_));
    const auto header = decode_base64(*binding);
    if (!std::holds_alternative<std::string>(header) || std::get<std::string>(header) != header_)
      return malformed("c= is not the GS2 header of the first message (RFC 5802 5.1)",
                       std::move(who_));
    if (*nonce != nonce_)
      return malformed("r= is not the nonce of the challenge (RFC 5802 5.1)", std::move(who_));
    const auto proof = decode_base64(text.substr(proof_at + 3));
    if (!std::holds_alternative<std::string>(proof))
      return malformed("p= is not base64 (RFC 5802 7)", std::move(who_));
    return judge(text.substr(0, proof_at), std::get<std::string>(proof));
  }

  // RFC 5802 3: ClientKey is ClientProof XOR ClientSignature, and StoredKey its digest.
  sasl_outcome judge(std::string_view final_without_proof, std::string proof) {
    const std::string auth_message =
        client_first_bare_ + ',' + server_first_ + ',' + std::string(final_without_proof);
    const std::string signature = hmac(how_, keys_.stored_key, auth_message);
    if (proof.size() != signature.size()) return refused(wrong_password, std::move(who_));
    std::transform(proof.begin(), proof.end(), signature.begin(), proof.begin(),
                   [](char left, char right) { return static_cast<char>(left ^ right); });
    if (digest(how_, proof) != keys_.stored_key) return refused(wrong_password, std::move(who_));
    awaited_ = message::nothing_more;
    return sasl_challenge{"v=" + encode_base64(hmac(how_, keys_.server_key, auth_message))};
  }

  hash how_;
  const credentials& users_;
  nonce_source& nonces_;
  message awaited_ = message::client_first;
  model::authentication who_;
  std::string header_;
  std::string client_first_bare_;
  std::string server_first_;
  std::string nonce_;
  scram_keys keys_;
};

}  // namespace

std::unique_ptr<sasl_machine> make_scram_sha_1(const sasl_terms& terms) {
  return std::make_unique<scram>(hash::sha_1, terms);
}
std::unique_ptr<sasl_machine> make_scram_sha_256(const sasl_terms& terms) {
  return std::make_unique<scram>(hash::sha_256, terms);
}

}  // namespace mailrig::wire
