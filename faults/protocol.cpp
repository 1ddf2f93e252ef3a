#include "faults/protocol.hpp"

#include <algorithm>
#include <array>

namespace mailrig::faults {
namespace {

using enum model::stage;

constexpr std::array<std::string_view, protocol_count> names = {"smtp", "lmtp", "pop3", "delivery"};

constexpr stage_set mail_transfer = {
    listen, connect,    banner,      helo,          ehlo,          lhlo, starttls,
    rset,   auth_start, auth_result, auth_continue, tls_handshake, mail, rcpt,
    data,   data_body,  end_of_data, after_accept,  bdat,          noop, vrfy,
    help,   quit,       unknown,     idle};

// LMTP greets with LHLO and nothing else (RFC 2033 4.1).
constexpr std::array<stage_set, protocol_count> stages = {
    mail_transfer - stage_set{lhlo}, mail_transfer - stage_set{helo, ehlo},
    stage_set{listen, connect, greeting,   capa,          stls,        tls_handshake, user,
              pass,   apop,    auth_start, auth_continue, auth_result, stat,          list,
              uidl,   retr,    retr_body,  top,           dele,        noop,          rset,
              last,   utf8,    lang,       quit,          update,      unknown,       idle},
    stage_set{deliver, mailbox_read}};

}  // namespace

std::string_view to_string(protocol value) {
  return names[static_cast<std::size_t>(value)];
}

std::optional<protocol> find_protocol(std::string_view name) {
  const auto* const found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<protocol>(found - names.begin());
}

stage_set stages_of(protocol value) {
  return stages[static_cast<std::size_t>(value)];
}

bool is_body_stage(model::stage point) {
  return point == data_body || point == retr_body;
}

}  // namespace mailrig::faults
