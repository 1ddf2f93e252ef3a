// What an SMTP listener's sessions have in common: names, limits, and what they need from their
// surroundings.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/model/memory_budget.hpp"
#include "capture/model/recorder.hpp"
#include "capture/smtp/extensions.hpp"
#include "capture/wire/credentials.hpp"
#include "capture/wire/nonce.hpp"
#include "capture/wire/sasl.hpp"
#include "capture/wire/trusted_peers.hpp"
#include "faults/judge.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mailrig::smtp {

// What AUTH offers, and to whom (RFC 4954).
struct authentication_settings {
  wire::sasl_mechanism_set mechanisms = wire::sasl_mechanism_set::all();
  wire::credentials users;            // by default everybody
  bool is_required = false;           // 530 at MAIL
  bool is_offered_before_tls = true;  // else 538
  bool has_old_line = false;          // "AUTH=PLAIN LOGIN" too, for clients older than RFC 2554
  bool shows_secrets = false;         // in the transcript
  std::size_t max_line = 16'384;      // octets with its line end; RFC 4954 4 wants 12,288
};

// How a listener's sessions come to TLS.
enum class tls_mode : std::uint8_t {
  none,      // STARTTLS is not offered
  offered,   // by STARTTLS (RFC 3207)
  implicit,  // from the first octet (RFC 8314 3.3)
};

// LMTP (RFC 2033) differs in its greeting and in one reply a recipient behind a mail.
enum class dialect : std::uint8_t { smtp, lmtp };

struct settings {
  dialect speaks = dialect::smtp;
  std::string host_name = "mailrig";  // in the banner and in EHLO
  std::size_t max_message_size =
      std::size_t{100} * 1024 * 1024;   // octets, announced by SIZE (RFC 1870)
  std::size_t max_recipients = 2000;    // a transaction
  std::size_t max_command_line = 4096;  // octets with its line end
  std::size_t max_errors = 20;          // a session, then 421
  std::size_t max_commands = 0;         // a session, then 421; 0: any number
  model::duration idle_timeout = std::chrono::minutes{5};
  model::duration linger = std::chrono::seconds{2};
  tls_mode tls = tls_mode::none;
  bool requires_tls = false;  // 530 for what wants it (RFC 3207 4)
  model::duration handshake_timeout = std::chrono::seconds{30};
  authentication_settings auth;
  extension_set disabled;  // of those that EHLO announces
  bool is_strict = false;  // lints are refused with what the RFC answers
  wire::trusted_peers xclient_from;

  [[nodiscard]] bool offers(extension which) const {
    if (which == extension::xclient && xclient_from.is_empty()) return false;
    if (which == extension::binary_mime && disabled.has(extension::chunking)) return false;
    return !disabled.has(which);
  }
};

// What the server says of itself, made once from its settings.
struct announcements {
  std::string greeting;  // of the banner (RFC 5321 4.2)
  struct extensions {
    std::string text;   // of EHLO: the host name, then one keyword a line (RFC 5321 4.1.1.1);
                        // mailrig keeps its word on each
    std::string reply;  // the same as the octets of its reply, written once
  };
  std::array<extensions, security_count> ehlo;

  [[nodiscard]] const extensions& in(security how) const {
    return ehlo[static_cast<std::size_t>(how)];
  }
};
[[nodiscard]] announcements announce(const settings& rules);

// Everything outlives the session.
struct surroundings {
  const settings& rules;
  const announcements& texts;  // announce(rules)
  faults::judge& judge;
  model::recorder& recorder;
  model::id_source& ids;
  const model::clock& clock;
  model::memory_budget& memory;
  wire::nonce_source& nonces;
};

struct peer {
  std::string address;             // "127.0.0.1"
  std::string certificate_name{};  // of the client's certificate; empty if it gave none
  std::uint16_t port = 0;
  std::uint16_t server_port = 0;
};

}  // namespace mailrig::smtp
