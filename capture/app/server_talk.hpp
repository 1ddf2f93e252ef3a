// How the client commands speak to the server: one rig of one server, and failures that end the
// command.
#pragma once

#include "capture/app/client_options.hpp"
#include "capture/net/client/http_client.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace mailrig::app {

// Ends a command with this exit code and a line on standard error.
struct command_failure {
  int code;
  std::string text;
};

inline constexpr int said_no = 1;
inline constexpr int wrong_usage = 2;
inline constexpr int no_answer = 3;

// Runs a command and prints its failure.
[[nodiscard]] int run_command(const std::function<int()>& command);

class server_talk {
 public:
  // Throws command_failure when the URL is none.
  explicit server_talk(const client_options& options);

  // "/v1", or "/v1/rigs/{rig}".
  [[nodiscard]] const std::string& base() const { return base_; }
  // Any answer. Throws when there is none.
  [[nodiscard]] net::client::http_response ask(const net::client::http_request& asked,
                                               std::chrono::milliseconds patience = usual_patience,
                                               const net::client::body_sink& sink = {}) const;
  // The JSON of an answer below 300. Throws what the server said of any other.
  [[nodiscard]] nlohmann::ordered_json ask_json(
      const net::client::http_request& asked,
      std::chrono::milliseconds patience = usual_patience) const;

  static constexpr std::chrono::milliseconds usual_patience{60'000};

 private:
  std::string url_;
  std::string base_ = "/v1";
  net::client::http_client client_;
};

// Throws what a problem's detail says; 400 is wrong usage, everything else a no.
[[noreturn]] void fail_with(const net::client::http_response& answer);

using parameters = std::vector<std::pair<std::string_view, std::string>>;
// "?a=b&c=d", or nothing.
[[nodiscard]] std::string query_of(const parameters& given);

}  // namespace mailrig::app
