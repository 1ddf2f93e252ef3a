// Keys and X.509 certificates of the tests' own making, as PEM text.
//
// Everything that a certificate may get wrong is a field of its description, so that faulty ones
// are made by the same code as good ones. Functions throw std::runtime_error with a sentence; none
// touches a file.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::net {

enum class key_type { ecdsa_p256, rsa_2048, rsa_1024 };

// A certificate with its private key, both PEM.
struct credential {
  std::string certificate;
  std::string key;

  friend bool operator==(const credential&, const credential&) = default;
};

struct certificate_description {
  enum class role { root, intermediate, server, server_that_is_a_ca };
  enum class digest { sha256, sha1 };

  role use = role::server;
  std::string common_name{};
  std::vector<std::string> names{};  // DNS names and IP literals for subjectAltName
  std::chrono::system_clock::time_point not_before{};
  std::chrono::system_clock::time_point not_after{};
  key_type key = key_type::ecdsa_p256;
  digest signed_with = digest::sha256;
};

// Signed by `issuer`; by itself if that is null.
[[nodiscard]] credential make_certificate(const certificate_description& wanted,
                                          const credential* issuer);

// What can be read from the first certificate of a PEM text.
struct certificate_facts {
  std::chrono::system_clock::time_point not_after;
  std::vector<std::string> names;  // of subjectAltName: DNS names, IP literals
  bool is_self_signed = false;
  bool is_ecdsa = false;  // its key
};
[[nodiscard]] certificate_facts read_certificate(std::string_view pem);

// True if the key is that of the certificate and `issuer`, if given, has signed it.
[[nodiscard]] bool fits(const credential& one, const credential* issuer);

}  // namespace mailrig::net
