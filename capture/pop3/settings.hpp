// What a POP3 listener's sessions have in common: names, limits, who may log in, and what they need
// from their surroundings.
#pragma once

#include "capture/model/id.hpp"
#include "capture/model/mailbox.hpp"
#include "capture/model/recorder.hpp"
#include "capture/wire/credentials.hpp"
#include "capture/wire/nonce.hpp"
#include "capture/wire/sasl.hpp"
#include "faults/judge.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mailrig::pop3 {

// How a listener's sessions come to TLS.
enum class tls_mode : std::uint8_t {
  none,      // STLS is not offered
  offered,   // by STLS (RFC 2595 4)
  implicit,  // from the first octet (RFC 8314 3.3)
};

struct settings {
  tls_mode tls = tls_mode::none;
  model::duration handshake_timeout = std::chrono::seconds{30};
  std::string host_name = "mailrig";       // in the timestamp of the greeting
  std::string implementation = "mailrig";  // of CAPA
  std::size_t max_command_line = 4096;     // octets with its line end
  std::size_t max_errors = 20;             // a session, then it is closed
  // RFC 1939 3: not below 10 minutes.
  model::duration idle_timeout = std::chrono::minutes{10};
  model::duration linger = std::chrono::seconds{2};
  wire::credentials users;
  // Those that can work are offered by CAPA (RFC 5034).
  wire::sasl_mechanism_set mechanisms = wire::sasl_mechanism_set::all();
  std::size_t max_auth_line = std::size_t{16} * 1024;  // AUTH and its responses, with line ends
  bool shows_secrets = false;                          // in the transcript
  model::mailbox_rules mailboxes;
};

// Everything outlives the session.
struct surroundings {
  const settings& rules;
  faults::judge& judge;
  model::recorder& recorder;
  wire::nonce_source& nonces;
};

struct peer {
  std::string address;  // "127.0.0.1"
  std::uint16_t port = 0;
  std::uint16_t server_port = 0;
};

}  // namespace mailrig::pop3
