#include "capture/wire/digest.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace mailrig::wire {

std::string md5_hex(std::string_view octets) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no MD5 here, which APOP needs");
  std::string result;
  for (unsigned i = 0; i < size; ++i) {
    result += digits[digest[i] >> 4U];
    result += digits[digest[i] & 0xFU];
  }
  return result;
}

}  // namespace mailrig::wire
