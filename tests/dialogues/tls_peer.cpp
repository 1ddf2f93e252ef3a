#include "tests/dialogues/tls_peer.hpp"

#include "capture/net/openssl_ptr.hpp"

#include <array>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace mailrig::dialogue {
namespace {

using net::bio_ptr;
using net::certificate_ptr;
using net::key_ptr;

std::string take_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

void demand(bool is_so, const char* what) {
  if (!is_so) throw std::runtime_error(std::string(what) + ": " + take_error());
}

bio_ptr reader_of(const std::string& pem) {
  return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// "1.2": as on the wire, 0x0303.
int number_of(const std::string& version) {
  return TLS1_VERSION + (version.back() - '0');
}

void trust(SSL_CTX* context, const std::string& pem) {
  const certificate_ptr ca(PEM_read_bio_X509(reader_of(pem).get(), nullptr, nullptr, nullptr));
  demand(ca != nullptr, "the CA cannot be read");
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
}

void present(SSL_CTX* context, const net::credential& own) {
  const certificate_ptr certificate(
      PEM_read_bio_X509(reader_of(own.certificate).get(), nullptr, nullptr, nullptr));
  const key_ptr key(PEM_read_bio_PrivateKey(reader_of(own.key).get(), nullptr, nullptr, nullptr));
  demand(SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
             SSL_CTX_use_PrivateKey(context, key.get()) == 1,
         "the client's certificate cannot be used");
}

}  // namespace

struct tls_peer::implementation {
  net::ssl_context_ptr context;
  net::ssl_ptr ssl;

  // Both belong to `ssl`.
  BIO* input = nullptr;
  BIO* output = nullptr;

  void give(std::string_view ciphertext) const {
    if (!ciphertext.empty())
      BIO_write(input, ciphertext.data(), static_cast<int>(ciphertext.size()));
  }
};

tls_peer::tls_peer(const tls_peer_options& options)
    : implementation_(std::make_unique<implementation>()) {
  auto& my = *implementation_;
  my.context.reset(SSL_CTX_new(TLS_client_method()));
  demand(my.context != nullptr, "there is no TLS");
  if (options.takes_anything) SSL_CTX_set_security_level(my.context.get(), 0);
  if (options.takes_anything) SSL_CTX_set_min_proto_version(my.context.get(), TLS1_VERSION);
  if (!options.max_version.empty())
    SSL_CTX_set_max_proto_version(my.context.get(), number_of(options.max_version));
  if (!options.trusted_ca.empty()) trust(my.context.get(), options.trusted_ca);
  if (!options.trusted_ca.empty() || options.trusts_nobody)
    SSL_CTX_set_verify(my.context.get(), SSL_VERIFY_PEER, nullptr);
  if (!options.certificate.key.empty()) present(my.context.get(), options.certificate);
  my.ssl.reset(SSL_new(my.context.get()));
  my.input = BIO_new(BIO_s_mem());
  my.output = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(my.input, -1);
  SSL_set_bio(my.ssl.get(), my.input, my.output);
  if (!options.server_name.empty()) {
    SSL_set_tlsext_host_name(my.ssl.get(), options.server_name.c_str());
    SSL_set1_host(my.ssl.get(), options.server_name.c_str());
    // As Python, Java, Go and browsers do (RFC 6125 6.4.4): the common name proves nothing.
    SSL_set_hostflags(my.ssl.get(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  }
  if (options.session)
    SSL_set_session(my.ssl.get(), static_cast<SSL_SESSION*>(options.session.get()));
  SSL_set_connect_state(my.ssl.get());
}

tls_peer::~tls_peer() = default;

tls_peer::progress tls_peer::handshake(std::string_view ciphertext) {
  implementation_->give(ciphertext);
  ERR_clear_error();
  const int result = SSL_do_handshake(implementation_->ssl.get());
  if (result == 1) return progress::ready;
  if (SSL_get_error(implementation_->ssl.get(), result) == SSL_ERROR_WANT_READ)
    return progress::needs_input;
  is_broken_ = true;
  error_ = take_error();
  return progress::failed;
}

std::string tls_peer::decrypt(std::string_view ciphertext) {
  implementation_->give(ciphertext);
  std::string all;
  std::array<char, 16384> buffer;
  while (!is_broken_ && !was_told_close_notify_) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(implementation_->ssl.get(), buffer.data(), buffer.size(), &size);
    all.append(buffer.data(), size);
    if (result == 1) continue;
    const int error = SSL_get_error(implementation_->ssl.get(), result);
    if (error == SSL_ERROR_WANT_READ) break;
    was_told_close_notify_ = error == SSL_ERROR_ZERO_RETURN;
    is_broken_ = !was_told_close_notify_;
    if (is_broken_) error_ = take_error();
  }
  return all;
}

void tls_peer::encrypt(std::string_view plaintext) {
  std::size_t written = 0;
  if (plaintext.empty()) return;
  demand(
      SSL_write_ex(implementation_->ssl.get(), plaintext.data(), plaintext.size(), &written) == 1,
      "the client cannot encrypt");
}

void tls_peer::say_close_notify() {
  if (!is_broken_ && SSL_is_init_finished(implementation_->ssl.get()) == 1)
    (void)SSL_shutdown(implementation_->ssl.get());
}

void tls_peer::update_keys() {
  demand(SSL_key_update(implementation_->ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1 &&
             SSL_do_handshake(implementation_->ssl.get()) == 1,
         "the client cannot update its keys");
}

std::string tls_peer::take_output() {
  char* data = nullptr;
  const long size = BIO_get_mem_data(implementation_->output, &data);
  std::string result(data, static_cast<std::size_t>(size));
  (void)BIO_reset(implementation_->output);
  return result;
}

bool tls_peer::was_resumed() const {
  return SSL_session_reused(implementation_->ssl.get()) == 1;
}

std::string tls_peer::version() const {
  return SSL_get_version(implementation_->ssl.get());
}

std::string tls_peer::cipher() const {
  return SSL_get_cipher_name(implementation_->ssl.get());
}

std::string tls_peer::verdict_on_certificate() const {
  return X509_verify_cert_error_string(SSL_get_verify_result(implementation_->ssl.get()));
}

std::shared_ptr<void> tls_peer::session() const {
  return {SSL_get1_session(implementation_->ssl.get()),
          [](void* each) { SSL_SESSION_free(static_cast<SSL_SESSION*>(each)); }};
}

const net::tls_authority& test_authority() {
  static const net::tls_authority made(
      {.names = {"localhost", "127.0.0.1", "::1"}, .directory = {}},
      std::chrono::system_clock::now());
  return made;
}

const net::tls_contexts& test_contexts() {
  static const auto* const made = [] {
    static net::tls_contexts contexts({});
    contexts.add("good", test_authority().server());
    contexts.set_maker([](std::string_view name) { return test_authority().make_faulty(name); });
    return &contexts;
  }();
  return *made;
}

}  // namespace mailrig::dialogue
