// The commands of SMTP, one row each: verb, states in which it is allowed, argument parser, fault
// point, handler.
//
// The table is the dispatcher. To add a verb: one row in command_table.cpp, one handler there, one
// dialogue in tests/dialogues.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/model/stage.hpp"
#include "capture/smtp/extensions.hpp"
#include "capture/smtp/settings.hpp"
#include "capture/wire/path.hpp"
#include "capture/wire/sasl.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mailrig::smtp {

class session;

enum class state : std::uint8_t {
  connected,       // the banner was sent, no HELO yet
  greeted,         // HELO or EHLO was taken; no transaction
  authenticating,  // behind 334
  mail,            // MAIL was accepted
  body,            // behind 354
  chunk,           // behind BDAT, in the octets that it announced
  chunks,          // behind a chunk that was not the last
  delivering,      // the mail is with the post office
  closing,
};

// A command line, taken apart by its row's parser. All views point into the line.
struct command {
  std::string_view argument;
  wire::path_argument path;         // of MAIL and RCPT
  std::uint64_t declared_size = 0;  // of MAIL, or of the chunk
  model::lint_set lints;
  bool is_binary = false;                            // MAIL: BODY=BINARYMIME
  bool is_smtputf8 = false;                          // MAIL
  bool wants_tls = false;                            // MAIL: REQUIRETLS
  bool is_last = false;                              // BDAT
  std::optional<wire::sasl_mechanism> mechanism;     // of AUTH; nothing if we do not know it
  std::optional<std::string_view> initial_response;  // of AUTH
};

// Where a row stands.
inline constexpr std::uint8_t in_smtp = 1;
inline constexpr std::uint8_t in_lmtp = 2;
inline constexpr std::uint8_t in_both = in_smtp | in_lmtp;
[[nodiscard]] constexpr std::uint8_t in_dialect(dialect which) {
  return which == dialect::smtp ? in_smtp : in_lmtp;
}
// What a command has to do with TLS.
enum class tls_use : std::uint8_t {
  wanted,       // where the listener requires TLS: 530 without it (RFC 3207 4)
  indifferent,  //
  not_yet,      // only without it: 503 else
  none,         // of no command
};
// Whether a client may send on before the command was answered (RFC 2920 3.1).
enum class group_use : std::uint8_t { anywhere, end };
inline constexpr group_use group_end = group_use::end;

struct command_row {
  std::string_view verb;
  std::uint16_t states;              // bit set of `state`
  const model::reply* out_of_state;  // the 503 in all other states; null where `states` is all
  // Takes the argument apart; a reply says what is wrong with it.
  std::optional<model::reply> (*parse)(command&, const settings&);
  model::stage point;  // where a fault rule may act
  model::reply (*decide)(
      session&);  // the reply of a provider on a good day; its text may lie in the session
  // What the reply, ours or a rule's, means for the session; done before the reply is written.
  void (*settle)(session&, const model::reply&);
  extension needs = extension::none;  // without it the command is not implemented
  std::uint8_t dialects = in_both;
  group_use in_group = group_use::anywhere;
  tls_use tls = tls_use::wanted;
};

[[nodiscard]] constexpr std::uint16_t in(state where) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(where));
}

[[nodiscard]] std::span<const command_row> command_table();
// Null if the verb is not in the table.
[[nodiscard]] const command_row* find_command(std::string_view verb);
// Verbs of RFC 5321 and its extensions that are known but not offered: they get 502, not 500 (RFC
// 5321 4.2.4).
[[nodiscard]] bool is_known_elsewhere(std::string_view verb);

}  // namespace mailrig::smtp
