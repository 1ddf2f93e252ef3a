#include "capture/app/client_commands.hpp"

#include "capture/app/server_talk.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace mailrig::app {
namespace {

using json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr int indent = 2;

void print(const json& value) {
  std::cout << value.dump(indent, ' ', false, json::error_handler_t::replace) << '\n';
}

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + "ms";
}

std::string text_of(const json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string joined(const json& list) {
  std::string all;
  for (const json& each : list) {
    if (!all.empty()) all += ", ";
    all += each.is_string() ? each.get<std::string>() : text_of(each, "address");
  }
  return all;
}

// A mail's text must not steer the terminal it is printed on.
std::string visible(std::string_view text) {
  std::string result;
  for (const char each : text) {
    const auto octet = static_cast<unsigned char>(each);
    const bool is_control = (octet < 0x20 && each != '\n' && each != '\t') || octet == 0x7F;
    if (each == '\r') continue;
    result += is_control ? '?' : each;
  }
  return result;
}

void print_row(const json& row) {
  std::string to = joined(row.value("rcpt_to", json::array()));
  std::cout << text_of(row, "id") << "  " << text_of(row, "received_at") << "  "
            << visible(text_of(row, "mail_from")) << " -> " << visible(to) << "  "
            << visible(text_of(row, "subject")) << '\n';
}

void print_message(const json& message) {
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) std::cout << name << ": " << visible(value) << '\n';
  };
  line("Envelope-From", text_of(message, "mail_from"));
  line("Envelope-To", joined(message.value("rcpt_to", json::array())));
  for (const json& each : message.value("headers", json::array())) {
    const std::string name = text_of(each, "name");
    for (const char* wanted : {"From", "To", "Cc", "Subject", "Date", "Message-ID"})
      if (name.size() == std::string_view(wanted).size() &&
          std::equal(name.begin(), name.end(), wanted, [](char left, char right) {
            return std::tolower(left) == std::tolower(right);
          }))
        line(wanted, text_of(each, "value"));
  }
  for (const json& each : message.value("attachments", json::array()))
    line("Attachment", text_of(each, "filename") + " (" + text_of(each, "type") + ", " +
                           std::to_string(each.value("size", 0)) + " octets)");
  std::string text = text_of(message, "text");
  if (text.empty() && !text_of(message, "html").empty())
    text = "(HTML only: mailrig show --json, or open it in the browser)\n";
  std::cout << '\n' << visible(text);
  if (!text.ends_with('\n')) std::cout << '\n';
}

json route_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos)
    throw command_failure{wrong_usage, "--route " + text +
                                           " has no '=': write a fact and its value, such as "
                                           "recipient_domain=gw3.test"};
  return json{{text.substr(0, equals), text.substr(equals + 1)}};
}

// Writes a download under another name first: a file of that name is whole.
class download {
 public:
  explicit download(std::string path) : path_(std::move(path)), is_stdout_(path_ == "-") {
    if (is_stdout_) return;
    file_.open(path_ + ".part", std::ios::binary | std::ios::trunc);
    if (!file_) throw command_failure{said_no, "cannot write " + path_ + ".part"};
  }
  bool write(std::string_view piece) {
    std::ostream& out = is_stdout_ ? std::cout : file_;
    out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    size_ += piece.size();
    show_progress();
    return out.good();
  }
  void finish() {
    if (is_shown_) std::cerr << '\n';
    if (is_stdout_) {
      std::cout << std::flush;
      return;
    }
    file_.close();
    if (!file_ || std::rename((path_ + ".part").c_str(), path_.c_str()) != 0)
      throw command_failure{said_no, "cannot write " + path_};
  }
  void discard() {
    if (is_shown_) std::cerr << '\n';
    std::error_code ignored;
    if (!is_stdout_) std::filesystem::remove(path_ + ".part", ignored);
  }

 private:
  // For a person only, and not for the quick ones.
  void show_progress() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_ || ::isatty(STDERR_FILENO) == 0) return;
    next_ = now + 200ms;
    is_shown_ = true;
    std::cerr << '\r' << size_ / 1024 << " KiB" << std::flush;
  }

  std::string path_;
  bool is_stdout_;
  std::ofstream file_;
  std::size_t size_ = 0;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + 500ms;
};

}  // namespace

int wait_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    parameters given{{"timeout", milliseconds(options.timeout)}};
    if (!options.query.empty()) given.emplace_back("query", options.query);
    if (options.exactly)
      given.emplace_back("exactly", std::to_string(*options.exactly));
    else
      given.emplace_back("count", std::to_string(options.count));
    if (!options.after.empty()) given.emplace_back("after", options.after);
    if (options.settle) given.emplace_back("settle", milliseconds(*options.settle));
    const char* const what = options.of_attempts ? "attempts" : "messages";
    const auto patience = options.timeout + options.settle.value_or(2s) + 30s;
    const json found = server.ask_json(
        {"GET", server.base() + '/' + what + "/wait" + query_of(given), {}}, patience);
    print(found.at(what));
    return 0;
  });
}

int list_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    parameters given{{"limit", std::to_string(options.limit)}};
    if (!options.query.empty()) given.emplace_back("query", options.query);
    const json page = server.ask_json({"GET", server.base() + "/messages" + query_of(given), {}});
    if (options.as_json) {
      print(page.at("messages"));
      return 0;
    }
    for (const json& each : page.at("messages")) print_row(each);
    if (!page.at("next_cursor").is_null())
      std::cerr << "(" << page.at("messages").size() << " of " << page.at("matched")
                << "; --limit shows more)\n";
    return 0;
  });
}

int show_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    const std::string path =
        server.base() + "/messages/" + net::client::percent_encode(options.ids.front());
    if (options.raw) {
      const auto write = [](std::string_view piece) {
        std::cout.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        return std::cout.good();
      };
      const auto answer =
          server.ask({"GET", path + "/raw", {}}, server_talk::usual_patience, write);
      if (answer.status != 200) fail_with(answer);
      return 0;
    }
    const json message = server.ask_json({"GET", path, {}});
    if (options.as_json)
      print(message);
    else
      print_message(message);
    return 0;
  });
}

int rm_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    const int ways =
        (options.ids.empty() ? 0 : 1) + (options.query.empty() ? 0 : 1) + (options.all ? 1 : 0);
    if (ways != 1)
      throw command_failure{wrong_usage,
                            "say what to delete in one way: ids, --query QUERY or --all"};
    std::size_t count = 0;
    const auto remove = [&](const std::string& target) {
      count += server.ask_json({"DELETE", server.base() + "/messages" + target, {}})
                   .at("deleted")
                   .get<std::size_t>();
    };
    if (options.all) remove("?all=true");
    if (!options.query.empty()) remove(query_of({{"query", options.query}}));
    for (const std::string& each : options.ids) remove('/' + net::client::percent_encode(each));
    std::cout << count << " deleted\n";
    return 0;
  });
}

int export_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    download to(options.file);
    try {
      const auto write = [&to](std::string_view piece) { return to.write(piece); };
      const auto answer =
          server.ask({"GET", server.base() + "/export", {}}, server_talk::usual_patience, write);
      if (answer.status != 200) fail_with(answer);
      to.finish();
    } catch (const command_failure&) {
      to.discard();
      throw;
    }
    return 0;
  });
}

int rig_create_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    json wish{{"ports", options.ports}, {"route", json::array()}};
    for (const std::string& each : options.routes) wish["route"].push_back(route_of(each));
    if (!options.ttl.empty()) wish["ttl"] = options.ttl;
    if (!options.anew) wish["name"] = options.name;
    const std::string path =
        options.anew ? "/v1/rigs/" + net::client::percent_encode(options.name) : "/v1/rigs";
    print(server.ask_json({options.anew ? "PUT" : "POST", path, wish.dump()}));
    return 0;
  });
}

int rig_delete_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    const std::string path = "/v1/rigs/" + net::client::percent_encode(options.name);
    static_cast<void>(server.ask_json({"DELETE", path, {}}));
    std::cout << options.name << " deleted\n";
    return 0;
  });
}

int readyz_command(const client_options& options) {
  return run_command([&options] {
    const server_talk server(options);
    const auto until = std::chrono::steady_clock::now() + options.patience;
    for (;;) {
      const bool is_last = std::chrono::steady_clock::now() >= until;
      try {
        const auto answer = server.ask({"GET", "/readyz", {}}, 3s);
        if (answer.status == 200) {
          std::cout << "ready\n";
          return 0;
        }
        if (is_last)
          throw command_failure{
              said_no, options.url + " answers " + std::to_string(answer.status) + ": not ready"};
      } catch (const command_failure&) {
        if (is_last) throw;
      }
      std::this_thread::sleep_for(100ms);
    }
  });
}

}  // namespace mailrig::app
