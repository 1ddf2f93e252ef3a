// The commands of SMTP, one row each: verb, states in which it is allowed, argument parser, fault
// point, handler.
//
// The table is the dispatcher. To add a verb: one row in command_table.cpp, one handler there, one
// dialogue in tests/dialogues.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/model/stage.hpp"
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
  delivering,      // the mail is with the post office
  closing,
};

// A command line, taken apart by its row's parser. All views point into the line.
struct command {
  std::string_view argument;
  wire::path_argument path;  // of MAIL and RCPT
  std::uint64_t declared_size = 0;
  std::optional<wire::sasl_mechanism> mechanism;     // of AUTH; nothing if we do not know it
  std::optional<std::string_view> initial_response;  // of AUTH
};

// What a command wants of its session besides a state; a bit set.
enum class need : std::uint8_t {
  nothing = 0,
  tls = 1,         // where the listener requires TLS: 530 else
  plain_text = 2,  // no TLS yet: 503 else
};

struct command_row {
  std::string_view verb;
  std::uint8_t states;               // bit set of `state`
  std::uint8_t needs;                // bit set of `need`
  const model::reply* out_of_state;  // the 503 in all other states; null where `states` is all
  // Takes the argument apart; a reply says what is wrong with it.
  std::optional<model::reply> (*parse)(command&, const settings&);
  model::stage point;  // where a fault rule may act
  model::reply (*decide)(
      session&);  // the reply of a provider on a good day; its text may lie in the session
  // What the reply, ours or a rule's, means for the session; done before the reply is written.
  void (*settle)(session&, const model::reply&);
};

[[nodiscard]] constexpr std::uint8_t in(state where) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(where));
}

[[nodiscard]] constexpr std::uint8_t bit(need what) {
  return static_cast<std::uint8_t>(what);
}

[[nodiscard]] std::span<const command_row> command_table();
// Null if the verb is not in the table.
[[nodiscard]] const command_row* find_command(std::string_view verb);
// Verbs of RFC 5321 and its extensions that are known but not offered: they get 502, not 500 (RFC
// 5321 4.2.4).
[[nodiscard]] bool is_known_elsewhere(std::string_view verb);

}  // namespace mailrig::smtp
