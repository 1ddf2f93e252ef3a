// The test CA: root, intermediate and the server's certificate, made at start in a few
// milliseconds, or kept in a directory and used again while they are valid.
//
// The server's certificate is signed by the intermediate, so that a server that forgets to send it
// can be pretended. Only this file knows the directory.
#pragma once

#include "capture/net/certificate.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::net {

struct authority_settings {
  std::vector<std::string> names;  // of the server: DNS names and IP literals
  std::string directory;           // empty: nothing is kept
  key_type key = key_type::ecdsa_p256;
};

// What can stand in a certificate: a DNS name, perhaps with a wildcard, or an IP literal.
[[nodiscard]] bool is_certificate_name(const std::string& name);

class tls_authority {
 public:
  // Throws std::runtime_error with a sentence when a name is none, or when the directory cannot be
  // used.
  tls_authority(const authority_settings& settings, std::chrono::system_clock::time_point now);

  [[nodiscard]] const credential& root() const { return root_; }
  [[nodiscard]] const credential& intermediate() const { return intermediate_; }
  // The server's certificate with the intermediate behind it, as it is sent.
  [[nodiscard]] const credential& server() const { return server_; }
  // A certificate that is wrong, or odd, in the way of its name ("expired", "weak_rsa1024"), with
  // the chain as it is sent; nothing if there is none of that name.
  [[nodiscard]] std::optional<credential> make_faulty(std::string_view name) const;

 private:
  std::vector<std::string> names_;
  key_type key_ = key_type::ecdsa_p256;
  std::chrono::system_clock::time_point now_;
  credential root_;
  credential intermediate_;
  credential server_;
};

}  // namespace mailrig::net
