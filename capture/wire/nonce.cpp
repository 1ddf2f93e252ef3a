#include "capture/wire/nonce.hpp"

#include "capture/wire/base64.hpp"

#include <stdexcept>
#include <sys/random.h>

namespace mailrig::wire {

std::string random_nonces::draw() {
  std::string octets(18, '\0');
  if (getentropy(octets.data(), octets.size()) != 0)
    throw std::runtime_error("the system gives no random octets");
  return encode_base64(octets);
}

}  // namespace mailrig::wire
