// `mailrig send` and `mailrig sendmail`.
#include "capture/app/client_commands.hpp"
#include "capture/app/server_talk.hpp"
#include "capture/mime/message_view.hpp"
#include "capture/model/clock.hpp"
#include "capture/net/client/smtp_client.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <unistd.h>
#include <variant>

namespace mailrig::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds patience = 60s;

std::string read_all(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string read_mail(const std::string& path) {
  if (path == "-") return read_all(std::cin);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw command_failure{wrong_usage, "cannot read " + path};
  return read_all(file);
}

std::string default_sender() {
  char host[256] = "localhost";
  static_cast<void>(::gethostname(host, sizeof host - 1));
  const char* user = std::getenv("LOGNAME");
  if (user == nullptr) user = std::getenv("USER");
  return std::string(user == nullptr ? "mailrig" : user) + '@' + host;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char each) { return static_cast<unsigned char>(each) < 0x80; });
}

std::string base64(std::string_view octets) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::string_view three = octets.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8U | (i < three.size() ? static_cast<unsigned char>(three[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out += i <= three.size() ? digits[(bits >> (18 - 6 * i)) & 63U] : '=';
  }
  return out;
}

// RFC 2047 2: encoded words of at most 75 characters, cut between characters.
std::string header_text(std::string_view text) {
  std::string one_line(text);
  std::replace_if(
      one_line.begin(), one_line.end(), [](char each) { return each == '\r' || each == '\n'; },
      ' ');
  if (is_ascii(one_line)) return one_line;
  constexpr std::size_t most = 45;
  std::string result;
  for (std::string_view rest = one_line; !rest.empty();) {
    std::size_t end = std::min(most, rest.size());
    while (end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xC0U) == 0x80U) --end;
    result += (result.empty() ? "" : "\r\n ") + ("=?utf-8?B?" + base64(rest.substr(0, end)) + "?=");
    rest.remove_prefix(end);
  }
  return result;
}

std::string date_of(std::time_t now) {
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[64];
  // The C locale's names are those of RFC 5322 3.3.
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return {text, size};
}

std::string compose(const client_options& options, const std::string& sender) {
  std::string to;
  for (const std::string& each : options.rcpt_to) to += (to.empty() ? "" : ", ") + each;
  std::random_device random;
  const std::string id = std::to_string(std::time(nullptr)) + '.' + std::to_string(random());
  return "From: " + sender + "\r\nTo: " + to + "\r\nSubject: " + header_text(options.subject) +
         "\r\nDate: " + date_of(std::time(nullptr)) + "\r\nMessage-ID: <" + id +
         "@mailrig.invalid>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: 8bit\r\n\r\n" +
         options.text + (options.text.ends_with('\n') ? "" : "\r\n");
}

std::vector<std::string> recipients_of(const mime::message_view& view) {
  std::vector<std::string> result;
  for (const auto* list : {&view.to, &view.cc, &view.bcc})
    for (const mime::address& each : *list)
      if (std::find(result.begin(), result.end(), each.mailbox) == result.end())
        result.push_back(each.mailbox);
  return result;
}

// The header field goes, its folded lines with it; the body stays as it is.
std::string without_bcc(std::string_view octets) {
  std::string result;
  bool is_dropped = false;
  while (!octets.empty()) {
    const std::size_t end = std::min(octets.find('\n'), octets.size() - 1) + 1;
    const std::string_view line = octets.substr(0, end);
    const bool is_folded = line.front() == ' ' || line.front() == '\t';
    if (line == "\n" || line == "\r\n") break;
    if (!is_folded)
      is_dropped = wire::equals_ignoring_case(wire::trim(line.substr(0, line.find(':'))), "Bcc");
    if (!is_dropped) result += line;
    octets.remove_prefix(end);
  }
  return result.append(octets);
}

std::pair<std::string, std::string> server_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const bool is_complete = colon != std::string::npos && colon > 0 && colon + 1 < text.size() &&
                           text.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (!is_complete)
    throw command_failure{wrong_usage,
                          "'" + text + "' is not a server: write --server 127.0.0.1:2525"};
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, text.substr(colon + 1)};
}

// What would break a command line must not get into one.
void check_address(const std::string& address) {
  const bool is_odd = std::any_of(address.begin(), address.end(), [](char each) {
    return static_cast<unsigned char>(each) <= ' ' || each == '<' || each == '>';
  });
  if (is_odd) throw command_failure{wrong_usage, "'" + address + "' is not an address"};
}

int deliver(const std::string& server, const net::client::outgoing_mail& mail) {
  if (mail.forward_paths.empty())
    throw command_failure{wrong_usage, "nobody is to get the mail: name recipients"};
  check_address(mail.reverse_path);
  for (const std::string& each : mail.forward_paths) check_address(each);
  const auto [host, port] = server_of(server);
  const auto result = net::client::send_mail(host, port, mail, patience);
  if (const auto* refused = std::get_if<net::client::refused_mail>(&result))
    throw command_failure{said_no, refused->command + " was answered " + refused->reply};
  if (const auto* unsent = std::get_if<net::client::unsent_mail>(&result))
    throw command_failure{no_answer, "no mail server answers at " + server + " (" + unsent->why +
                                         "); name another with --server or MAILRIG_SERVER"};
  std::cout << std::get<net::client::sent_mail>(result).reply << '\n';
  return 0;
}

// The arguments of other sendmails, as far as mailers use them.
struct sendmail_arguments {
  bool reads_recipients = false;  // -t
  bool ignores_dots = false;      // -i, -oi
  std::string sender;             // -f, -r
  std::vector<std::string> recipients;
};

sendmail_arguments read_sendmail_arguments(int count, const char* const* arguments) {
  sendmail_arguments result;
  bool is_option = true;
  for (int i = 0; i < count; ++i) {
    const std::string_view each = arguments[i];
    const auto value = [&]() -> std::string {
      if (each.size() > 2) return std::string(each.substr(2));
      if (i + 1 < count) return arguments[++i];
      throw command_failure{wrong_usage, std::string(each) + " wants a value behind it"};
    };
    if (!is_option || !each.starts_with('-') || each == "-") {
      result.recipients.emplace_back(each);
    } else if (each == "--") {
      is_option = false;
    } else if (each == "-ti" || each == "-it") {
      result.reads_recipients = result.ignores_dots = true;
    } else if (each == "-t") {
      result.reads_recipients = true;
    } else if (each == "-i" || each == "-oi") {
      result.ignores_dots = true;
    } else if (each.starts_with("-f") || each.starts_with("-r")) {
      result.sender = value();
    } else if (each.starts_with("-F") || each.starts_with("-B") || each.starts_with("-N") ||
               each.starts_with("-R") || each.starts_with("-V") || each.starts_with("-L")) {
      static_cast<void>(value());  // of no meaning here
    } else if (!each.starts_with("-o") && each != "-bm" && each != "-v" && each != "-U" &&
               each != "-n" && each != "-G") {
      throw command_failure{wrong_usage,
                            "sendmail " + std::string(each) +
                                " is not understood; there are -t -i -f ADDRESS and the options "
                                "-F -o -B -N -R -V that mean nothing here"};
    }
  }
  return result;
}

// Without -i a line of one dot ends the mail.
std::string up_to_dot(std::string octets) {
  for (std::size_t at = 0; at < octets.size();) {
    const std::size_t end = std::min(octets.find('\n', at), octets.size());
    const std::string_view line = std::string_view(octets).substr(at, end - at);
    if (line == "." || line == ".\r") {
      octets.resize(at);
      break;
    }
    at = end + 1;
  }
  return octets;
}

}  // namespace

int send_command(const client_options& options) {
  return run_command([&options] {
    net::client::outgoing_mail mail;
    mail.reverse_path = options.mail_from;
    mail.forward_paths = options.rcpt_to;
    if (options.file.empty()) {
      if (mail.reverse_path.empty()) mail.reverse_path = default_sender();
      mail.octets = compose(options, mail.reverse_path);
      return deliver(options.server, mail);
    }
    if (!options.subject.empty() || !options.text.empty())
      throw command_failure{wrong_usage, "--subject and --text are for a mail without FILE"};
    mail.octets = read_mail(options.file);
    const mime::message_view view = mime::read(mail.octets);
    if (mail.forward_paths.empty()) mail.forward_paths = recipients_of(view);
    if (mail.reverse_path.empty())
      mail.reverse_path = view.from.empty() ? default_sender() : view.from.front().mailbox;
    return deliver(options.server, mail);
  });
}

int sendmail_command(int count, const char* const* arguments) {
  return run_command([count, arguments] {
    const sendmail_arguments given = read_sendmail_arguments(count, arguments);
    net::client::outgoing_mail mail;
    mail.octets = read_all(std::cin);
    if (!given.ignores_dots) mail.octets = up_to_dot(std::move(mail.octets));
    mail.forward_paths = given.recipients;
    if (given.reads_recipients) {
      for (std::string& each : recipients_of(mime::read(mail.octets)))
        if (std::find(mail.forward_paths.begin(), mail.forward_paths.end(), each) ==
            mail.forward_paths.end())
          mail.forward_paths.push_back(std::move(each));
      mail.octets = without_bcc(mail.octets);
    }
    mail.reverse_path = given.sender.empty() ? default_sender() : given.sender;
    if (mail.reverse_path == "<>") mail.reverse_path.clear();
    const char* const server = std::getenv("MAILRIG_SERVER");
    return deliver(server == nullptr ? client_options{}.server : server, mail);
  });
}

}  // namespace mailrig::app
