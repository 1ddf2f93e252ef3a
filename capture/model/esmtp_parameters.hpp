// The parameters of MAIL and RCPT, typed. An envelope keeps their text as given; whoever needs one
// reads it from there: the session to check it, the post office for its bounces, a page to show it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::model {

struct esmtp_parameter {
  std::string_view keyword;
  std::string_view value;  // empty if there is none
};

// Removes one parameter from the front of "SIZE=1 BODY=7BIT"; an empty keyword means that none is
// left.
[[nodiscard]] esmtp_parameter take_parameter(std::string_view& parameters);

enum class body_type : std::uint8_t { seven_bit, eight_bit_mime, binary_mime };  // RFC 6152, 3030
enum class dsn_return : std::uint8_t { full, headers };                          // RFC 3461 4.3

// RFC 2852 4: what shall happen when the time is over, and whether relays are to be reported.
struct deliver_by {
  enum class mode : std::uint8_t { return_to_sender, notify };
  std::int32_t seconds = 0;  // may be negative: the time is over
  mode when_late = mode::notify;
  bool traces = false;

  friend bool operator==(const deliver_by&, const deliver_by&) = default;
};

struct mail_parameters {
  std::optional<std::uint64_t> size;  // RFC 1870
  std::optional<body_type> body;
  std::optional<dsn_return> ret;
  std::optional<std::string> envid;        // decoded (RFC 3461 4.4)
  std::optional<deliver_by> by;            // RFC 2852
  std::optional<std::int8_t> mt_priority;  // -9 to 9 (RFC 6710)
  std::optional<std::string> auth;         // decoded; empty for <> (RFC 4954 5)
  bool smtputf8 = false;                   // RFC 6531
  bool require_tls = false;                // RFC 8689

  friend bool operator==(const mail_parameters&, const mail_parameters&) = default;
};

// RFC 3461 4.1; none set: the parameter was not given.
struct dsn_notify {
  bool never = false;
  bool success = false;
  bool failure = false;
  bool delay = false;

  friend bool operator==(const dsn_notify&, const dsn_notify&) = default;
};

// RFC 3461 4.2: "rfc822;bob@example.test".
struct original_recipient {
  std::string address_type;
  std::string address;  // decoded

  friend bool operator==(const original_recipient&, const original_recipient&) = default;
};

struct rcpt_parameters {
  std::optional<dsn_notify> notify;
  std::optional<original_recipient> orcpt;

  friend bool operator==(const rcpt_parameters&, const rcpt_parameters&) = default;
};

enum class parameter_fault : std::uint8_t { unknown, bad_value, repeated };

// Reads one parameter into the others. Nothing: it is good.
[[nodiscard]] std::optional<parameter_fault> read_parameter(const esmtp_parameter& one,
                                                            mail_parameters& into);
[[nodiscard]] std::optional<parameter_fault> read_parameter(const esmtp_parameter& one,
                                                            rcpt_parameters& into);
// All of a text that a session took; what cannot be read is left out.
[[nodiscard]] mail_parameters read_mail_parameters(std::string_view text);
[[nodiscard]] rcpt_parameters read_rcpt_parameters(std::string_view text);

// "a+2Bb" -> "a+b" (RFC 3461 4); nothing if it is no xtext.
[[nodiscard]] std::optional<std::string> decode_xtext(std::string_view text);

}  // namespace mailrig::model
