// Sends one mail over SMTP, for the command line. Blocking, bounded in time, no TLS and no AUTH.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::net::client {

struct outgoing_mail {
  std::string reverse_path;
  std::vector<std::string> forward_paths;
  std::string octets;  // any line ends; CRLF goes over the wire
};

struct sent_mail {
  std::string reply;  // the last one: "250 2.0.0 Ok: queued as …"
};
// The server refused: what it was told and what it said.
struct refused_mail {
  std::string command;
  std::string reply;
};
// Nobody answers, or the connection broke off; in words.
struct unsent_mail {
  std::string why;
};

// Recipients that were refused are refused_mail, and nothing is sent to the others.
[[nodiscard]] std::variant<sent_mail, refused_mail, unsent_mail> send_mail(
    const std::string& host, const std::string& port, const outgoing_mail& mail,
    std::chrono::milliseconds patience);

// Every line end as CRLF, every line's leading dot doubled (RFC 5321 4.5.2), and the final dot.
[[nodiscard]] std::string stuffed(std::string_view octets);

}  // namespace mailrig::net::client
