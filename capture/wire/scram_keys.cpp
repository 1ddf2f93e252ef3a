#include "capture/wire/scram_keys.hpp"

#include <array>
#include <gsasl.h>

namespace mailrig::wire {

std::optional<scram_keys> derive_scram_keys(hash how, std::string_view password,
                                            std::string_view salt) {
  using key = std::array<char, GSASL_HASH_MAX_SIZE>;
  const Gsasl_hash kind = how == hash::sha_1 ? GSASL_HASH_SHA1 : GSASL_HASH_SHA256;
  const std::string terminated(password);
  key salted{};
  key client{};
  key server{};
  key stored{};
  const int result = gsasl_scram_secrets_from_password(kind, terminated.c_str(), scram_iterations,
                                                       salt.data(), salt.size(), salted.data(),
                                                       client.data(), server.data(), stored.data());
  if (result != GSASL_OK) return std::nullopt;
  const std::size_t size = gsasl_hash_length(kind);
  return scram_keys{{stored.data(), size}, {server.data(), size}};
}

}  // namespace mailrig::wire
