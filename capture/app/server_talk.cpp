#include "capture/app/server_talk.hpp"

#include <iostream>
#include <variant>

#include <nlohmann/json.hpp>

namespace mailrig::app {
namespace {

net::client::http_url url_of(const std::string& text) {
  if (auto url = net::client::parse_http_url(text)) return *url;
  throw command_failure{wrong_usage, "'" + text +
                                         "' is not an address of mailrig: write --url "
                                         "http://127.0.0.1:8025"};
}

}  // namespace

int run_command(const std::function<int()>& command) {
  try {
    return command();
  } catch (const command_failure& failure) {
    std::cout << std::flush;
    std::cerr << "mailrig: " << failure.text << '\n';
    return failure.code;
  }
}

server_talk::server_talk(const client_options& options)
    : url_(options.url), client_(url_of(options.url), options.auth) {
  if (!options.rig.empty()) base_ += "/rigs/" + net::client::percent_encode(options.rig);
}

net::client::http_response server_talk::ask(const net::client::http_request& asked,
                                            std::chrono::milliseconds patience,
                                            const net::client::body_sink& sink) const {
  auto result = client_.ask(asked, patience, sink);
  if (auto* answer = std::get_if<net::client::http_response>(&result)) return std::move(*answer);
  throw command_failure{no_answer, "no server answers at " + url_ + " (" +
                                       std::get<net::client::unreachable>(result).why +
                                       "); start one with 'mailrig serve', or name another with "
                                       "--url"};
}

nlohmann::ordered_json server_talk::ask_json(const net::client::http_request& asked,
                                             std::chrono::milliseconds patience) const {
  const net::client::http_response answer = ask(asked, patience);
  if (answer.status >= 300) fail_with(answer);
  auto parsed = nlohmann::ordered_json::parse(answer.body, nullptr, false);
  if (!parsed.is_discarded()) return parsed;
  throw command_failure{no_answer, "what answers at " + url_ + " is not mailrig: no JSON came"};
}

void fail_with(const net::client::http_response& answer) {
  const auto parsed = nlohmann::json::parse(answer.body, nullptr, false);
  std::string detail;
  if (parsed.is_object()) detail = parsed.value("detail", "");
  if (detail.empty()) detail = "the server answers " + std::to_string(answer.status);
  throw command_failure{answer.status == 400 ? wrong_usage : said_no, detail};
}

std::string query_of(const parameters& given) {
  std::string text;
  for (const auto& [name, value] : given) {
    text += text.empty() ? '?' : '&';
    text += std::string(name) + '=' + net::client::percent_encode(value);
  }
  return text;
}

}  // namespace mailrig::app
