#include "capture/net/certificate.hpp"

#include "capture/net/openssl_ptr.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <ctime>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

namespace mailrig::net {
namespace {

using clock = std::chrono::system_clock;

// The library's error queue is left empty for whoever comes next.
[[noreturn]] void fail(const std::string& what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw std::runtime_error(what + ": " + reason.data());
}

bio_ptr reader_of(std::string_view text) {
  return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* written) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(written, &data);
  return {data, static_cast<std::size_t>(size)};
}

key_ptr make_key(key_type type) {
  const std::size_t bits = type == key_type::rsa_1024 ? 1024 : 2048;
  key_ptr key(type == key_type::ecdsa_p256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(bits));
  if (!key) fail("cannot make a key");
  return key;
}

key_ptr read_key(std::string_view pem) {
  key_ptr key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, nullptr, nullptr));
  if (!key) fail("this is no private key in PEM form without a pass phrase");
  return key;
}

certificate_ptr read_x509(std::string_view pem) {
  certificate_ptr certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, nullptr, nullptr));
  if (!certificate) fail("this is no certificate in PEM form");
  return certificate;
}

std::string write_key(EVP_PKEY* key) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    fail("cannot write a key");
  return text_of(out.get());
}

std::string write_x509(X509* certificate) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(out.get(), certificate) != 1) fail("cannot write a certificate");
  return text_of(out.get());
}

bool is_ip_literal(const std::string& name) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, name.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

// "DNS:localhost,IP:127.0.0.1"
std::string alternative_names(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& each : names) {
    if (!result.empty()) result += ',';
    result += (is_ip_literal(each) ? "IP:" : "DNS:") + each;
  }
  return result;
}

// 63 random bits: RFC 5280 4.1.2.2 wants a positive number, unique with its issuer.
void set_serial(X509* certificate) {
  std::uint64_t number = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1)
    fail("cannot draw a serial number");
  number = (number >> 1U) | 1U;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number);
}

void set_name(X509_NAME* name, const std::string& common_name) {
  const auto add = [name](const char* field, const std::string& value) {
    const auto* const text = reinterpret_cast<const unsigned char*>(value.data());
    if (X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, text, static_cast<int>(value.size()),
                                   -1, 0) != 1)
      fail("cannot name a certificate '" + value + "'");
  };
  add("O", "mailrig");
  add("CN", common_name);
}

void set_validity(X509* certificate, const certificate_description& wanted) {
  ASN1_TIME_set(X509_getm_notBefore(certificate), clock::to_time_t(wanted.not_before));
  ASN1_TIME_set(X509_getm_notAfter(certificate), clock::to_time_t(wanted.not_after));
}

class extensions {
 public:
  extensions(X509* certificate, X509* issuer) : certificate_(certificate) {
    X509V3_set_ctx(&context_, issuer, certificate, nullptr, nullptr, 0);
  }
  void add(int kind, const std::string& value) {
    const extension_ptr made(X509V3_EXT_conf_nid(nullptr, &context_, kind, value.c_str()));
    if (!made || X509_add_ext(certificate_, made.get(), -1) != 1)
      fail("a certificate cannot say '" + value + "'");
  }

 private:
  X509* certificate_;
  X509V3_CTX context_{};
};

// RFC 5280 4.2.1.
void add_extensions(X509* certificate, X509* issuer, const certificate_description& wanted) {
  using role = certificate_description::role;
  extensions to(certificate, issuer);
  to.add(NID_subject_key_identifier, "hash");
  to.add(NID_authority_key_identifier, "keyid:always");
  switch (wanted.use) {
    case role::root: to.add(NID_basic_constraints, "critical,CA:TRUE"); break;
    case role::intermediate: to.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0"); break;
    case role::server: to.add(NID_basic_constraints, "critical,CA:FALSE"); break;
    case role::server_that_is_a_ca: to.add(NID_basic_constraints, "critical,CA:TRUE"); break;
  }
  if (wanted.use == role::root || wanted.use == role::intermediate)
    return to.add(NID_key_usage, "critical,keyCertSign,cRLSign");
  std::string usage = "critical,digitalSignature";
  if (wanted.key != key_type::ecdsa_p256) usage += ",keyEncipherment";
  if (wanted.use == role::server_that_is_a_ca) usage += ",keyCertSign,cRLSign";
  to.add(NID_key_usage, usage);
  to.add(NID_ext_key_usage, "serverAuth");
  if (!wanted.names.empty()) to.add(NID_subject_alt_name, alternative_names(wanted.names));
}

std::string name_text(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) {
    const ASN1_IA5STRING* text = name.d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
  }
  if (name.type != GEN_IPADD) return {};
  const ASN1_OCTET_STRING* address = name.d.iPAddress;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  (void)::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::vector<std::string> names_of(X509* certificate) {
  using names_ptr = std::unique_ptr<GENERAL_NAMES, releasing<GENERAL_NAMES_free>>;
  const names_ptr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> result;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i)
    result.push_back(name_text(*sk_GENERAL_NAME_value(names.get(), i)));
  return result;
}

clock::time_point time_of(const ASN1_TIME* when) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(when, &parts) != 1) fail("a certificate has no time of its end");
  return clock::from_time_t(::timegm(&parts));
}

}  // namespace

credential make_certificate(const certificate_description& wanted, const credential* issuer) {
  const key_ptr key = make_key(wanted.key);
  const certificate_ptr made(X509_new());
  if (!made) fail("cannot make a certificate");
  const certificate_ptr signer = issuer == nullptr ? nullptr : read_x509(issuer->certificate);
  X509* const signed_by = signer ? signer.get() : made.get();
  X509_set_version(made.get(), X509_VERSION_3);
  set_serial(made.get());
  set_validity(made.get(), wanted);
  set_name(X509_get_subject_name(made.get()), wanted.common_name);
  X509_set_issuer_name(made.get(), X509_get_subject_name(signed_by));
  X509_set_pubkey(made.get(), key.get());
  add_extensions(made.get(), signed_by, wanted);
  const key_ptr issuer_key = issuer == nullptr ? nullptr : read_key(issuer->key);
  if (X509_sign(made.get(), issuer_key ? issuer_key.get() : key.get(),
                wanted.signed_with == certificate_description::digest::sha1 ? EVP_sha1()
                                                                            : EVP_sha256()) == 0)
    fail("cannot sign a certificate");
  return {write_x509(made.get()), write_key(key.get())};
}

certificate_facts read_certificate(std::string_view pem) {
  const certificate_ptr certificate = read_x509(pem);
  return {time_of(X509_get0_notAfter(certificate.get())), names_of(certificate.get()),
          X509_self_signed(certificate.get(), 0) == 1,
          EVP_PKEY_get_base_id(X509_get0_pubkey(certificate.get())) == EVP_PKEY_EC};
}

bool fits(const credential& one, const credential* issuer) {
  const certificate_ptr certificate = read_x509(one.certificate);
  const key_ptr key = read_key(one.key);
  bool result = X509_check_private_key(certificate.get(), key.get()) == 1;
  if (issuer != nullptr) {
    const certificate_ptr signer = read_x509(issuer->certificate);
    result = result && X509_verify(certificate.get(), X509_get0_pubkey(signer.get())) == 1;
  }
  ERR_clear_error();
  return result;
}

}  // namespace mailrig::net
