#include "capture/app/serve_settings.hpp"

#include "capture/app/limits.hpp"
#include "capture/app/login_options.hpp"
#include "capture/app/version.hpp"
#include "capture/smtp/extensions.hpp"

#include <optional>
#include <random>
#include <utility>
#include <variant>

namespace mailrig::app {
namespace {

smtp::extension_set read_extensions(const std::vector<std::string>& keywords) {
  smtp::extension_set result;
  for (const std::string& each : keywords) {
    const auto found = smtp::find_extension(each);
    if (!found)
      throw usage_error("--disable-extension '" + each +
                        "' is no keyword of EHLO; there are: " + smtp::list_extensions());
    result.add(*found);
  }
  return result;
}

}  // namespace

std::vector<listen_address> addresses_of(const char* flag, const std::vector<std::string>& texts) {
  auto parsed = parse_listen_addresses(texts);
  if (const auto* error = std::get_if<std::string>(&parsed))
    throw usage_error(std::string("--") + flag + ' ' + *error);
  return std::get<std::vector<listen_address>>(std::move(parsed));
}

bool is_unix(const listen_address& where) {
  return where.addresses.front().starts_with("unix:");
}

std::vector<listen_address> http_addresses_of(const std::vector<std::string>& texts) {
  std::vector<listen_address> found = addresses_of("http", texts);
  for (const listen_address& each : found) {
    if (is_unix(each))
      throw usage_error("--http " + each.addresses.front() +
                        ": page and API listen on a port only; write HOST:PORT");
  }
  return found;
}

wire::trusted_peers trusted(const char* flag, const std::vector<std::string>& texts) {
  auto parsed = wire::trusted_peers::parse(texts);
  if (const auto* error = std::get_if<std::string>(&parsed))
    throw usage_error(std::string("--") + flag + ' ' + *error);
  return std::get<wire::trusted_peers>(std::move(parsed));
}

smtp::settings smtp_settings(const serve_options& options, smtp::tls_mode tls) {
  smtp::settings result;
  result.tls = tls;
  result.requires_tls = options.require_tls;
  result.handshake_timeout = options.tls_handshake_timeout;
  result.host_name = options.host_name;
  result.max_message_size = options.max_message_size;
  result.max_recipients = options.max_recipients;
  result.max_command_line = options.max_command_line;
  result.max_errors = options.max_errors;
  result.max_commands = options.max_commands;
  result.idle_timeout = options.idle_timeout;
  result.disabled = read_extensions(options.disabled_extensions);
  result.is_strict = options.strict;
  result.xclient_from = trusted("xclient-from", options.xclient_from);
  result.auth = {.mechanisms = read_mechanisms(options.auth_mechanisms),
                 .users = read_credentials(options),
                 .is_required = options.require_auth,
                 .is_offered_before_tls = options.auth_before_tls,
                 .has_old_line = options.old_auth_line,
                 .shows_secrets = options.show_secrets,
                 .max_line = options.max_auth_line};
  return result;
}

smtp::settings lmtp_settings(const serve_options& options) {
  smtp::settings result = smtp_settings(options, smtp::tls_mode::none);
  result.speaks = smtp::dialect::lmtp;
  return result;
}

pop3::settings pop3_settings(const serve_options& options, pop3::tls_mode tls) {
  using rules = model::mailbox_rules;
  pop3::settings result;
  result.tls = tls;
  result.handshake_timeout = options.tls_handshake_timeout;
  result.host_name = options.host_name;
  result.implementation = std::string("mailrig-") + version;
  result.max_command_line = options.max_command_line;
  result.max_errors = options.max_errors;
  result.idle_timeout = options.pop3_idle_timeout;
  result.users = read_pop3_credentials(options);
  result.mechanisms = read_mechanisms(options.auth_mechanisms);
  result.max_auth_line = options.max_auth_line;
  result.shows_secrets = options.show_secrets;
  result.mailboxes.all_name = options.pop3_all;
  result.mailboxes.login_delay = options.pop3_login_delay;
  if (options.max_age.count() != 0) result.mailboxes.max_age = options.max_age;
  if (options.pop3_share) result.mailboxes.locking = rules::lock::shared;
  if (options.pop3_strict) result.mailboxes.unknown = rules::unknown_login::is_refused;
  return result;
}

rig::table_limits table_limits(const serve_options& options) {
  return {.max_messages = options.max_messages,
          .max_octets = options.max_memory != 0 ? options.max_memory : default_memory_limit(),
          .transcript_octets = options.transcript_memory,
          .max_age = options.max_age.count() == 0 ? std::nullopt : std::optional(options.max_age),
          .seed = options.seed != 0 ? options.seed : std::random_device{}()};
}

}  // namespace mailrig::app
