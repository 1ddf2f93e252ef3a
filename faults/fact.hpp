// The facts that a rule may look at: their names, their kinds and the stages at which each can be
// known.
//
// One constant table. What a fact's value is at a point is read in fact_values.hpp.
#pragma once

#include "faults/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::faults {

enum class fact : std::uint8_t {
  client_ip,
  client_port,
  server_port,
  server_name,
  tls,
  tls_version,
  tls_cipher,
  tls_sni,
  tls_versions,
  helo,
  auth_user,
  auth_mechanism,
  auth_ok,
  session_age,
  session_idle,
  session_n,
  pipelined,
  bytes_in,
  mail_from,
  mail_from_domain,
  mail_from_null,
  mail_size_declared,
  mail_body,
  rcpt,
  rcpt_domain,
  rcpt_index,
  rcpt_count,
  rcpt_distinct_domains,
  rcpt_any,
  rcpt_all,
  size,
  header,
  header_from_address,
  message_id,
  has_bare_lf,
  line_max,
  received_count,
  dkim_signed,
  list_unsubscribe,
  message_age,
  subject,
  text,
  fingerprint,
  parse_error,
  attachment_count,
  attachment_any_name,
  attachment_any_ext,
  attachment_any_type,
  attachment_max_size,
};
inline constexpr std::size_t fact_count = static_cast<std::size_t>(fact::attachment_max_size) + 1;

enum class fact_kind : std::uint8_t { text, number, flag, time, address };
// Where a fact comes from, which decides who can know it.
enum class fact_source : std::uint8_t {
  session,    // of the connection, in every protocol
  hello,      // HELO, EHLO and LHLO
  envelope,   // of the transaction
  recipient,  // of one forward-path: also at LMTP's end_of_data, which is asked for each
  message,    // the octets of the mail and its header
  parser,     // only a parser of MIME knows it: what examine answers
};

struct fact_row {
  fact id;
  std::string_view name;  // "rcpt.domain"; of `header` only the prefix "header."
  fact_kind kind;
  fact_source source;
  stage_set known_at;
};

[[nodiscard]] const fact_row& row_of(fact id);
[[nodiscard]] inline fact_kind kind_of(fact id) {
  return row_of(id).kind;
}

// A fact as a rule names it: with the field's name where the fact is a header.
struct fact_name {
  fact id = fact::client_ip;
  std::string header;  // "subject", in lower case; of fact::header only
  friend bool operator==(const fact_name&, const fact_name&) = default;
};
// "header.x-mailer" included; nothing if no fact has that name.
[[nodiscard]] std::optional<fact_name> find_fact(std::string_view name);
[[nodiscard]] std::string to_string(const fact_name& name);
// The known name that resembles `name` most, or "".
[[nodiscard]] std::string_view nearest_fact(std::string_view name);

[[nodiscard]] bool is_known_at(fact id, protocol talk, model::stage point);

// Which parsed facts loaded rules read at a point, for the session that asks `examine`.
struct parsed_fact_set {
  std::uint64_t bits = 0;

  void insert(fact id) { bits |= std::uint64_t{1} << static_cast<unsigned>(id); }
  [[nodiscard]] bool contains(fact id) const {
    return (bits >> static_cast<unsigned>(id) & 1) != 0;
  }
  [[nodiscard]] bool empty() const { return bits == 0; }
};
static_assert(fact_count <= 64);

}  // namespace mailrig::faults
