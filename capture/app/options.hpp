// Everything that can be set: one table gives flags, MAILRIG_* environment variables and the config
// file.
#pragma once

#include "capture/app/client_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace mailrig::app {

struct serve_options {
  std::vector<std::string> smtp{"localhost:2525"};
  std::vector<std::string> lmtp{"off"};
  std::vector<std::string> submission;  // empty: mail_addresses() says where
  std::vector<std::string> smtps;
  std::vector<std::string> pop3s;
  std::vector<std::string> pop3;
  std::vector<std::string> http{"localhost:8025"};
  std::string rig_ports;  // "26000-26099"; empty: any
  std::string public_host = "localhost";
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
  std::string auth;  // "user:password" of those who may use page and API; empty: all may
  std::string host_name = "mailrig";
  std::size_t max_message_size = std::size_t{100} << 20;
  std::size_t max_recipients = 2000;
  std::size_t max_command_line = 4096;
  std::size_t max_errors = 20;
  std::size_t max_commands = 0;  // 0: any number
  std::size_t max_connections = 10'000;
  std::size_t max_connections_per_address = 0;  // 0: any number
  std::vector<std::string> disabled_extensions;
  bool strict = false;
  std::vector<std::string> xclient_from;
  std::vector<std::string> proxy_from;
  std::size_t max_messages = 100'000;
  std::chrono::milliseconds max_age{0};  // of a message; 0: for ever
  std::size_t max_memory = 0;            // octets; 0: 1 GiB, or half of what the cgroup allows
  std::size_t transcript_memory = std::size_t{32} << 20;
  std::chrono::milliseconds idle_timeout{std::chrono::minutes{5}};
  std::chrono::milliseconds session_timeout{std::chrono::hours{1}};
  bool starttls = false;
  bool require_tls = false;
  std::vector<std::string> tls_names;
  std::string tls_dir;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_key_type = "ecdsa";
  std::string tls_min_version = "1.2";
  std::string tls_max_version = "1.3";
  std::string tls_ciphers;
  bool tls_request_client_cert = false;
  std::chrono::milliseconds tls_handshake_timeout{std::chrono::seconds{30}};
  std::vector<std::string> smtp_users;  // NAME:PASSWORD
  std::string smtp_users_file;
  std::string sasl_password;
  bool require_auth = false;
  std::vector<std::string> auth_mechanisms{"PLAIN",       "LOGIN",         "CRAM-MD5",
                                           "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2",
                                           "OAUTHBEARER", "EXTERNAL",      "ANONYMOUS"};
  bool auth_before_tls = true;
  bool old_auth_line = false;
  bool show_secrets = false;
  std::size_t max_auth_line = 16'384;
  std::vector<std::string> pop3_users;  // NAME:PASSWORD
  std::string pop3_all = "*";
  bool pop3_share = false;
  bool pop3_strict = false;
  std::chrono::milliseconds pop3_login_delay{0};
  std::chrono::milliseconds pop3_idle_timeout{std::chrono::minutes{10}};  // RFC 1939 3
  std::vector<std::string> faults;
  std::string magic_domain = "fault.test";
  std::size_t seed = 0;  // of what rules leave to chance; 0: drawn at start
  std::string ready_file;
  bool exit_with_stdin = false;
  std::string log_level = "info";
};

struct command_line {
  enum class verb { serve, client, nothing };
  verb chosen = verb::serve;
  int exit_code =
      0;  // with `nothing`: help or version were printed (0), or the usage was wrong (2)
  serve_options serve;
  client_command run = nullptr;  // with `client`
  client_options client;
};

// Prints help, version and errors itself.
[[nodiscard]] command_line parse_command_line(int count, const char* const* arguments);

// Where a mail listener listens that can be named or not. Not named it takes its own port, or a
// free one where --smtp asks for free ports too: test runs side by side must not meet at a fixed
// port.
[[nodiscard]] std::vector<std::string> mail_addresses(const serve_options& options,
                                                      const std::vector<std::string>& named,
                                                      const char* own_port);

// "5m", "300ms", "10s", "1h"; throws std::invalid_argument with a sentence that says what would be
// right.
[[nodiscard]] std::chrono::milliseconds parse_duration(const std::string& text);
// "100MiB", "64k", "1000"; throws likewise.
[[nodiscard]] std::size_t parse_size(const std::string& text);
struct port_range {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend bool operator==(const port_range&, const port_range&) = default;
};
// "26000-26099"; throws likewise.
[[nodiscard]] port_range parse_port_range(const std::string& text);

}  // namespace mailrig::app
