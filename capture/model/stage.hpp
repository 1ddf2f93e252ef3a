// The points of a session: where a fault rule may act, and how far an attempt got. The names are
// those of the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailrig::model {

enum class stage : std::uint8_t {
  connect,
  banner,
  helo,
  ehlo,
  mail,
  rcpt,
  data,
  data_body,
  end_of_data,
  after_accept,
  rset,
  noop,
  vrfy,
  help,
  quit,
  unknown,
  // the rest of SMTP and LMTP
  listen,
  lhlo,
  starttls,
  tls_handshake,
  auth_start,
  auth_continue,
  auth_result,
  bdat,
  idle,
  // POP3
  greeting,
  capa,
  stls,
  user,
  pass,
  apop,
  stat,
  list,
  uidl,
  retr,
  retr_body,
  top,
  dele,
  last,
  utf8,
  lang,
  update,
  // delivery
  deliver,
  mailbox_read,
};

inline constexpr std::size_t stage_count = static_cast<std::size_t>(stage::mailbox_read) + 1;

// "auth.start", "end_of_data".
[[nodiscard]] std::string_view to_string(stage value);
[[nodiscard]] std::optional<stage> find_stage(std::string_view name);

}  // namespace mailrig::model
