// Who a client is according to somebody who is trusted to say so: a proxy in front (PROXY protocol)
// or a mail server that hands over (XCLIENT). The connection's own peer is kept beside it.
#pragma once

#include <string>

namespace mailrig::model {

// Empty where nothing was said.
struct client_facts {
  std::string via;          // "proxy", "xclient"
  std::string address;      // "192.0.2.1"
  std::string port;         // "40123"
  std::string name;         // a host name
  std::string helo;         // what it said in HELO
  std::string protocol;     // "SMTP", "ESMTP"
  std::string login;        // as whom it logged in
  std::string destination;  // "192.0.2.2:25", where it connected to

  friend bool operator==(const client_facts&, const client_facts&) = default;
};

}  // namespace mailrig::model
