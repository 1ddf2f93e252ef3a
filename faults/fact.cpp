#include "faults/fact.hpp"

#include "faults/text.hpp"

#include <array>

namespace mailrig::faults {
namespace {

using enum model::stage;
using enum fact_kind;
using enum fact_source;

constexpr stage_set anywhere = stage_set::all() - stage_set{listen};
// TLS may begin before the banner, so its facts are refused only before it.
constexpr stage_set in_tls = anywhere - stage_set{connect, tls_handshake};
constexpr stage_set in_hello = anywhere - stage_set{connect, tls_handshake};
constexpr stage_set after_banner = anywhere - stage_set{connect, banner, greeting, tls_handshake};
// Commands that stand outside transactions but may also come within one.
constexpr stage_set at_any_time = {rset, noop, vrfy, help, quit, unknown, idle};
constexpr stage_set at_delivery = {deliver, mailbox_read};
constexpr stage_set after_rcpt =
    stage_set{data, data_body, bdat, end_of_data, after_accept} | at_any_time | at_delivery;
constexpr stage_set in_transaction = after_rcpt | stage_set{mail, rcpt};
constexpr stage_set with_recipients = after_rcpt | stage_set{rcpt};
constexpr stage_set one_recipient = stage_set{rcpt} | at_delivery;
constexpr stage_set whole_mail = stage_set{end_of_data, after_accept} | at_delivery;
constexpr stage_set pop3_mail = {retr, retr_body, top, dele};
constexpr stage_set with_octets = whole_mail | pop3_mail | stage_set{data_body, bdat};
constexpr stage_set scanned = whole_mail | pop3_mail;

constexpr std::array<fact_row, fact_count> rows = {{
    {fact::client_ip, "client.ip", address, session, anywhere},
    {fact::client_port, "client.port", number, session, anywhere},
    {fact::server_port, "server.port", number, session, anywhere},
    {fact::server_name, "server.name", text, session, anywhere},
    {fact::tls, "tls", flag, session, anywhere},
    {fact::tls_version, "tls.version", text, session, in_tls},
    {fact::tls_cipher, "tls.cipher", text, session, in_tls},
    {fact::tls_sni, "tls.sni", text, session, in_hello | stage_set{tls_handshake}},
    {fact::tls_versions, "tls.versions", text, session, in_hello | stage_set{tls_handshake}},
    {fact::helo, "helo", text, hello, after_banner - at_delivery},
    {fact::auth_user, "auth.user", text, session, after_banner},
    {fact::auth_mechanism, "auth.mechanism", text, session, after_banner},
    {fact::auth_ok, "auth.ok", flag, session, after_banner},
    {fact::session_age, "session.age", time, session, anywhere},
    {fact::session_idle, "session.idle", time, session, stage_set{idle}},
    {fact::session_n, "session.n", number, session, anywhere},
    {fact::pipelined, "pipelined", flag, session, anywhere},
    {fact::bytes_in, "bytes_in", number, session, anywhere},
    {fact::mail_from, "mail_from", text, envelope, in_transaction},
    {fact::mail_from_domain, "mail_from.domain", text, envelope, in_transaction},
    {fact::mail_from_null, "mail_from.null", flag, envelope, in_transaction},
    {fact::mail_size_declared, "mail.size_declared", number, envelope, in_transaction},
    {fact::mail_body, "mail.body", text, envelope, in_transaction},
    {fact::rcpt, "rcpt", text, recipient, one_recipient},
    {fact::rcpt_domain, "rcpt.domain", text, recipient, one_recipient},
    {fact::rcpt_index, "rcpt.index", number, envelope, stage_set{rcpt}},
    {fact::rcpt_count, "rcpt.count", number, envelope, with_recipients},
    {fact::rcpt_distinct_domains, "rcpt.distinct_domains", number, envelope, with_recipients},
    {fact::rcpt_any, "rcpt.any", text, envelope, with_recipients},
    {fact::rcpt_all, "rcpt.all", text, envelope, with_recipients},
    {fact::size, "size", number, message, with_octets},
    {fact::header, "header.", text, message, scanned},
    {fact::header_from_address, "header.from.addr", text, message, scanned},
    {fact::message_id, "message_id", text, message, scanned},
    {fact::has_bare_lf, "has_bare_lf", flag, message, scanned},
    {fact::line_max, "line.max", number, message, scanned},
    {fact::received_count, "received.count", number, message, scanned},
    {fact::dkim_signed, "dkim_signed", flag, message, scanned},
    {fact::list_unsubscribe, "list.unsubscribe", text, message, scanned},
    {fact::message_age, "message.age", time, message, at_delivery},
    {fact::subject, "subject", text, parser, whole_mail},
    {fact::text, "text", text, parser, whole_mail},
    {fact::fingerprint, "fingerprint", text, parser, whole_mail},
    {fact::parse_error, "parse_error", flag, parser, whole_mail},
    {fact::attachment_count, "attachment.count", number, parser, whole_mail},
    {fact::attachment_any_name, "attachment.any.name", text, parser, whole_mail},
    {fact::attachment_any_ext, "attachment.any.ext", text, parser, whole_mail},
    {fact::attachment_any_type, "attachment.any.type", text, parser, whole_mail},
    {fact::attachment_max_size, "attachment.max_size", number, parser, whole_mail},
}};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].id) != i) return false;
  }
  return true;
}
static_assert(rows_are_in_order());

}  // namespace

const fact_row& row_of(fact id) {
  return rows[static_cast<std::size_t>(id)];
}

std::optional<fact_name> find_fact(std::string_view name) {
  for (const fact_row& each : rows) {
    if (each.name == name && each.id != fact::header) return fact_name{each.id, {}};
  }
  const std::string_view prefix = row_of(fact::header).name;
  if (name.starts_with(prefix) && name.size() > prefix.size())
    return fact_name{fact::header, folded(name.substr(prefix.size()))};
  return std::nullopt;
}

std::string to_string(const fact_name& name) {
  return std::string(row_of(name.id).name) + name.header;
}

std::string_view nearest_fact(std::string_view name) {
  std::array<std::string_view, fact_count> names;
  for (std::size_t i = 0; i < rows.size(); ++i) names[i] = rows[i].name;
  return nearest(name, names);
}

// POP3 shares names of stages with SMTP, but knows nothing of transactions.
bool is_known_at(fact id, protocol talk, model::stage point) {
  const fact_row& row = row_of(id);
  if (talk == protocol::pop3) {
    if (row.source == message) return pop3_mail.contains(point) && row.known_at.contains(point);
    return row.source == session && row.known_at.contains(point);
  }
  if (talk == protocol::lmtp && row.source == recipient && point == end_of_data) return true;
  return row.known_at.contains(point);
}

}  // namespace mailrig::faults
