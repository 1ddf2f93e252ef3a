#include "capture/wire/digest.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace mailrig::wire {
namespace {

const EVP_MD* algorithm(hash how) {
  switch (how) {
    case hash::md5: return EVP_md5();
    case hash::sha_1: return EVP_sha1();
    case hash::sha_256: return EVP_sha256();
  }
  return nullptr;
}

using digest_octets = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string as_text(const digest_octets& octets, unsigned size) {
  return {reinterpret_cast<const char*>(octets.data()), size};
}

}  // namespace

std::string digest(hash how, std::string_view text) {
  digest_octets octets;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), octets.data(), &size, algorithm(how), nullptr) != 1)
    throw std::runtime_error("OpenSSL refuses a digest; is it in FIPS mode?");
  return as_text(octets, size);
}

std::string hmac(hash how, std::string_view key, std::string_view text) {
  digest_octets octets;
  unsigned size = 0;
  if (HMAC(algorithm(how), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), octets.data(),
           &size) == nullptr)
    throw std::runtime_error("OpenSSL refuses an HMAC; is it in FIPS mode?");
  return as_text(octets, size);
}

std::string to_hex(std::string_view octets) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(octets.size() * 2);
  for (const char octet : octets) {
    const auto value = static_cast<unsigned char>(octet);
    text += digits[value >> 4U];
    text += digits[value & 15U];
  }
  return text;
}

}  // namespace mailrig::wire
