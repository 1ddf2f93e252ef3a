// How the server speaks TLS: its certificates, each in an SSL_CTX of its own, and what all of them
// have in common. Made once; connections borrow from it.
//
// A handshake begins in listening(), which has no certificate and stops behind the ClientHello;
// then one of find() takes over. A session can be resumed only under the certificate that it was
// made with.
#pragma once

#include "capture/net/certificate.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace mailrig::net {

struct tls_settings {
  std::string min_version = "1.2";  // "1.0" to "1.3"
  std::string max_version = "1.3";
  std::string ciphers;  // names with colons between, as OpenSSL spells them; empty: a good choice
  bool requests_client_certificate = false;  // any is taken, and none too
};

class tls_contexts {
 public:
  // Throws std::runtime_error with a sentence when the settings make no sense.
  explicit tls_contexts(tls_settings settings);
  ~tls_contexts();
  tls_contexts(const tls_contexts&) = delete;
  tls_contexts& operator=(const tls_contexts&) = delete;

  // The first one is the server's own, also found by the empty name. Throws std::runtime_error when
  // certificate and key do not fit each other.
  void add(const std::string& name, const credential& with_chain);

  // Who makes the certificates of rules, each when it is first asked for; nothing for a name that
  // it does not know. May throw.
  using maker = std::function<std::optional<credential>(std::string_view name)>;
  void set_maker(maker of_others);

  [[nodiscard]] ssl_ctx_st* listening() const;
  // Null if there is none of that name, and none can be made.
  [[nodiscard]] ssl_ctx_st* find(std::string_view name) const;

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace mailrig::net
