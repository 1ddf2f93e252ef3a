#include "capture/app/serve.hpp"

#include "capture/app/fault_options.hpp"
#include "capture/app/limits.hpp"
#include "capture/app/listen_address.hpp"
#include "capture/app/log.hpp"
#include "capture/app/login_options.hpp"
#include "capture/app/ready_file.hpp"
#include "capture/app/serve_settings.hpp"
#include "capture/app/tls_setup.hpp"
#include "capture/app/version.hpp"
#include "capture/net/event_loop.hpp"
#include "capture/net/mail_server.hpp"
#include "capture/net/time_keeper.hpp"
#include "capture/pop3/session.hpp"
#include "capture/pop3/settings.hpp"
#include "capture/rig/mail_examiner.hpp"
#include "capture/rig/mail_reader.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/worker_pool.hpp"
#include "capture/smtp/session.hpp"
#include "capture/store/memory_store.hpp"
#include "webui/inspector/server.hpp"
#include "webui/page/assets.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <variant>

namespace mailrig::app {
namespace {

using namespace std::chrono_literals;

// A stop is drained for so long, then what is left is closed: a stop takes less than two seconds.
constexpr std::chrono::milliseconds drain_limit = 1200ms;
// Between two looks at what has run out.
constexpr std::chrono::milliseconds shortest_rest = 50ms;
constexpr std::chrono::milliseconds longest_rest = 1000ms;

struct start_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using listen_result = std::variant<std::uint16_t, std::error_code>;
using listen_function =
    std::function<listen_result(const std::string& address, std::uint16_t port)>;

std::string cannot_listen(const char* flag, const std::string& address, std::uint16_t port,
                          std::error_code error) {
  if (address.starts_with("unix:"))
    return "cannot listen on " + address + ": " + error.message() +
           "; choose another path with --" + flag + " unix:PATH";
  const bool is_v6 = address.find(':') != std::string::npos;
  const std::string where = (is_v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
  return std::string("cannot listen on ") + where + ": " + error.message() +
         "; choose another port with --" + flag + " HOST:PORT (0 takes a free one) or --" + flag +
         " off";
}

// All addresses of one flag on one port number. A second family that the machine lacks is left out;
// when port 0 was asked for and the first family's port is taken in the second, another one is
// tried.
std::vector<std::pair<std::string, std::uint16_t>> listen_on(
    const char* flag, const listen_address& wanted, const listen_function& listen,
    const std::function<void()>& unlisten_last) {
  constexpr int tries = 50;
  const std::string& first = wanted.addresses.front();
  for (int i = 0;; ++i) {
    const listen_result bound = listen(first, wanted.port);
    if (const auto* error = std::get_if<std::error_code>(&bound)) {
      throw start_error(cannot_listen(flag, first, wanted.port, *error));
    }
    const std::uint16_t port = std::get<std::uint16_t>(bound);
    if (wanted.addresses.size() == 1) return {{first, port}};
    const std::string& second = wanted.addresses.back();
    const listen_result also = listen(second, port);
    const auto* error = std::get_if<std::error_code>(&also);
    if (error == nullptr) return {{first, port}, {second, port}};
    if (net::is_missing_family(*error)) return {{first, port}};
    if (wanted.port != 0 || i == tries)
      throw start_error(cannot_listen(flag, second, port, *error));
    unlisten_last();
  }
}

std::optional<inspector::page_file> find_page(std::string_view path) {
  const page::asset* found = page::find_asset(path);
  if (found == nullptr) return std::nullopt;
  return inspector::page_file{found->content_type, found->etag, found->cache_control,
                              found->identity, found->gzip};
}

// Where mail clients are awaited: the flag, and what holds for all sessions there.
struct smtp_listener {
  smtp_listener(const char* name, std::vector<std::string> where, smtp::settings settings)
      : flag(name),
        addresses(std::move(where)),
        rules(std::move(settings)),
        texts(smtp::announce(rules)) {}

  const char* flag;
  std::vector<std::string> addresses;
  smtp::settings rules;
  smtp::announcements texts;
};

std::vector<smtp_listener> smtp_listeners(const serve_options& options) {
  using enum smtp::tls_mode;
  const bool offers_tls = options.starttls || options.require_tls;
  const auto listener = [&options](const char* flag, std::vector<std::string> where,
                                   smtp::tls_mode tls) {
    return smtp_listener(flag, std::move(where), smtp_settings(options, tls));
  };
  return {listener("smtp", options.smtp, offers_tls ? offered : none),
          listener("submission", mail_addresses(options, options.submission, "2587"), offered),
          listener("smtps", mail_addresses(options, options.smtps, "2465"), implicit),
          smtp_listener("lmtp", options.lmtp, lmtp_settings(options))};
}

std::string_view label_of(std::string_view protocol) {
  static constexpr std::pair<std::string_view, std::string_view> labels[] = {
      {"http", "  page and API   "},  {"submission", "  SMTP, STARTTLS "},
      {"smtps", "  SMTP over TLS  "}, {"lmtp", "  LMTP           "},
      {"pop3", "  POP3, STLS     "},  {"pop3s", "  POP3 over TLS  "}};
  for (const auto& [name, label] : labels) {
    if (name == protocol) return label;
  }
  return "  SMTP           ";
}

// What the sessions of a rig with settings of its own refer to.
struct session_rules {
  smtp::settings settings;
  smtp::announcements texts;
};

// What a rig may set for sessions of both protocols.
template <class Settings>
Settings with_common_rules(const Settings& base, const rig::rig_settings& own) {
  Settings merged = base;
  merged.host_name = own.host_name.value_or(base.host_name);
  merged.max_command_line = own.max_command_line.value_or(base.max_command_line);
  merged.max_errors = own.max_errors.value_or(base.max_errors);
  merged.idle_timeout = own.idle_timeout.value_or(base.idle_timeout);
  return merged;
}

std::shared_ptr<const session_rules> merge_rules(const smtp::settings& base,
                                                 const rig::rig_settings& own) {
  smtp::settings merged = with_common_rules(base, own);
  merged.max_message_size = own.max_message_size.value_or(base.max_message_size);
  merged.max_recipients = own.max_recipients.value_or(base.max_recipients);
  auto texts = smtp::announce(merged);
  return std::make_shared<session_rules>(session_rules{std::move(merged), std::move(texts)});
}

class program {
 public:
  explicit program(const serve_options& options)
      : options_(options),
        smtp_listeners_(smtp_listeners(options)),
        tls_(set_up_tls(options)),
        pop3_settings_(pop3_settings(options, pop3::tls_mode::offered)),
        pop3s_settings_(pop3_settings(options, pop3::tls_mode::implicit)),
        ids_(std::random_device{}()),
        rigs_(table_limits(options), clock_, ids_,
              [] { return std::make_unique<store::memory_store>(); }),
        log_(options.log_level,
             [this](std::function<void()> work) { loop_.after(100ms, std::move(work)); }),
        log_observer_(log_),
        pool_([this](std::function<void()> work) { loop_.post(std::move(work)); }),
        reader_(pool_, [this](std::function<void()> work) { loop_.post(std::move(work)); }),
        mail_(loop_, rigs_,
              {.max_connections = std::min(options.max_connections, mail_descriptors()),
               .max_per_address = options.max_connections_per_address,
               .proxy_from = trusted("proxy-from", options.proxy_from),
               .session_timeout = options.session_timeout}),
        http_(loop_.context(), http_settings(options), http_services()) {
    rigs_.observe(log_observer_);
    mail_.set_public_host(options.public_host);
    mail_.set_tls(tls_.contexts.get());
    rigs_.set_examiner(&examiner_);
    set_magic_domain(rigs_, options.magic_domain);
    load_faults(rigs_.default_rig(), options.faults);
    keep_house();
  }

  int run() {
    remove_ready_file(options_.ready_file);
    open_listeners();
    greet();
    write_ready_file(options_.ready_file, version, mail_.list());
    const auto stop = [this] { begin_stop(); };
    loop_.on_termination(stop);
    if (options_.exit_with_stdin) loop_.on_stdin_end(stop);
    loop_.run();
    log_.flush();
    remove_ready_file(options_.ready_file);
    return 0;
  }

 private:
  static inspector::server_settings http_settings(const serve_options& options) {
    inspector::server_settings result;
    result.version = version;
    result.hosts.allowed_hosts = options.allowed_hosts;
    result.hosts.allowed_origins = options.allowed_origins;
    result.credentials = options.auth;
    result.hosts.machine_name = inspector::machine_name();
    result.max_connections = http_connections();
    result.max_message_octets = options.max_message_size;
    return result;
  }

  inspector::services http_services() {
    return {.rigs = rigs_,
            .pool = pool_,
            .reader = reader_,
            .listeners = mail_,
            .find_page = find_page,
            .is_ready = [this] { return !is_stopping_; },
            .rigs_changed = [this] { keep_house(); },
            .ca_pem = tls_.ca_pem,
            .post = [this](std::function<void()> work) { loop_.post(std::move(work)); },
            .after = [this](std::chrono::milliseconds time,
                            std::function<void()> work) { loop_.after(time, std::move(work)); }};
  }

  // Removes rigs whose ttl has run out and messages that are too old, as long as there can be any.
  void keep_house() {
    if (!rigs_.has_deadlines() || std::exchange(is_keeping_house_, true)) return;
    const auto now = clock_.now();
    const auto due = rigs_.next_due().value_or(now + longest_rest) - now;
    loop_.after(std::clamp(due, shortest_rest, longest_rest), [this] {
      is_keeping_house_ = false;
      for (rig::rig* each : rigs_.expired()) {
        ++rigs_.count().rigs_expired;
        rig::remove_rig(rigs_, mail_, *each);
      }
      rigs_.evict_aged();
      keep_house();
    });
  }

  [[nodiscard]] std::unique_ptr<wire::protocol_session> make_smtp_session(
      const smtp_listener& on, rig::session_recorder& recorder, const net::connection_ends& ends) {
    const smtp::settings* rules = &on.rules;
    const smtp::announcements* texts = &on.texts;
    if (const auto& own = recorder.home().config().settings; !own.is_empty()) {
      const auto merged = merge_rules(on.rules, own);
      rules = &merged->settings;
      texts = &merged->texts;
      recorder.keep_alive(merged);
    }
    return std::make_unique<smtp::session>(
        smtp::surroundings{*rules, *texts, recorder.judge(), recorder, ids_, clock_, rigs_,
                           nonces_},
        recorder.session(),
        smtp::peer{.address = ends.peer, .port = ends.peer_port, .server_port = ends.own_port});
  }

  // Rigs listen where the default rig does.
  void set_rig_ports() {
    net::rig_ports ports;
    if (const auto usual = addresses_of("smtp", options_.smtp);
        !usual.empty() && !is_unix(usual.front()))
      ports.addresses = usual.front().addresses;
    if (!options_.rig_ports.empty()) {
      const port_range range = parse_port_range(options_.rig_ports);
      ports.first = range.first;
      ports.last = range.last;
    }
    mail_.set_rig_ports(std::move(ports));
  }

  // For the default rig, and as something that other rigs can have too.
  void listen(const smtp_listener& on) {
    const auto make_session = [this, &on](rig::session_recorder& recorder,
                                          const net::connection_ends& ends) {
      return make_smtp_session(on, recorder, ends);
    };
    mail_.offer(on.flag, make_session);
    const listen_function listen_smtp = [&](const std::string& address, std::uint16_t port) {
      return mail_.listen(on.flag, address, port, make_session);
    };
    for (const listen_address& each : addresses_of(on.flag, on.addresses)) {
      listen_on(on.flag, each, listen_smtp, [this] { mail_.unlisten_last(); });
    }
  }

  void listen_for_readers(const char* flag, const std::vector<std::string>& where,
                          const pop3::settings& rules) {
    const auto make_session = [this, &rules](rig::session_recorder& recorder,
                                             const net::connection_ends& ends) {
      const pop3::settings* in_force = &rules;
      if (const auto& own = recorder.home().config().settings; !own.is_empty()) {
        const auto merged = std::make_shared<const pop3::settings>(with_common_rules(rules, own));
        in_force = merged.get();
        recorder.keep_alive(merged);
      }
      return std::make_unique<pop3::session>(
          pop3::surroundings{*in_force, recorder.judge(), recorder, nonces_}, recorder.session(),
          pop3::peer{ends.peer, ends.peer_port, ends.own_port});
    };
    mail_.offer(flag, make_session);
    const listen_function listen = [&](const std::string& address, std::uint16_t port) {
      return mail_.listen(flag, address, port, make_session);
    };
    for (const listen_address& each : addresses_of(flag, where)) {
      listen_on(flag, each, listen, [this] { mail_.unlisten_last(); });
    }
  }

  void open_listeners() {
    const auto pages = http_addresses_of(options_.http);
    set_rig_ports();
    for (const smtp_listener& each : smtp_listeners_) listen(each);
    listen_for_readers("pop3", mail_addresses(options_, options_.pop3, "1100"), pop3_settings_);
    listen_for_readers("pop3s", mail_addresses(options_, options_.pop3s, "1995"), pop3s_settings_);
    const listen_function listen_http = [this](const std::string& address, std::uint16_t port) {
      return http_.listen(address, port);
    };
    for (const listen_address& each : pages) {
      for (const auto& [address, port] :
           listen_on("http", each, listen_http, [this] { http_.unlisten_last(); })) {
        const std::string url = "http://" + options_.public_host + ':' + std::to_string(port);
        mail_.add_foreign({"http", address, port, url, ""});
      }
    }
  }

  void greet() const {
    const auto listeners = mail_.list();
    const auto first = [&listeners](std::string_view protocol) {
      return std::find_if(listeners.begin(), listeners.end(),
                          [protocol](const auto& each) { return each.protocol == protocol; });
    };
    std::cout << "mailrig " << version << " is ready\n";
    std::string last_url;
    for (const rig::listener_info& each : listeners) {
      if (each.url == last_url) continue;  // the same port in the other family
      last_url = each.url;
      std::cout << label_of(each.protocol) << each.url << (each.protocol == "http" ? "/\n" : "\n");
    }
    greet_with_faults();
    if (const auto smtp = first("smtp"); smtp != listeners.end()) {
      std::cout << "Send a first mail:\n"
                << "  printf 'Subject: Hello\\n\\nIt works.\\n' | curl -sS --crlf -T - --mail-from "
                   "me@example.test "
                   "--mail-rcpt you@example.test "
                << smtp->url << '\n';
    }
    std::cout << std::flush;
  }

  void greet_with_faults() const {
    const rig::rig& where = *rigs_.all().front();
    if (where.rules().size() == 0) return;
    std::cout << "Faults are active: " << where.rules().size() << " rules, seed "
              << where.judge().seed() << " (mailrig faults list)\n";
  }

  void begin_stop() {
    if (std::exchange(is_stopping_, true)) return;
    http_.stop();
    const auto finish = [this] { loop_.stop(); };
    loop_.after(drain_limit, [this, finish] {
      mail_.abort();
      finish();
    });
    mail_.shut_down(finish);
  }

  const serve_options& options_;
  std::vector<smtp_listener> smtp_listeners_;
  tls_setup tls_;
  pop3::settings pop3_settings_;
  pop3::settings pop3s_settings_;
  model::system_clock clock_;
  model::uuid7_source ids_;
  wire::random_nonces nonces_;
  rig::rig_table rigs_;
  // Destroyed before the rigs: with it go the connections that were left, and their sessions.
  net::event_loop loop_;
  log log_;
  log_observer log_observer_;
  rig::worker_pool pool_;
  rig::mail_reader reader_;
  rig::mail_examiner examiner_{pool_};
  net::time_keeper time_keeper_{loop_, rigs_};
  net::mail_server mail_;
  inspector::server http_;
  bool is_stopping_ = false;
  bool is_keeping_house_ = false;
};

}  // namespace

int serve(const serve_options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  tune_allocator();
  try {
    return std::make_unique<program>(options)->run();
  } catch (const usage_error& error) {
    std::cerr << "mailrig: " << error.what() << '\n';
    return 2;
  } catch (const fault_option_error& error) {
    std::cerr << "mailrig: " << error.what() << '\n';
    return 2;
  } catch (const login_option_error& error) {
    std::cerr << "mailrig: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "mailrig: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace mailrig::app
