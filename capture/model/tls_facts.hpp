// What is known of the TLS of a connection: what the client offered, what was agreed, or why there
// was no agreement. Values only; whoever speaks TLS fills them in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::model {

// A ClientHello (RFC 8446 4.1.2), before a certificate was chosen.
struct client_hello {
  std::string server_name;              // SNI (RFC 6066 3); empty if none was given
  std::vector<std::uint16_t> versions;  // as on the wire: 0x0304 is TLS 1.3

  friend bool operator==(const client_hello&, const client_hello&) = default;
};

// "TLSv1.3"; "0x7f1c" for one that has no name.
[[nodiscard]] std::string tls_version_name(std::uint16_t version);

struct tls_facts {
  std::string version;             // "TLSv1.3"
  std::string cipher;              // "TLS_AES_256_GCM_SHA384"
  std::string server_name;         // SNI; empty if none was given
  std::string client_certificate;  // its subject (RFC 2253: "CN=alice,O=Test"); empty if none
  bool is_resumed = false;

  friend bool operator==(const tls_facts&, const tls_facts&) = default;
};

// Why a handshake came to nothing.
enum class tls_end : std::uint8_t {
  alert,        // the client sent a fatal alert
  refused,      // what the client offered cannot be agreed to, or is no proper TLS
  not_tls,      // the client speaks something else
  fin,          // the client went
  reset,        //
  timeout,      // the handshake took too long
  shutdown,     // the server goes away
  unavailable,  // this server has no certificate
};

struct tls_failure {
  tls_end how = tls_end::refused;
  std::uint8_t alert = 0;       // RFC 8446 6.2; of `alert` only
  bool has_said_hello = false;  // the client's ClientHello came before the end
  std::string detail;           // the library's words, for `refused`; may be empty

  friend bool operator==(const tls_failure&, const tls_failure&) = default;
};

// "unknown_ca"; "alert 200" for a number that RFC 8446 does not name.
[[nodiscard]] std::string alert_name(std::uint8_t alert);

// A failed handshake as a note of its session: a name for tests, a sentence for people.
struct tls_note {
  std::string_view name;
  std::string detail;
};
[[nodiscard]] tls_note describe(const tls_failure& failure);

// What a client that does not trust the test CA can do; part of notes.
inline constexpr std::string_view ways_out_of_distrust =
    "let the client trust the CA that GET /v1/tls/ca.pem answers, or send without TLS to the plain "
    "port (--smtp, 2525 by default)";

}  // namespace mailrig::model
