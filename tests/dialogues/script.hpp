// A dialogue file, read: what a client and the server say to each other, and what is kept of it.
//
// One step a line; blank lines mean nothing. The README beside this file says how to add a
// dialogue.
//
//   # text                     a comment
//   # settings: KEY=VALUE …    max_recipients max_message_size max_command_line max_errors
//                              max_commands idle_timeout host_name max_messages max_memory
//                              store=full protocol=lmtp strict=yes disable=KEYWORD,KEYWORD
//                              tls=offered tls=implicit requires_tls=yes handshake_timeout
//                              xclient_from=NETWORK
//                              smtp_users=NAME:PASSWORD,… sasl_password auth_mechanisms
//                              max_auth_line require_auth auth_before_tls old_auth_line
//                              show_secrets (yes, no)
//   # fault: {json}            a rule of the test's judge, see scripted_judge.hpp
//   # rules: {json}            a rule set for the engine of rules, in the place of # fault: lines;
//                              several such lines are one text
//   # protocol: pop3           what connections without an @ speak, instead of smtp
//   # no socket: why           this file is not played over a real socket
//   # no tls: why              it is not played over TLS from the first octet either; files with a
//                              tls= setting are not anyhow
//   # one read: why            it is not played octet by octet
//   # whole only: why          it is played in one way only: what it shows hangs on when octets
//                              come
//   C: text                    the client says text and CRLF. C: lines behind one another are one
//                              segment. A line that ends in a backslash gets no CRLF.
//   C*1000: text               the same, 1,000 times; {n} in it counts from 1
//   C: <next read>             what follows comes in a segment of its own
//   C: <body 30MiB seed=1>     so much mail, dot-stuffed, ending in CRLF, without the final dot
//   C: <chunk 30MiB seed=1>    the same octets as they are, for BDAT
//   C: <tls>                   the client goes through a TLS handshake; C: <tls sni=NAME> names the
//                              server, C: <tls certificate=CN=NAME> shows a certificate (not over
//                              a socket), C: <tls untrusting> refuses the server's (unknown_ca)
//   C: <fin>                   the client shuts down its side
//   C: <reset>                 it resets the connection
//   S: pattern                 the server's next line, without CRLF. * stands for anything, {name}
//                              for a word that must be the same wherever the name is used
//   S*1000: pattern            the same for 1,000 lines
//   S*: pattern                the same for as many lines as there are, at least one
//   S: <octets TEXT>           the next octets are exactly these, line ends and all
//   S: <close>                 the server closes so that the client reads an end of file
//   S: <close fin_half>        the same, and by that mode. Over a socket fin_drain and fin_half
//   look
//                              alike, and in plain text no other: what is sent behind abrupt meets
//                              nobody, and under TLS it says no close_notify
//   S: <close fin_drain without close_notify>
//                              the same, but under TLS without its last word
//   S: <reset>                 the server resets the connection
//   S: <nothing>               the connection is open and nothing more was said
//   C2: S2:                    a second connection, and so on to 9; each begins at its first line
//   @pop3 S3: …                the third connection speaks POP3; said once, in its first line
//   rig: …                     what happens in the rig meanwhile; see rig_step.hpp
//   rig*1000: …                the same, 1,000 times; {n} in it counts from 1
//   clock: +5m                 time passes. Over a socket the rig's clock stands but for these
//                              steps, and something must be waiting for it
//   real: +20ms                the same for what goes by real time whatever the rig's clock says:
//                              hold; over a socket it passes by itself
//   server: shutdown           the server is told to end
//   rules: {json}              the rule set is replaced by this one
//   M: …                       what is kept; see expectation.hpp
//
// Escapes in C: and in quoted values of M: lines: \r \n \t \0 \\ \" and \xHH; <repeat 500 x> is 500
// times x.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/closing.hpp"
#include "tests/dialogues/scripted_judge.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::dialogue {

// What a person must hear of a wrong file or a broken promise: one sentence.
struct script_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// How a client goes through a TLS handshake.
struct tls_client {
  std::string server_name;       // SNI; empty: none
  std::string certificate_name;  // of the one it shows; empty: it shows none
  bool trusts = true;            // the server's certificate
};

struct step {
  enum class kind {
    say,
    client_fin,
    client_reset,
    client_tls,
    line,
    closed,
    nothing_said,
    pass_time,
    pass_real_time,
    shut_down,
    expect,
    rig,
    octets,
    rules,
  };
  kind what;
  std::size_t line_number = 0;
  std::size_t connection = 1;
  std::string text;                       // what is said, octet by octet; a pattern; an expectation
  tls_client tls;                         // of `client_tls`
  std::size_t times = 1;                  // 0: as often as it fits
  std::optional<model::close_mode> mode;  // of `closed`; nothing: any that is no reset
  bool says_close_notify = true;          // of `closed` by fin_drain or fin_half, under TLS
  model::duration time{0};
};

enum class protocol { smtp, pop3 };

struct script {
  std::string name;
  std::map<std::string, std::string> settings;
  std::vector<scripted_fault> faults;
  std::string rules;      // of the engine; empty: the scripted judge decides
  std::string no_socket;  // why; empty if it may be played over one
  std::string no_tls;     // likewise
  std::string one_read;   // likewise, for playing octet by octet
  std::vector<step> steps;
  protocol usual = protocol::smtp;
  std::map<std::size_t, protocol> protocols;  // of connections that speak another one

  [[nodiscard]] bool has_faults() const { return !faults.empty() || !rules.empty(); }
  [[nodiscard]] protocol protocol_of(std::size_t connection) const {
    const auto found = protocols.find(connection);
    return found == protocols.end() ? usual : found->second;
  }
};

[[nodiscard]] std::string_view to_string(protocol value);
// Throws script_error.
[[nodiscard]] protocol parse_protocol(std::string_view name);

[[nodiscard]] script read_script(const std::filesystem::path& file);
[[nodiscard]] script parse_script(std::string name, std::string_view text);

// "\r\n", "\x00", "<repeat 500 x>" and "<body 1MiB seed=1>" (un-stuffed there).
[[nodiscard]] std::string unescape(std::string_view text);
// The text with {n} replaced.
[[nodiscard]] std::string with_number(std::string text, std::size_t number);
// Reproducible text of exactly so many octets in lines that end in CRLF, some of them beginning
// with dots.
[[nodiscard]] std::string make_body(std::size_t octets, std::uint64_t seed);
// As a client sends it: every line that begins with a dot gets one more (RFC 5321 4.5.2).
[[nodiscard]] std::string stuff(std::string_view body);

// "64KiB", "5m": throw script_error.
[[nodiscard]] std::size_t parse_octets(std::string_view text);
[[nodiscard]] model::duration parse_time(std::string_view text);

}  // namespace mailrig::dialogue
