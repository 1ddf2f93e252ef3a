// What the commands that talk to a running server are told: `mailrig wait`, `rig`, `list`, `send` …
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mailrig::app {

struct client_options {
  std::string url = "http://127.0.0.1:8025";
  std::string rig;   // empty: default
  std::string auth;  // "user:password"

  std::string query;
  std::size_t count = 1;
  std::optional<std::size_t> exactly;
  std::string after;
  std::chrono::milliseconds timeout{10'000};
  std::optional<std::chrono::milliseconds> settle;
  bool of_attempts = false;
  std::size_t limit = 20;

  std::vector<std::string> ids;
  bool all = false;
  bool raw = false;
  bool as_json = false;
  std::string file;

  std::string name;  // of a rig
  std::vector<std::string> ports;
  std::vector<std::string> routes;  // "recipient_domain=gw3.test"
  std::string ttl;
  bool anew = false;

  // of faults and verify
  std::string what;                 // a file, or a scenario's name
  std::vector<std::string> params;  // "max_connections=0"
  std::size_t max_hits = 0;
  std::string within;
  std::string junit;
  std::string stage;
  std::string protocol;
  std::string session;
  std::string rcpt;

  std::chrono::milliseconds patience{0};  // readyz: how long to wait for yes

  std::string server = "127.0.0.1:2525";  // of mail
  std::string mail_from;
  std::vector<std::string> rcpt_to;
  std::string subject;
  std::string text;
};

// Does what was asked and says how it went: 0 yes, 1 no, 2 wrong usage, 3 the server does not
// answer.
using client_command = int (*)(const client_options&);

// Adds the commands; `chosen` and `to` say afterwards which one it is and what it was told.
void declare_client_commands(CLI::App& app, client_options& to, client_command& chosen);

}  // namespace mailrig::app
