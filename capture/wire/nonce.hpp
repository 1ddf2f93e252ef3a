// Where the server's share of a challenge comes from. Given in, so that a test can say what it is.
#pragma once

#include <string>

namespace mailrig::wire {

class nonce_source {
 public:
  virtual ~nonce_source() = default;
  // Printable ASCII without comma, blank and angle brackets, never the same twice.
  [[nodiscard]] virtual std::string draw() = 0;
};

// From the machine's entropy: 144 bits each.
class random_nonces final : public nonce_source {
 public:
  [[nodiscard]] std::string draw() override;
};

}  // namespace mailrig::wire
