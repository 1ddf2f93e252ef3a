// The client's side of TLS in the hands of a test: octets in, octets out, no socket. And the test
// CA with which the servers of the tests speak TLS.
#pragma once

#include "capture/net/tls_authority.hpp"
#include "capture/net/tls_context.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mailrig::dialogue {

struct tls_peer_options {
  std::string trusted_ca;         // PEM; empty: the certificate is not looked at
  bool trusts_nobody = false;     // every certificate is refused, with the alert unknown_ca
  std::string server_name;        // SNI, and the name that the certificate must have
  std::string max_version;        // "1.0" to "1.3"; empty: whatever there is
  bool takes_anything = false;    // OpenSSL's security level 0: old versions, weak keys and digests
  net::credential certificate;    // the client's own, if it has one
  std::shared_ptr<void> session;  // of an earlier peer's session(), to be resumed
};

class tls_peer {
 public:
  enum class progress { needs_input, ready, failed };

  explicit tls_peer(const tls_peer_options& options);
  ~tls_peer();
  tls_peer(const tls_peer&) = delete;
  tls_peer& operator=(const tls_peer&) = delete;

  // Takes what came from the server, goes as far as it can.
  [[nodiscard]] progress handshake(std::string_view ciphertext);
  // Takes what came from the server; answers the plaintext in it.
  [[nodiscard]] std::string decrypt(std::string_view ciphertext);
  void encrypt(std::string_view plaintext);
  void say_close_notify();
  // TLS 1.3 only; the server is asked to do the same.
  void update_keys();
  // What there is to send.
  [[nodiscard]] std::string take_output();

  [[nodiscard]] bool was_told_close_notify() const { return was_told_close_notify_; }
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  [[nodiscard]] bool was_resumed() const;
  [[nodiscard]] std::string version() const;
  [[nodiscard]] std::string cipher() const;
  // What is wrong with the server's certificate, in OpenSSL's words; "ok" if nothing is.
  [[nodiscard]] std::string verdict_on_certificate() const;
  [[nodiscard]] std::string error() const { return error_; }
  // What resumes this session later. A ticket of TLS 1.3 comes with the first octets.
  [[nodiscard]] std::shared_ptr<void> session() const;

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
  bool was_told_close_notify_ = false;
  bool is_broken_ = false;
  std::string error_;
};

// One for the process: names localhost, 127.0.0.1, ::1.
[[nodiscard]] const net::tls_authority& test_authority();
// Its certificate "good" under the usual settings.
[[nodiscard]] const net::tls_contexts& test_contexts();

}  // namespace mailrig::dialogue
