// What a rule may do, one small value each, as it was loaded. The names are those of the rules.
//
// Values only: they know no session and carry nothing out. Where chance or a template has to be
// resolved first, a verdict (verdict.hpp) holds the resolved twin.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/closing.hpp"
#include "capture/model/reply.hpp"
#include "faults/keys.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailrig::faults {

// How long something takes.
struct fixed_time {
  model::duration time{0};
  friend bool operator==(const fixed_time&, const fixed_time&) = default;
};
struct uniform_time {
  model::duration least{0};
  model::duration most{0};
  friend bool operator==(const uniform_time&, const uniform_time&) = default;
};
struct lognormal_time {
  model::duration median{0};
  double sigma = 0;
  model::duration max{0};  // a longer draw is cut to this
  friend bool operator==(const lognormal_time&, const lognormal_time&) = default;
};
using pacing = std::variant<fixed_time, uniform_time, lognormal_time>;

struct close {
  model::close_mode mode = model::close_mode::fin_drain;
  // How long fin_drain reads on; absent: the server's own.
  std::optional<model::duration> linger = std::nullopt;
  model::duration hold{0};  // reads nothing for so long, and then closes
  bool sends_close_notify = true;
  // At end_of_data: the message is kept although no reply says so. In POP3 at quit and update: the
  // deletes are carried out.
  bool is_stored = false;
  friend bool operator==(const close&, const close&) = default;
};

struct go_on {  // with the normal reply
  friend bool operator==(const go_on&, const go_on&) = default;
};

// Says nothing until `max`, then does `then`.
struct stall {
  model::duration max = std::chrono::seconds{60};
  std::variant<close, go_on> then = close{};
  friend bool operator==(const stall&, const stall&) = default;
};

// The reply leaves in pieces of so many octets with a gap between them.
struct drip {
  std::uint32_t bytes = 1;
  model::duration gap{0};
  friend bool operator==(const drip&, const drip&) = default;
};
struct slice {
  std::uint32_t size = 1;
  model::duration gap{0};
  friend bool operator==(const slice&, const slice&) = default;
};
// Only the first octets of the reply leave.
struct partial {
  std::uint32_t bytes = 0;
  friend bool operator==(const partial&, const partial&) = default;
};
// No reply at all; the session goes on, client and server out of step.
struct omit {
  friend bool operator==(const omit&, const omit&) = default;
};

// The octets of a reply that are wrong on purpose.
struct malform {
  enum class kind : std::uint8_t {
    no_code,
    bad_digit,
    code_only,
    no_space,
    mixed_codes,
    unterminated_multiline,
    lf_only,
    cr_only,
    no_eol,
    nul_bytes,
    long_line,
    many_lines,
    eight_bit,
    utf16,
    telnet_iac,
    http_400,
    random,
    unstuffed_dot,
  };
  enum class charset : std::uint8_t { gbk, utf8, latin1 };
  kind what = kind::no_code;
  std::uint32_t n = 0;              // of long_line, many_lines and random
  charset encoding = charset::gbk;  // of eight_bit
  friend bool operator==(const malform&, const malform&) = default;
};

struct keyword_change {
  std::string keyword;  // "SIZE"
  std::string line;     // "SIZE 1000"
  friend bool operator==(const keyword_change&, const keyword_change&) = default;
};
// Changes of the list that EHLO, LHLO or CAPA answers.
struct ehlo {
  std::vector<std::string> add;
  std::vector<std::string> remove;
  std::vector<keyword_change> change;
  friend bool operator==(const ehlo&, const ehlo&) = default;
};

// From here on; 0: not limited.
struct throttle {
  std::uint64_t in = 0;   // octets a second
  std::uint64_t out = 0;  // octets a second
  model::duration latency{0};
  friend bool operator==(const throttle&, const throttle&) = default;
};
struct stop_reading {
  model::duration max = std::chrono::seconds{60};
  friend bool operator==(const stop_reading&, const stop_reading&) = default;
};

enum class certificate_name : std::uint8_t {
  good,
  expired,
  not_yet_valid,
  self_signed,
  wrong_host,
  wrong_host_ip,
  unknown_ca,
  missing_intermediate,
  weak_rsa1024,
  sha1_signed,
  ca_as_leaf,
  no_san_cn_only,
  wildcard,
  many_sans,
};
[[nodiscard]] std::string_view to_string(certificate_name value);

struct certificate {
  certificate_name name = certificate_name::good;
  friend bool operator==(const certificate&, const certificate&) = default;
};

enum class tls_version : std::uint8_t { tls1_0, tls1_1, tls1_2, tls1_3 };
struct tls {
  enum class alert_kind : std::uint8_t {
    handshake_failure,
    protocol_version,
    internal_error,
    unrecognized_name,
  };
  enum class after : std::uint8_t { garbage, fin, reset, stall };
  std::optional<alert_kind> alert;
  std::optional<tls_version> min_version;
  std::optional<tls_version> max_version;
  std::string ciphers;             // as OpenSSL writes them; empty: the server's own
  std::optional<after> after_220;  // what follows the reply to STARTTLS instead of a handshake
  bool answers_injected = false;  // what was pipelined behind STARTTLS is answered, not thrown away
  friend bool operator==(const tls&, const tls&) = default;
};

// Delivery.
struct drop {
  std::vector<std::string> recipients;  // globs; empty: every recipient
  friend bool operator==(const drop&, const drop&) = default;
};
struct lose {
  model::duration after{0};
  friend bool operator==(const lose&, const lose&) = default;
};
struct duplicate {
  std::uint32_t copies = 2;
  model::duration gap{0};
  friend bool operator==(const duplicate&, const duplicate&) = default;
};
struct delay_delivery {
  model::duration time{0};
  friend bool operator==(const delay_delivery&, const delay_delivery&) = default;
};
struct reorder {
  model::duration window{0};
  friend bool operator==(const reorder&, const reorder&) = default;
};
struct hide {
  friend bool operator==(const hide&, const hide&) = default;
};

struct transform {
  enum class kind : std::uint8_t {
    truncate,
    flip_bytes,
    strip_headers,
    drop_header_block,
    relabel_charset,
    transcode,
    seven_bit,
    drop_cte,
    double_encode_qp,
    bare_lf,
    rewrap,
    unstuff_twice,
    stuff_lost,
    strip_attachments,
    rename_attachment,
    add_footer,
    prepend_subject,
    remove_part,
    swap_parts,
    utf8_bom,
    nul_bytes,
  };
  kind what = kind::truncate;
  std::uint64_t n = 0;                // octets, a width, or the number of a part, as the kind says
  std::optional<std::uint64_t> seed;  // of flip_bytes
  std::string text;                   // a charset, a name, a footer or a prefix, as the kind says
  std::vector<std::string> names;     // of strip_headers
  friend bool operator==(const transform&, const transform&) = default;
};

enum class bounce_style : std::uint8_t { postfix, exchange, gmail, qmail, exim, none_standard };
struct bounce {
  model::duration after{0};
  bounce_style style = bounce_style::postfix;
  std::string status = "5.0.0";  // RFC 3463
  std::string diagnostic;
  std::string remote_mta;
  std::string in_reply_to;  // the command that the remote server refused: "DATA"
  friend bool operator==(const bounce&, const bounce&) = default;
};
struct complaint {
  model::duration after{0};
  std::string feedback_type = "abuse";  // RFC 5965 7.3
  friend bool operator==(const complaint&, const complaint&) = default;
};
struct auto_reply {
  model::duration after{0};
  std::string text;
  friend bool operator==(const auto_reply&, const auto_reply&) = default;
};

// The engine's own memory, and labels.
struct set_state {
  std::string machine;
  std::string to;
  friend bool operator==(const set_state&, const set_state&) = default;
};
struct ban {
  key_part by = key_part::client_ip;
  model::duration time{0};
  friend bool operator==(const ban&, const ban&) = default;
};
struct tag {
  std::string label;
  friend bool operator==(const tag&, const tag&) = default;
};

struct listener {
  enum class kind : std::uint8_t { refuse, backlog_full };
  kind mode = kind::refuse;
  friend bool operator==(const listener&, const listener&) = default;
};

// Those whose value is known only when the rule fires.
struct reply {
  std::uint16_t code = 0;  // in POP3 pop3_ok or pop3_err
  model::enhanced_code enhanced;
  std::string text;     // with {placeholders}; lines are parted by '\n'
  bool is_raw = false;  // `text` is the exact octets to write, without placeholders
  friend bool operator==(const reply&, const reply&) = default;
};
struct delay {
  pacing time;
  friend bool operator==(const delay&, const delay&) = default;
};
struct extra {
  enum class where : std::uint8_t { before, after };
  std::string text;  // with {placeholders}; one line, its end is added
  where place = where::after;
  friend bool operator==(const extra&, const extra&) = default;
};

// A reply of POP3 has no number: these stand in `code` for +OK and -ERR (RFC 1939 3).
inline constexpr std::uint16_t pop3_ok = 200;
inline constexpr std::uint16_t pop3_err = 500;

using action = std::variant<reply, close, delay, stall, drip, slice, partial, omit, extra, malform,
                            ehlo, throttle, stop_reading, certificate, tls, drop, lose, duplicate,
                            delay_delivery, reorder, transform, hide, bounce, complaint, auto_reply,
                            set_state, ban, tag, listener>;

// "reply", "set_state".
[[nodiscard]] std::string_view name_of(const action& value);

}  // namespace mailrig::faults
