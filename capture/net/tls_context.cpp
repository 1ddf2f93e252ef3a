#include "capture/net/tls_context.hpp"

#include "capture/net/openssl_ptr.hpp"
#include "capture/net/tls_filter.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>

namespace mailrig::net {
namespace {

// Forward secrecy only; the modes with a proven authentication first, AES-CBC for old clients last.
constexpr const char* good_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES256:ECDHE+AES128";
// X25519 first: half the time of P-256 for both sides.
constexpr const char* good_groups = "X25519:P-256:X448:P-384:P-521";

struct version_name {
  std::string_view name;
  int number;
};
constexpr std::array<version_name, 4> versions = {{{"1.0", TLS1_VERSION},
                                                   {"1.1", TLS1_1_VERSION},
                                                   {"1.2", TLS1_2_VERSION},
                                                   {"1.3", TLS1_3_VERSION}}};

int parse_version(const std::string& name) {
  const auto* const found = std::find_if(versions.begin(), versions.end(),
                                         [&name](const auto& each) { return each.name == name; });
  if (found != versions.end()) return found->number;
  throw std::runtime_error("'" + name + "' is no version of TLS; there are 1.0, 1.1, 1.2 and 1.3");
}

// Any certificate is taken: who the client is, is recorded and not judged here.
int take_any_certificate(int, X509_STORE_CTX*) {
  return 1;
}

// Names that begin with TLS_ are TLS 1.3's, which OpenSSL keeps in a list of their own.
struct cipher_lists {
  std::string before_tls13;
  std::string tls13;
};

cipher_lists split_ciphers(std::string_view names) {
  cipher_lists result;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find_first_of(":, "), names.size());
    const std::string_view name = names.substr(0, end);
    std::string& list = name.starts_with("TLS_") ? result.tls13 : result.before_tls13;
    if (!name.empty()) list += (list.empty() ? "" : ":") + std::string(name);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return result;
}

// With names of TLS 1.3 only, or of the others only, the other list stays as it is.
void set_ciphers(SSL_CTX* context, const std::string& names) {
  const cipher_lists lists = split_ciphers(names.empty() ? good_ciphers : names);
  const bool is_taken =
      (lists.before_tls13.empty() ||
       SSL_CTX_set_cipher_list(context, lists.before_tls13.c_str()) == 1) &&
      (lists.tls13.empty() || SSL_CTX_set_ciphersuites(context, lists.tls13.c_str()) == 1);
  ERR_clear_error();
  if (!is_taken)
    throw std::runtime_error("'" + names +
                             "' names no ciphers that OpenSSL has; write names like "
                             "ECDHE-ECDSA-AES256-GCM-SHA384:TLS_AES_128_GCM_SHA256 (openssl "
                             "ciphers lists them)");
}

void set_versions(SSL_CTX* context, const tls_settings& settings) {
  const int lowest = parse_version(settings.min_version);
  const int highest = parse_version(settings.max_version);
  if (lowest > highest)
    throw std::runtime_error("the lowest version of TLS (" + settings.min_version +
                             ") is above the highest (" + settings.max_version + ")");
  // Before TLS 1.2 handshakes are signed with SHA-1, which the distribution's level forbids.
  if (lowest < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, lowest);
  SSL_CTX_set_max_proto_version(context, highest);
}

ssl_context_ptr make_context(const tls_settings& settings, const std::string& name) {
  ssl_context_ptr context(SSL_CTX_new(TLS_server_method()));
  if (!context) throw std::runtime_error("OpenSSL has no TLS");
  set_versions(context.get(), settings);
  set_ciphers(context.get(), settings.ciphers);
  SSL_CTX_set1_groups_list(context.get(), good_groups);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  // Tickets hold the session: nothing is remembered here. One a handshake is enough for a client.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 1);
  // A session of another certificate has another id here and is not resumed.
  const std::size_t size = std::min<std::size_t>(name.size(), SSL_MAX_SSL_SESSION_ID_LENGTH);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>(name.data()),
                                 static_cast<unsigned>(size));
  if (settings.requests_client_certificate)
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, take_any_certificate);
  return context;
}

[[noreturn]] void fail(const char* what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw std::runtime_error(std::string(what) + ": " + reason.data());
}

void use_chain(SSL_CTX* context, const std::string& pem) {
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const certificate_ptr own(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!own) fail("there is no certificate in PEM form");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) fail("the certificate cannot be used");
  while (X509* next = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
    SSL_CTX_add0_chain_cert(context, next);
  ERR_clear_error();  // the end of the text
}

void use_key(SSL_CTX* context, const std::string& pem) {
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  if (!key) fail("there is no private key in PEM form without a pass phrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    fail("the private key does not fit the certificate");
}

}  // namespace

struct tls_contexts::implementation {
  struct named {
    std::string name;
    ssl_context_ptr context;
  };
  tls_settings settings;
  ssl_context_ptr listening;
  std::vector<named> certificates;
  maker of_others;

  ssl_ctx_st* add(std::string_view name, const credential& with_chain, bool is_weak);
};

ssl_ctx_st* tls_contexts::implementation::add(std::string_view name, const credential& with_chain,
                                              bool is_weak) {
  std::string own_name(name);
  ssl_context_ptr context = make_context(settings, own_name);
  // The distribution's level takes no RSA key of 1024 bits and no signature with SHA-1.
  if (is_weak) SSL_CTX_set_security_level(context.get(), 0);
  use_chain(context.get(), with_chain.certificate);
  use_key(context.get(), with_chain.key);
  return certificates.emplace_back(named{std::move(own_name), std::move(context)}).context.get();
}

tls_contexts::tls_contexts(tls_settings settings)
    : implementation_(std::make_unique<implementation>()) {
  implementation_->settings = std::move(settings);
  implementation_->listening = make_context(implementation_->settings, "");
  tls_filter::stop_behind_client_hello(implementation_->listening.get());
}

tls_contexts::~tls_contexts() = default;

void tls_contexts::add(const std::string& name, const credential& with_chain) {
  (void)implementation_->add(name, with_chain, false);
}

ssl_ctx_st* tls_contexts::listening() const {
  return implementation_->listening.get();
}

void tls_contexts::set_maker(maker of_others) {
  implementation_->of_others = std::move(of_others);
}

ssl_ctx_st* tls_contexts::find(std::string_view name) const {
  const auto& all = implementation_->certificates;
  const auto found = std::find_if(all.begin(), all.end(), [name](const auto& each) {
    return name.empty() || each.name == name;
  });
  if (found != all.end()) return found->context.get();
  if (!implementation_->of_others) return nullptr;
  const std::optional<credential> made = implementation_->of_others(name);
  return made ? implementation_->add(name, *made, true) : nullptr;
}

}  // namespace mailrig::net
