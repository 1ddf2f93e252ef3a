// Who a client said it is, once the server took it at its word (RFC 4422 3.4.1). Never holds a
// secret.
#pragma once

#include <string>

namespace mailrig::model {

struct authentication {
  std::string mechanism;      // "SCRAM-SHA-256"; "USER" for the USER and PASS of POP3
  std::string user;           // whose credentials were shown
  std::string authorization;  // on whose behalf, if the client named somebody; else empty

  friend bool operator==(const authentication&, const authentication&) = default;
};

}  // namespace mailrig::model
