// `mailrig faults …` and `mailrig verify`.
#include "capture/app/client_commands.hpp"
#include "capture/app/fault_options.hpp"
#include "capture/app/server_talk.hpp"
#include "capture/model/units.hpp"
#include "faults/scenario.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

namespace mailrig::app {
namespace {

using json = nlohmann::ordered_json;
using net::client::percent_encode;

void print(const json& value) {
  std::cout << value.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

// Null and missing keys are no text.
std::string text_of(const json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string read_file(const std::string& path) {
  try {
    return read_fault_file(path);
  } catch (const fault_option_error& error) {
    throw command_failure{wrong_usage, error.what()};
  }
}

bool is_file(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(name, ignored);
}

json params_of(const std::vector<std::string>& given) {
  json result = json::object();
  for (const std::string& each : given) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0)
      throw command_failure{wrong_usage, each +
                                             " has no '=': write a parameter and its value, such "
                                             "as max_connections=0"};
    const std::string text = each.substr(equals + 1);
    // A number may stand for a text too: the server knows which the parameter is.
    result[each.substr(0, equals)] = text == "null" ? json() : json(text);
  }
  return result;
}

// A server's 400 lists every fault of a rule set.
json ask(const server_talk& server, const net::client::http_request& asked,
         std::chrono::milliseconds patience = server_talk::usual_patience) {
  const auto answer = server.ask(asked, patience);
  if (answer.status < 300) return json::parse(answer.body);
  const json problem = json::parse(answer.body, nullptr, false);
  if (problem.is_object() && problem.contains("errors")) {
    std::string text;
    for (const json& each : problem.at("errors")) {
      text += (text.empty() ? "" : "\n") + text_of(each, "pointer") + ": " + text_of(each, "wrong");
      if (!text_of(each, "right").empty())
        text += " (right would be " + text_of(each, "right") + ')';
    }
    throw command_failure{wrong_usage, text};
  }
  fail_with(answer);
}

void print_client_sees(const json& scenario) {
  const auto sees = scenario.find("client_sees");
  if (sees == scenario.end() || !sees->is_object()) return;
  std::cout << "Clients will see:\n";
  for (const auto& [client, text] : sees->items())
    std::cout << "  " << client << ": "
              << (text.is_string() ? text.get<std::string>() : text.dump()) << '\n';
}

void print_rule(const json& rule) {
  std::string stages;
  for (const json& each : rule.at("stages"))
    stages += (stages.empty() ? "" : ",") + each.get<std::string>();
  if (rule.at("stages").size() > 6) stages = "any";
  std::cout << text_of(rule, "id") << "  " << text_of(rule, "protocol") << ' ' << stages << "  "
            << text_of(rule, "status") << "  hits: " << rule.at("hits") << "  ("
            << text_of(rule, "source") << ")\n";
}

}  // namespace

int faults_check_command(const client_options& options) {
  return run_command([&options] {
    const std::string text = read_file(options.what);
    const auto wrong = check_faults(text);
    if (!wrong.empty()) throw command_failure{said_no, list_errors(options.what, wrong)};
    std::cout << options.what << " is right: a "
              << (is_scenario(text) ? "scenario\n" : "rule set\n");
    return 0;
  });
}

int faults_apply_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    json wish{{"params", params_of(options.params)}};
    if (!options.ttl.empty()) wish["ttl"] = options.ttl;
    if (options.max_hits != 0) wish["max_hits"] = options.max_hits;
    std::string path = server.base() + "/scenarios/" + percent_encode(options.what) + "/apply";
    if (is_file(options.what)) {
      wish["document"] = json::parse(read_file(options.what), nullptr, false);
      if (!wish["document"].is_object())
        throw command_failure{wrong_usage, options.what +
                                               " is no JSON object; mailrig faults "
                                               "check says what is wrong"};
      // A rule set without a name gets that of its file.
      if (!wish["document"].contains("name"))
        wish["document"]["name"] = std::filesystem::path(options.what).stem().string();
      path = server.base() + "/faults/apply";
    }
    const json applied = ask(server, {"POST", path, wish.dump()});
    const std::string name = text_of(applied, "name");
    std::cout << name << ": " << text_of(applied, "title") << '\n';
    for (const json& each : applied.at("rules")) print_rule(each);
    print_client_sees(applied);
    if (!applied.at("passed_sessions").empty())
      std::cout << applied.at("passed_sessions").size()
                << " open sessions are past its stage and will not meet it.\n";
    std::cout << "Take it off with: mailrig faults clear " << name << '\n';
    return 0;
  });
}

int faults_list_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    const json now = ask(server, {"GET", server.base() + "/faults", {}});
    if (options.as_json) {
      print(now);
      return 0;
    }
    std::size_t count = 0;
    for (const json& each : now.at("rules")) {
      if (!options.all && text_of(each, "source") == "generated") continue;
      print_rule(each);
      ++count;
    }
    if (count == 0) std::cout << "No rule is in force.\n";
    const json all = ask(server, {"GET", server.base() + "/scenarios", {}});
    std::cout << "Scenarios:\n";
    for (const json& each : all.at("scenarios"))
      std::cout << (each.at("applied").is_null() ? "  " : "* ") << text_of(each, "name") << ": "
                << text_of(each, "title") << '\n';
    return 0;
  });
}

int faults_show_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    const json found =
        ask(server, {"GET", server.base() + "/scenarios/" + percent_encode(options.name), {}});
    if (options.as_json) {
      print(found);
      return 0;
    }
    const json& scenario = found.at("scenario");
    std::cout << text_of(found, "name") << ": " << text_of(found, "title") << '\n';
    for (const json& each : found.at("params")) {
      std::cout << "  " << text_of(each, "name") << '=' << each.at("default").dump() << "  "
                << text_of(each, "title");
      std::string choices;
      for (const json& one : each.at("choices"))
        choices += (choices.empty() ? "" : ", ") + one.get<std::string>();
      std::cout << (choices.empty() ? "" : " (" + choices + ')') << '\n';
    }
    print_client_sees(scenario);
    std::cout << "A robust app: " << text_of(scenario, "robust_app") << '\n';
    return 0;
  });
}

int faults_clear_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    if (options.name.empty()) {
      const json gone = ask(server, {"DELETE", server.base() + "/faults", {}});
      std::cout << gone.at("deleted") << " rules taken off\n";
      return 0;
    }
    static_cast<void>(ask(
        server,
        {"DELETE", server.base() + "/scenarios/" + percent_encode(options.name) + "/apply", {}}));
    std::cout << options.name << " taken off\n";
    return 0;
  });
}

int faults_hits_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    parameters given{{"limit", std::to_string(options.limit)}};
    if (!options.name.empty()) given.emplace_back("rule", options.name);
    const json page = ask(server, {"GET", server.base() + "/faults/hits" + query_of(given), {}});
    if (options.as_json) {
      print(page.at("hits"));
      return 0;
    }
    for (const json& each : page.at("hits")) {
      std::cout << each.at("number") << "  " << text_of(each, "at") << "  " << text_of(each, "rule")
                << " at " << text_of(each, "protocol") << ' ' << text_of(each, "stage") << ':';
      for (const json& one : each.at("decision")) std::cout << ' ' << one.get<std::string>() << ';';
      std::cout << "  session " << text_of(each, "session") << '\n';
    }
    return 0;
  });
}

int faults_explain_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    parameters given{{"stage", options.stage}};
    const std::pair<const char*, const std::string*> others[] = {{"protocol", &options.protocol},
                                                                 {"session", &options.session},
                                                                 {"mail_from", &options.mail_from},
                                                                 {"rcpt", &options.rcpt}};
    for (const auto& [key, value] : others) {
      if (!value->empty()) given.emplace_back(key, *value);
    }
    const json said = ask(server, {"GET", server.base() + "/faults/explain" + query_of(given), {}});
    for (const json& each : said.at("rules")) {
      if (text_of(each, "rule").starts_with("magic/") && text_of(each, "outcome") == "fails")
        continue;
      std::cout << text_of(each, "rule") << ' ' << text_of(each, "outcome") << ": "
                << text_of(each, "reason");
      if (!text_of(each, "pointer").empty()) std::cout << " (" << text_of(each, "pointer") << ')';
      std::cout << '\n';
    }
    return 0;
  });
}

// Verify

namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char each : text) {
    switch (each) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += each;
    }
  }
  return result;
}

void write_junit(const std::string& path, const std::string& name, const json& claims) {
  std::size_t failures = 0;
  std::string cases;
  for (const json& each : claims) {
    const bool is_met = each.value("met", false);
    if (!is_met) ++failures;
    cases += "  <testcase classname=\"mailrig." + escaped(name) + "\" name=\"" +
             escaped(text_of(each, "claim")) + "\"";
    if (is_met)
      cases += "/>\n";
    else
      cases += ">\n    <failure message=\"" + escaped(text_of(each, "evidence")) +
               "\"/>\n  </testcase>\n";
  }
  std::ofstream file(path, std::ios::trunc);
  file << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" << escaped(name)
       << "\" tests=\"" << claims.size() << "\" failures=\"" << failures << "\">\n"
       << cases << "</testsuite>\n";
  if (!file.flush()) throw command_failure{said_no, "cannot write " + path};
}

json claims_of(const client_options& options, const server_talk& server) {
  if (is_file(options.what)) {
    json parsed = json::parse(read_file(options.what), nullptr, false);
    if (!parsed.is_object())
      throw command_failure{wrong_usage, options.what + " is no JSON object with claims"};
    return parsed.contains("expect") ? parsed.at("expect") : parsed;
  }
  const json found =
      ask(server, {"GET", server.base() + "/scenarios/" + percent_encode(options.what), {}});
  return found.at("scenario").at("expect");
}

}  // namespace

int verify_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    json claims = claims_of(options, server);
    if (!options.within.empty()) claims["within"] = options.within;
    std::chrono::milliseconds patience = server_talk::usual_patience;
    if (const auto within = model::parse_duration(text_of(claims, "within"))) patience += *within;
    const auto answer = server.ask({"POST", server.base() + "/verify", claims.dump()}, patience);
    if (answer.status != 200 && answer.status != 412) fail_with(answer);
    const json said = json::parse(answer.body);
    for (const json& each : said.at("claims"))
      std::cout << (each.value("met", false) ? "yes  " : "NO   ") << text_of(each, "claim") << ": "
                << text_of(each, "evidence") << '\n';
    if (!options.junit.empty()) write_junit(options.junit, options.what, said.at("claims"));
    return answer.status == 200 ? 0 : said_no;
  });
}

}  // namespace mailrig::app
