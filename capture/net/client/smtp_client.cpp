#include "capture/net/client/smtp_client.hpp"

#include <algorithm>
#include <istream>
#include <optional>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

namespace mailrig::net::client {
namespace {

constexpr std::size_t longest_reply = 64 * 1024;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char each) { return static_cast<unsigned char>(each) < 0x80; });
}

class conversation {
 public:
  conversation(const std::string& host, const std::string& port, std::chrono::milliseconds patience)
      : patience_(patience) {
    stream_.expires_after(patience_);
    stream_.connect(host, port);
  }

  // The whole reply, its last line first in `text`; nothing if the connection is gone.
  std::optional<std::string> read_reply() {
    std::string all;
    std::string line;
    while (all.size() < longest_reply && std::getline(stream_, line)) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      all += (all.empty() ? "" : "\n") + line;
      if (line.size() < 4 || line[3] != '-') return all;
    }
    return std::nullopt;
  }
  std::optional<std::string> say(std::string_view octets) {
    stream_.expires_after(patience_);
    stream_.write(octets.data(), static_cast<std::streamsize>(octets.size()));
    stream_.flush();
    return read_reply();
  }
  [[nodiscard]] std::string why() const {
    return stream_.error() ? stream_.error().message() : "the server closed the connection";
  }

 private:
  std::chrono::milliseconds patience_;
  boost::asio::ip::tcp::iostream stream_;
};

}  // namespace

std::string stuffed(std::string_view octets) {
  std::string result;
  result.reserve(octets.size() + octets.size() / 32 + 16);
  while (!octets.empty()) {
    const std::size_t end = std::min(octets.find('\n'), octets.size());
    std::string_view line = octets.substr(0, end);
    octets.remove_prefix(std::min(end + 1, octets.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('.')) result += '.';
    result += line;
    result += "\r\n";
  }
  return result + ".\r\n";
}

std::variant<sent_mail, refused_mail, unsent_mail> send_mail(const std::string& host,
                                                             const std::string& port,
                                                             const outgoing_mail& mail,
                                                             std::chrono::milliseconds patience) {
  conversation talk(host, port, patience);
  std::vector<std::string> commands{"EHLO localhost"};
  const std::string parameters = is_ascii(mail.octets) ? "" : " BODY=8BITMIME";
  commands.push_back("MAIL FROM:<" + mail.reverse_path + ">" + parameters);
  for (const std::string& each : mail.forward_paths) commands.push_back("RCPT TO:<" + each + ">");
  commands.emplace_back("DATA");
  std::string before = "the connection";
  auto reply = talk.read_reply();
  for (const std::string& each : commands) {
    if (!reply) return unsent_mail{talk.why()};
    if (*reply >= "4") return refused_mail{before, *reply};
    before = each;
    reply = talk.say(each + "\r\n");
  }
  if (!reply) return unsent_mail{talk.why()};
  if (!reply->starts_with("354")) return refused_mail{before, *reply};
  reply = talk.say(stuffed(mail.octets));
  if (!reply) return unsent_mail{"behind the mail: " + talk.why()};
  if (*reply >= "4") return refused_mail{"the mail", *reply};
  sent_mail sent{*reply};
  static_cast<void>(talk.say("QUIT\r\n"));
  return sent;
}

}  // namespace mailrig::net::client
