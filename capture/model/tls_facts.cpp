#include "capture/model/tls_facts.hpp"

#include <algorithm>
#include <array>

namespace mailrig::model {
namespace {

struct named_alert {
  std::uint8_t number;
  std::string_view name;
};

// RFC 8446 6 and, for those that TLS 1.3 has no longer, RFC 5246 7.2.
constexpr std::array<named_alert, 29> alerts = {{
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
}};

// bad_certificate (Go), certificate_unknown (Java), unknown_ca (OpenSSL) and their neighbours: the
// client looked at the certificate and did not like it.
bool is_about_the_certificate(std::uint8_t alert) {
  return alert >= 42 && alert <= 48 && alert != 47;
}

tls_note describe_alert(const tls_failure& failure) {
  const std::string name = alert_name(failure.alert);
  if (!is_about_the_certificate(failure.alert))
    return {"tls_alert", "The client ended the TLS handshake with the alert " + name};
  return {"tls_certificate_refused", "The client refused the server's certificate (alert " + name +
                                         "): " + std::string(ways_out_of_distrust)};
}

tls_note describe_silence(const tls_failure& failure) {
  if (failure.has_said_hello)
    return {"tls_handshake_timeout", "The client did not finish the TLS handshake in time"};
  return {"tls_handshake_timeout",
          "The client did not begin the TLS handshake in time; a client that waits for a greeting "
          "in plain text must use the plain port or be set to implicit TLS"};
}

}  // namespace

std::string tls_version_name(std::uint16_t version) {
  constexpr std::array<std::string_view, 5> names = {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2",
                                                     "TLSv1.3"};
  const unsigned place = version - 0x0300U;
  if (place < names.size()) return std::string(names[place]);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (unsigned shift = 16; shift > 0; shift -= 4) text += digits[version >> (shift - 4) & 0xFU];
  return text;
}

std::string alert_name(std::uint8_t alert) {
  const auto* const found = std::find_if(
      alerts.begin(), alerts.end(), [alert](const auto& each) { return each.number == alert; });
  if (found != alerts.end()) return std::string(found->name);
  return "alert " + std::to_string(alert);
}

tls_note describe(const tls_failure& failure) {
  switch (failure.how) {
    case tls_end::alert: return describe_alert(failure);
    case tls_end::not_tls:
      return {"plain_text_on_tls_port",
              "The client sent plain text where a TLS handshake must begin; this port wants TLS"};
    case tls_end::refused:
      return {"tls_handshake_failed",
              "The TLS handshake failed" +
                  (failure.detail.empty() ? std::string() : ": " + failure.detail)};
    case tls_end::fin:
    case tls_end::reset:
      return {"tls_handshake_aborted",
              "The client closed the connection in the TLS handshake; if it does not trust the "
              "certificate: " +
                  std::string(ways_out_of_distrust)};
    case tls_end::timeout: return describe_silence(failure);
    case tls_end::shutdown:
      return {"tls_handshake_aborted", "mailrig went away in the TLS handshake"};
    case tls_end::unavailable:
      return {"tls_unavailable", "TLS was asked for, but this server has no certificate"};
  }
  return {"tls_handshake_failed", "The TLS handshake failed"};
}

}  // namespace mailrig::model
