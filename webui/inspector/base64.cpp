#include "webui/inspector/base64.hpp"

#include <openssl/evp.h>

namespace mailrig::inspector {

std::string base64(std::string_view octets) {
  // EVP_EncodeBlock ends its text with a NUL.
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(octets.data()),
                                     static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace mailrig::inspector
