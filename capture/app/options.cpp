#include "capture/app/options.hpp"

#include "capture/app/version.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <CLI/CLI.hpp>

namespace mailrig::app {
namespace {

constexpr const char* sizes = "SIZE";
constexpr const char* times = "TIME";

// "max-message-size" -> "MAILRIG_MAX_MESSAGE_SIZE"
std::string environment_name(std::string_view option) {
  std::string name = "MAILRIG_";
  for (const char letter : option) {
    name +=
        letter == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  return name;
}

// One option of the table: its flag, its environment variable and its config key come from one
// name.
class option_table {
 public:
  explicit option_table(CLI::App& app) : app_(app) {}

  void group(const char* name) { group_ = name; }

  template <typename Value>
  CLI::Option* value(const std::string& name, Value& target, const char* what) {
    return finish(app_.add_option("--" + name, target, what)->capture_default_str(), name);
  }
  void list(const std::string& name, std::vector<std::string>& target, const char* what,
            const char* type) {
    finish(app_.add_option("--" + name, target, what), name)
        ->type_name(type)
        ->delimiter(',')
        ->default_str(join(target));
  }
  void flag(const std::string& name, bool& target, const char* what) {
    finish(app_.add_flag("--" + name, target, what), name);
  }
  void size(const std::string& name, std::size_t& target, const char* what, const char* shown) {
    parsed(name, what, shown, sizes,
           [&target](const std::string& text) { target = parse_size(text); });
  }
  void time(const std::string& name, std::chrono::milliseconds& target, const char* what,
            const char* shown) {
    parsed(name, what, shown, times,
           [&target](const std::string& text) { target = parse_duration(text); });
  }

  // A text that `parse` must be able to read.
  template <typename Parse>
  void checked(const std::string& name, std::string& target, const char* type, const char* what,
               Parse parse) {
    const auto take = [&target, parse](const std::string& text) {
      (void)parse(text);
      target = text;
    };
    parsed(name, what, "", type, take);
  }

 private:
  static std::string join(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& each : texts) all += (all.empty() ? "" : ",") + each;
    return all;
  }

  CLI::Option* finish(CLI::Option* option, const std::string& name) {
    return option->envname(environment_name(name))->group(group_);
  }

  template <typename Parse>
  void parsed(const std::string& name, const char* what, const char* shown, const char* type,
              Parse parse) {
    const auto take = [parse](const std::string& text) {
      try {
        parse(text);
      } catch (const std::invalid_argument& error) {
        throw CLI::ValidationError(error.what());
      }
    };
    finish(app_.add_option_function<std::string>("--" + name, take, what), name)
        ->type_name(type)
        ->default_str(shown);
  }

  CLI::App& app_;
  std::string group_ = "Options";
};

void declare_tls(option_table& table, serve_options& to) {
  table.group("TLS (a test CA and a certificate are made at start; GET /v1/tls/ca.pem has the CA)");
  table.flag("starttls", to.starttls,
             "Offer STARTTLS on --smtp too; clients then want to verify the certificate");
  table.flag("require-tls", to.require_tls,
             "530 for mail without TLS; offers STARTTLS on --smtp too");
  table.list("tls-name", to.tls_names,
             "A further name or IP address in the certificate, besides localhost, 127.0.0.1, ::1, "
             "this machine's name, --host-name and --public-host",
             "NAME");
  table
      .value("tls-dir", to.tls_dir,
             "Where CA and certificate are kept and found again, so that clients trust them once")
      ->type_name("PATH");
  table.value("tls-cert", to.tls_cert, "Own certificate with its chain behind it (PEM)")
      ->type_name("PATH");
  table.value("tls-key", to.tls_key, "Private key of --tls-cert (PEM)")->type_name("PATH");
  table.value("tls-key-type", to.tls_key_type, "Keys that are made: for old clients rsa")
      ->check(CLI::IsMember({"ecdsa", "rsa"}));
  const auto version = CLI::IsMember({"1.0", "1.1", "1.2", "1.3"});
  table.value("tls-min-version", to.tls_min_version, "Lowest version of TLS")->check(version);
  table.value("tls-max-version", to.tls_max_version, "Highest version of TLS")->check(version);
  table
      .value("tls-ciphers", to.tls_ciphers,
             "Ciphers in OpenSSL's names, with colons between; those of TLS 1.3 begin with TLS_")
      ->type_name("NAMES");
  table.flag("tls-request-client-cert", to.tls_request_client_cert,
             "Ask clients for a certificate; any is taken and recorded, and none too");
  table.time("tls-handshake-timeout", to.tls_handshake_timeout,
             "Longest TLS handshake, then the connection is closed", "30s");
}

void declare_logins(option_table& table, serve_options& to) {
  table.group("Logins (without users, any name and password is taken and the name recorded)");
  // No commas between several: a password may hold one.
  table.value("smtp-user", to.smtp_users, "Only these may log in; repeatable")
      ->type_name("NAME:PASSWORD")
      ->allow_extra_args(false)
      ->default_str("");
  table
      .value("smtp-users-file", to.smtp_users_file,
             "More of them, one NAME:PASSWORD a line; # begins a comment")
      ->type_name("PATH");
  table
      .value("sasl-password", to.sasl_password,
             "Any other name may log in with this password; it or users bring SCRAM")
      ->type_name("PASSWORD");
  table.flag("require-auth", to.require_auth, "Refuse MAIL before AUTH with 530");
  table.list("auth-mechanisms", to.auth_mechanisms,
             "Offered where they can work: SCRAM with passwords known, EXTERNAL with a client's "
             "certificate, ANONYMOUS without users; none offers none",
             "NAME");
  table.value("auth-before-tls", to.auth_before_tls, "Offer AUTH on connections without TLS")
      ->type_name("yes|no")
      ->default_str("yes");
  table.flag("old-auth-line", to.old_auth_line,
             "Say \"AUTH=PLAIN LOGIN\" in EHLO too, for very old clients");
  table.flag("show-secrets", to.show_secrets, "Show passwords and tokens in transcripts");
  table.size("max-auth-line", to.max_auth_line, "Longest line of AUTH", "16384");
}

void declare_pop3(option_table& table, serve_options& to) {
  table.group("POP3 (without users, any password opens any mailbox)");
  table.value("pop3-user", to.pop3_users, "Only these may log in; repeatable")
      ->type_name("NAME:PASSWORD")
      ->allow_extra_args(false)
      ->default_str("");
  table
      .value("pop3-all", to.pop3_all,
             "The login that sees every message of its rig; empty: there is none")
      ->type_name("NAME");
  table.flag("pop3-share", to.pop3_share,
             "Several sessions may have a mailbox open, instead of [IN-USE] for the second");
  table.flag("pop3-strict", to.pop3_strict,
             "-ERR [AUTH] for names that no mail came for, instead of an empty mailbox");
  table.time("pop3-login-delay", to.pop3_login_delay,
             "Between two logins to one mailbox, else [LOGIN-DELAY]", "0s");
  table.time("pop3-idle-timeout", to.pop3_idle_timeout,
             "Silence of a reader, then it is closed without deleting", "10m");
}

// RFC 7617 2: the first colon parts the two, and neither may be missing here.
std::string check_credentials(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos && colon > 0 && colon + 1 < text.size()) return text;
  throw std::invalid_argument("--auth wants a user and a password with a colon between them");
}

void declare_serve(option_table& table, serve_options& to) {
  table.group(
      "Where to listen (HOST:PORT, PORT, [IPv6]:PORT, unix:PATH, or off; port 0 takes a free one)");
  table.list("smtp", to.smtp, "SMTP, plain", "ADDRESS");
  table.list("submission", to.submission,
             "SMTP with STARTTLS; by default localhost:2587, or a free port where --smtp takes one",
             "ADDRESS");
  table.list("smtps", to.smtps,
             "SMTP over TLS; by default localhost:2465, or a free port where --smtp takes one",
             "ADDRESS");
  table.list("pop3s", to.pop3s,
             "POP3 over TLS; by default localhost:1995, or a free port where --smtp takes one",
             "ADDRESS");
  table.list("pop3", to.pop3,
             "POP3, STLS offered; by default localhost:1100, or a free port where --smtp takes one",
             "ADDRESS");
  table.list("lmtp", to.lmtp, "LMTP, plain", "ADDRESS");
  table.list("http", to.http, "Web page and HTTP API", "ADDRESS");
  table.checked("rig-ports", to.rig_ports, "FIRST-LAST",
                "The ports that rigs get; without it any that is free", parse_port_range);
  table.value("public-host", to.public_host, "The host that printed and answered addresses name")
      ->type_name("HOST");
  table.list("allowed-host", to.allowed_hosts,
             "A further name by which HTTP requests may call this server", "HOST");
  table.list("allowed-origin", to.allowed_origins,
             "Whose pages may ask from a browser, such as http://localhost:5173", "ORIGIN");
  table.checked("auth", to.auth, "USER:PASSWORD", "Who may use page and API; health stays open",
                check_credentials);

  table.group("SMTP");
  table.value("host-name", to.host_name, "The server's name in its banner and EHLO")
      ->type_name("NAME");
  table.size("max-message-size", to.max_message_size, "Largest mail, announced by SIZE", "100MiB");
  table.value("max-recipients", to.max_recipients, "Recipients of one mail")->type_name("N");
  table.size("max-command-line", to.max_command_line, "Longest command line", "4096");
  table.value("max-errors", to.max_errors, "Errors in one session, then 421")->type_name("N");
  table.value("max-commands", to.max_commands, "Commands in one session, then 421; 0: any number")
      ->type_name("N");
  table
      .value("max-connections-per-address", to.max_connections_per_address,
             "Mail connections at once from one address, then 421; 0: any number")
      ->type_name("N");
  table.value("max-connections", to.max_connections, "Mail connections at once, then 421")
      ->type_name("N");
  table.time("idle-timeout", to.idle_timeout, "Silence of a client, then 421", "5m");
  table.time("session-timeout", to.session_timeout, "Longest session", "1h");
  table.list("disable-extension", to.disabled_extensions,
             "A keyword that EHLO shall not offer: DSN, CHUNKING, …; repeatable", "KEYWORD");
  table.flag("strict", to.strict,
             "Refuse what the RFCs refuse; without it such mail is taken and bears lints");
  table.list("xclient-from", to.xclient_from,
             "Peers that may use XCLIENT: addresses, networks, or unix", "ADDRESS");
  table.list("proxy-from", to.proxy_from,
             "Proxies whose connections begin with a PROXY header: addresses, networks, or unix",
             "ADDRESS");

  declare_tls(table, to);
  declare_logins(table, to);

  declare_pop3(table, to);

  table.group("Faults");
  table.list("faults", to.faults,
             "Rules of the rig default at start: a file (a rule set or a scenario), a folder of "
             "such, or a scenario's name; repeatable",
             "FILE|DIR|NAME");
  table
      .value("magic-domain", to.magic_domain,
             "Recipients of this domain bring a fault by their name, such as 550-5.1.1@, "
             "stall-10s@, bounce@; off: none do")
      ->type_name("DOMAIN|off");
  table.value("seed", to.seed, "Of what rules leave to chance; 0: drawn at start and printed")
      ->type_name("N");

  table.group("Memory");
  table.value("max-messages", to.max_messages, "Messages kept; the oldest goes first")
      ->type_name("N");
  table.size("max-memory", to.max_memory, "Octets of mail kept; the oldest goes first",
             "1GiB, or half of the cgroup's limit");
  table.time("max-age", to.max_age, "Age of a message after which it goes", "never");
  table.size("transcript-memory", to.transcript_memory, "Octets kept of what was said in sessions",
             "32MiB");

  table.group("Running");
  table
      .value("ready-file", to.ready_file,
             "Written with all addresses as JSON once everything listens")
      ->type_name("PATH");
  table.flag("exit-with-stdin", to.exit_with_stdin,
             "End when standard input ends, with the test run that started it");
  table.value("log-level", to.log_level, "What is logged to standard error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
}

// CLI11 lets the config file win over the environment; here the nearer one wins: flag, environment,
// file.
class config_below_environment : public CLI::ConfigTOML {
 public:
  [[nodiscard]] std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> found = CLI::ConfigTOML::from_config(input);
    std::erase_if(found, [](const CLI::ConfigItem& item) {
      return std::getenv(environment_name(item.name).c_str()) != nullptr;
    });
    return found;
  }
};

constexpr const char* description =
    "mailrig is a fake mail server for testing: it captures every mail and sends none on.\n"
    "Without a command it serves. Every option can also stand in the environment (in brackets) or "
    "in the config file.";

constexpr const char* footer =
    "Examples:\n"
    "  mailrig                                 serve SMTP on localhost:2525, page and API on "
    "localhost:8025\n"
    "  mailrig --smtp 0 --http 0 --ready-file ready.json --exit-with-stdin    for a test run\n"
    "  mailrig --smtp 0.0.0.0:2525             take mail from other machines\n"
    "  mailrig readyz --wait                   exit 0 when a server answers, 3 when none does\n"
    "  mailrig wait --query 'rcpt:bob@shop.test' --timeout 10s    prints the mail as JSON\n"
    "Exit codes of the commands that ask a server: 0 yes, 1 no, 2 wrong usage, 3 no server "
    "answers.\n";

void declare(CLI::App& app, command_line& to, option_table& table) {
  app.description(description);
  app.footer(footer);
  app.set_version_flag("--version", std::string("mailrig ") + version);
  app.set_help_all_flag("--help-all", "Print the help of all commands");
  app.set_config("--config", "", "Config file (TOML): key = value, keys are the long option names")
      ->envname("MAILRIG_CONFIG")
      ->type_name("PATH");
  app.config_formatter(std::make_shared<config_below_environment>());
  app.allow_config_extras(CLI::config_extras_mode::error);
  declare_serve(table, to.serve);
  CLI::App* serve = app.add_subcommand("serve", "Serve (the default)");
  serve->fallthrough();
  // All options of the program are those of `serve`, which has none of its own to show.
  serve->formatter_fn([&app](const CLI::App*, std::string, CLI::AppFormatMode mode) {
    if (mode != CLI::AppFormatMode::Normal) return std::string("serve\n  Serve (the default)\n");
    return app.get_formatter()->make_help(&app, "mailrig", mode);
  });
  declare_client_commands(app, to.client, to.run);
  app.require_subcommand(0, 1);
}

bool takes_free_port(const std::string& address) {
  return address == "0" || address.ends_with(":0");
}

}  // namespace

std::vector<std::string> mail_addresses(const serve_options& options,
                                        const std::vector<std::string>& named,
                                        const char* own_port) {
  if (!named.empty()) return named;
  const bool is_free = !options.smtp.empty() &&
                       std::all_of(options.smtp.begin(), options.smtp.end(), takes_free_port);
  return {std::string("localhost:") + (is_free ? "0" : own_port)};
}

command_line parse_command_line(int count, const char* const* arguments) {
  command_line result;
  CLI::App app("", "mailrig");
  option_table table(app);
  declare(app, result, table);
  try {
    app.parse(count, arguments);
    if (result.run != nullptr) result.chosen = command_line::verb::client;
  } catch (const CLI::Success& asked) {
    result.chosen = command_line::verb::nothing;
    result.exit_code = app.exit(asked, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    result.chosen = command_line::verb::nothing;
    std::cerr << "mailrig: " << error.what() << "\nTry: mailrig --help\n";
    result.exit_code = 2;
  }
  return result;
}

}  // namespace mailrig::app
