#include "tests/bench/load_options.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <span>

namespace mailrig::bench {
namespace {

constexpr std::size_t kibibyte = 1024;
constexpr std::size_t mebibyte = 1024 * kibibyte;

// Issue 2, "Tests and measures". `single` is for sizes given on the command line.
constexpr std::array workloads{
    workload{"W3B", 5 * mebibyte, 10, 4, 80, pipelining::off, holding::none, transfer::bdat},
    workload{"W1", 1 * kibibyte, 1, 50, 10'000, pipelining::off, holding::none},
    workload{"W2", 10 * kibibyte, 100, 20, 10'000, pipelining::off, holding::none},
    workload{"W2P", 10 * kibibyte, 100, 20, 10'000, pipelining::on, holding::none},
    workload{"W3", 5 * mebibyte, 10, 4, 80, pipelining::off, holding::none},
    workload{"W4", 1 * kibibyte, 1, 1'000, 1'000, pipelining::off, holding::until_released},
    workload{"single", 10 * mebibyte, 1, 1, 1, pipelining::off, holding::none},
};

constexpr std::size_t most_connections = 4'000;
constexpr std::size_t most_mails = 1'000'000;
constexpr std::size_t most_body_octets = 200 * mebibyte;
constexpr std::size_t most_seconds = 600;

std::size_t number(std::string_view name, std::string_view text, std::size_t least,
                   std::size_t most) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
    throw usage_error(std::string(name) + " wants a whole number from " + std::to_string(least) +
                      " to " + std::to_string(most) + ", not '" + std::string(text) + "'");
  }
  return value;
}

workload named_workload(std::string_view name) {
  const auto found =
      std::find_if(workloads.begin(), workloads.end(),
                   [&](const workload& candidate) { return candidate.name == name; });
  if (found == workloads.end()) {
    throw usage_error("no workload '" + std::string(name) + "'");
  }
  return *found;
}

bool take_ipv4(const std::string& host, std::uint16_t port, target& to) {
  sockaddr_in address{};
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return false;
  if ((ntohl(address.sin_addr.s_addr) >> 24) != 127) return false;
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  std::memcpy(&to.address, &address, sizeof address);
  to.length = sizeof address;
  return true;
}

bool take_ipv6(const std::string& host, std::uint16_t port, target& to) {
  sockaddr_in6 address{};
  if (inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) return false;
  if (!IN6_IS_ADDR_LOOPBACK(&address.sin6_addr)) return false;
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  std::memcpy(&to.address, &address, sizeof address);
  to.length = sizeof address;
  return true;
}

// Only literal addresses: a name could resolve to another machine.
target loopback_target(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    throw usage_error("--connect wants ADDRESS:PORT, not '" + std::string(text) + "'");
  }
  target to;
  to.text = text;
  const auto port = static_cast<std::uint16_t>(number("port", text.substr(colon + 1), 1, 65'535));
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const std::string literal(host);
  if (!take_ipv4(literal, port, to) && !take_ipv6(literal, port, to)) {
    throw usage_error("refused: '" + literal +
                      "' is not a loopback address (127.0.0.0/8 or ::1); load is only ever sent to "
                      "this machine");
  }
  return to;
}

// True when the option took the value that follows it.
bool take_number_option(load_options& options, std::string_view name, std::string_view value) {
  auto& work = options.work;
  if (name == "--mails") {
    work.mails = number(name, value, 1, most_mails);
  } else if (name == "--connections") {
    work.connections = number(name, value, 1, most_connections);
  } else if (name == "--mails-per-connection") {
    work.mails_per_connection = number(name, value, 1, most_mails);
  } else if (name == "--body-octets") {
    work.body_octets = number(name, value, 3, most_body_octets);
  } else if (name == "--time-limit") {
    options.time_limit = std::chrono::seconds(number(name, value, 1, most_seconds));
  } else if (name == "--seed") {
    options.seed = number(name, value, 0, 0xFFFF'FFFF);
  } else {
    return false;
  }
  return true;
}

// The workload fills the defaults, so it is read first, wherever it stands.
workload workload_in(std::span<const char* const> arguments) {
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    if (std::string_view(arguments[i]) == "--workload") return named_workload(arguments[i + 1]);
  }
  throw usage_error("--workload is missing");
}

}  // namespace

load_options parse_options(int argc, const char* const* argv) {
  const std::span<const char* const> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  load_options options;
  options.work = workload_in(arguments);
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == arguments.size()) throw usage_error(std::string(name) + " wants a value");
    const std::string_view value = arguments[i + 1];
    if (name == "--workload") continue;
    if (name == "--connect") {
      options.to = loopback_target(value);
    } else if (!take_number_option(options, name, value)) {
      throw usage_error("no option '" + std::string(name) + "'");
    }
  }
  if (options.to.length == 0) throw usage_error("--connect is missing");
  return options;
}

std::string usage_text() {
  std::string text =
      "usage: smtp_load --connect ADDRESS:PORT --workload NAME [--mails N] [--connections N]\n"
      "                 [--mails-per-connection N] [--body-octets N] [--time-limit SECONDS]\n"
      "                 [--seed N]\n"
      "Sends mail to an SMTP server on this machine, checks every reply and prints one JSON\n"
      "object. Exit code: 0 all replies as expected, 1 errors, 2 wrong usage.\n"
      "workloads:\n";
  for (const auto& work : workloads) {
    text += "  " + std::string(work.name) + ": " + std::to_string(work.body_octets) + " octets, " +
            std::to_string(work.mails_per_connection) + " mails a connection, " +
            std::to_string(work.connections) + " connections at a time, " +
            std::to_string(work.mails) + " mails" +
            (work.pipelined == pipelining::on ? ", pipelined" : "") +
            (work.by == transfer::bdat ? ", by BDAT" : "") +
            (work.held == holding::until_released ? ", held after EHLO until stdin is read" : "") +
            "\n";
  }
  return text;
}

}  // namespace mailrig::bench
