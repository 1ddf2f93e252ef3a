// Owners of OpenSSL's objects. For the sources of net/ only; no header of net/ needs it.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace mailrig::net {

template <auto release>
struct releasing {
  template <typename Object>
  void operator()(Object* object) const {
    release(object);
  }
};

using bio_ptr = std::unique_ptr<BIO, releasing<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, releasing<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, releasing<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releasing<X509_EXTENSION_free>>;
using ssl_context_ptr = std::unique_ptr<SSL_CTX, releasing<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, releasing<SSL_free>>;

}  // namespace mailrig::net
