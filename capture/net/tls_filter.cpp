#include "capture/net/tls_filter.hpp"

#include "capture/net/openssl_ptr.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>

namespace mailrig::net {
namespace {

constexpr std::size_t longest_subject = 1000;  // octets that are kept of a client certificate's
constexpr int reason_of_alert_zero = 1000;     // SSL_AD_REASON_OFFSET: alerts are reasons above it

// A handshake, an alert, or a ClientHello in the form of SSL 2 (RFC 5246 E.2).
bool may_begin_tls(char first) {
  const auto octet = static_cast<unsigned char>(first);
  return octet == 0x16 || octet == 0x15 || octet >= 0x80;
}

// Big-endian numbers and runs of octets in an extension, never read over its end.
class octet_reader {
 public:
  octet_reader(const unsigned char* octets, std::size_t size) : rest_(octets, octets + size) {}

  // 0 behind the end.
  std::uint16_t number(std::size_t octets) {
    std::uint16_t value = 0;
    for (const unsigned char each : run(octets))
      value = static_cast<std::uint16_t>(value << 8U | each);
    return value;
  }
  std::basic_string_view<unsigned char> run(std::size_t octets) {
    const auto result = rest_.substr(0, octets);
    rest_.remove_prefix(result.size());
    return result;
  }
  [[nodiscard]] bool is_empty() const { return rest_.empty(); }

 private:
  std::basic_string_view<unsigned char> rest_;
};

octet_reader extension(SSL* ssl, unsigned kind) {
  const unsigned char* octets = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, kind, &octets, &size) != 1) return {octets, 0};
  return {octets, size};
}

// RFC 6066 3: a list, of which a host name is the only kind there is.
std::string server_name_of(SSL* ssl) {
  octet_reader in = extension(ssl, TLSEXT_TYPE_server_name);
  (void)in.number(2);
  if (in.number(1) != TLSEXT_NAMETYPE_host_name) return {};
  const auto name = in.run(in.number(2));
  return {name.begin(), name.end()};
}

// RFC 8446 4.2.1; without the extension the version of the message counts.
std::vector<std::uint16_t> versions_of(SSL* ssl) {
  octet_reader in = extension(ssl, TLSEXT_TYPE_supported_versions);
  if (in.is_empty()) return {static_cast<std::uint16_t>(SSL_client_hello_get0_legacy_version(ssl))};
  std::vector<std::uint16_t> result;
  for (std::size_t left = in.number(1) / 2U; left > 0 && !in.is_empty(); --left)
    result.push_back(in.number(2));
  return result;
}

std::string subject_of(SSL* ssl) {
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return {};
  const bio_ptr out(BIO_new(BIO_s_mem()));
  constexpr unsigned long style =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, style);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, std::min(static_cast<std::size_t>(size), longest_subject)};
}

}  // namespace

// What OpenSSL calls.
struct tls_filter_callbacks {
  static int read(BIO* bio, char* to, int room) {
    BIO_clear_retry_flags(bio);
    const std::size_t size = filter_of(bio).read(to, static_cast<std::size_t>(room));
    if (size > 0) return static_cast<int>(size);
    BIO_set_retry_read(bio);
    return -1;
  }

  static int write(BIO* bio, const char* octets, int size) {
    filter_of(bio).output_.append(octets, static_cast<std::size_t>(size));
    return size;
  }

  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

  static int on_client_hello(SSL* ssl, int* alert, void*) {
    auto& filter = *static_cast<tls_filter*>(SSL_get_app_data(ssl));
    if (filter.refusal_ != 0) {
      *alert = filter.refusal_;
      return SSL_CLIENT_HELLO_ERROR;
    }
    filter.hello_ = {server_name_of(ssl), versions_of(ssl)};
    return SSL_CLIENT_HELLO_RETRY;
  }

  static tls_filter& filter_of(BIO* bio) { return *static_cast<tls_filter*>(BIO_get_data(bio)); }

  // One for the process, as OpenSSL wants it.
  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* result =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "octets of a connection");
      BIO_meth_set_read(result, read);
      BIO_meth_set_write(result, write);
      BIO_meth_set_ctrl(result, control);
      return result;
    }();
    return made;
  }
};

void tls_filter::stop_behind_client_hello(ssl_ctx_st* context) {
  SSL_CTX_set_client_hello_cb(context, tls_filter_callbacks::on_client_hello, nullptr);
}

tls_filter::tls_filter(ssl_ctx_st* listening) : ssl_(SSL_new(listening)) {
  BIO* const bio = BIO_new(tls_filter_callbacks::method());
  if (ssl_ == nullptr || bio == nullptr) {
    SSL_free(ssl_);
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  SSL_set_accept_state(ssl_);
}

tls_filter::~tls_filter() {
  SSL_free(ssl_);
}

// Input

std::size_t tls_filter::read(char* to, std::size_t room) {
  if (read_ < kept_.size()) {
    const std::size_t size = kept_.copy(to, room, read_);
    read_ += size;
    return size;
  }
  const std::size_t size = borrowed_.copy(to, room);
  borrowed_.remove_prefix(size);
  return size;
}

// What was not read is kept for the next call.
void tls_filter::end_input() {
  kept_.erase(0, std::exchange(read_, 0));
  kept_.append(std::exchange(borrowed_, {}));
  if (kept_.empty()) kept_ = {};
}

// Handshake

tls_filter::progress tls_filter::handshake(std::string_view ciphertext) {
  if (!ciphertext.empty() && !std::exchange(has_begun_, true) &&
      !may_begin_tls(ciphertext.front())) {
    failure_ = {.how = model::tls_end::not_tls, .detail = {}};
    stage_ = stage::broken;
    return progress::failed;
  }
  begin_input(ciphertext);
  ERR_clear_error();
  const progress where = stand(SSL_do_handshake(ssl_));
  end_input();
  return where;
}

tls_filter::progress tls_filter::stand(int result) {
  if (result == 1) {
    stage_ = stage::open;
    return progress::ready;
  }
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return progress::needs_input;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB: return progress::client_hello;
    default: remember_error(); return progress::failed;
  }
}

void tls_filter::remember_error() {
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(error);
  failure_.has_said_hello = !hello_.versions.empty();
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= reason_of_alert_zero) {
    failure_.how = model::tls_end::alert;
    failure_.alert = static_cast<std::uint8_t>(reason - reason_of_alert_zero);
  } else {
    const bool has_gone = (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0 && error == 0;
    failure_.how = has_gone ? model::tls_end::fin : model::tls_end::refused;
    const char* const text = ERR_reason_error_string(error);
    failure_.detail = text == nullptr ? "" : text;
  }
  stage_ = stage::broken;
  ERR_clear_error();
}

void tls_filter::choose(ssl_ctx_st* certificate) {
  SSL_set_SSL_CTX(ssl_, certificate);
}

bool tls_filter::set_terms(const wire::tls_terms& terms) {
  if (terms.min_version != 0) SSL_set_min_proto_version(ssl_, terms.min_version);
  if (terms.max_version != 0) SSL_set_max_proto_version(ssl_, terms.max_version);
  // Before TLS 1.2 handshakes are signed with SHA-1, which the distribution's level forbids; a rule
  // that names ciphers means those and no better ones.
  const bool is_old = terms.max_version != 0 && terms.max_version < TLS1_2_VERSION;
  if (is_old || !terms.ciphers.empty()) SSL_set_security_level(ssl_, 0);
  if (terms.ciphers.empty()) return true;
  const bool is_of_tls13 = terms.ciphers.starts_with("TLS_");
  const int is_taken = is_of_tls13 ? SSL_set_ciphersuites(ssl_, terms.ciphers.c_str())
                                   : SSL_set_cipher_list(ssl_, terms.ciphers.c_str());
  ERR_clear_error();
  return is_taken == 1;
}

model::tls_facts tls_filter::take_facts() {
  model::tls_facts result;
  result.version = SSL_get_version(ssl_);
  result.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_));
  result.server_name = std::move(hello_.server_name);
  result.client_certificate = subject_of(ssl_);
  result.is_resumed = SSL_session_reused(ssl_) == 1;
  hello_ = {};
  return result;
}

model::tls_failure tls_filter::failure_by(model::tls_end how) const {
  return {.how = how, .has_said_hello = !hello_.versions.empty(), .detail = {}};
}

// Octets

std::size_t tls_filter::decrypt(std::string_view ciphertext, char* to, std::size_t room) {
  begin_input(ciphertext);
  std::size_t all = 0;
  while (all < room && stage_ == stage::open) {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_, to + all, room - all, &size);
    all += size;
    if (result == 1) continue;
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_WANT_READ) break;
    if (error == SSL_ERROR_ZERO_RETURN) {
      stage_ = stage::peer_said_close_notify;
    } else {
      remember_error();
    }
  }
  // What comes behind the end is nobody's.
  if (stage_ != stage::open) {
    borrowed_ = {};
    read_ = kept_.size();
  }
  end_input();
  return all;
}

bool tls_filter::encrypt(std::string_view plaintext) {
  if (stage_ == stage::broken || stage_ == stage::handshaking) return false;
  ERR_clear_error();
  std::size_t written = 0;
  if (SSL_write_ex(ssl_, plaintext.data(), plaintext.size(), &written) == 1) return true;
  remember_error();
  return false;
}

void tls_filter::say_close_notify() {
  if (stage_ == stage::broken || stage_ == stage::handshaking) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_);
  ERR_clear_error();
}

void tls_filter::sent(std::size_t octets) {
  sent_ += octets;
  if (sent_ < output_.size()) return;
  output_ = {};
  sent_ = 0;
}

}  // namespace mailrig::net
