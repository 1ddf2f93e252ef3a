// The commands of POP3, one row each: verb, states in which it is allowed, argument parser, fault
// point, handler.
//
// The table is the dispatcher. To add a verb: one row in command_table.cpp, one handler
// (handlers.hpp), one dialogue in tests/dialogues/pop3.
#pragma once

#include "capture/model/reply.hpp"
#include "capture/model/stage.hpp"
#include "capture/wire/sasl.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mailrig::pop3 {

class session;

enum class state : std::uint8_t {
  authorization,   // greeted, nobody is logged in (RFC 1939 4)
  user_given,      // USER was taken
  authenticating,  // a SASL exchange is under way: lines are responses (RFC 5034 4)
  transaction,     // a mailbox is open (RFC 1939 5)
  closing,
};

// A command line, taken apart by its row's parser. All views point into the line.
struct command {
  std::string_view argument;  // without the blanks around it
  std::string_view password;  // of PASS, with its blanks
  std::string_view name;      // of APOP
  std::string_view digest;
  std::optional<wire::sasl_mechanism> mechanism;     // of AUTH, if it is known
  std::optional<std::string_view> initial_response;  // of AUTH
  std::optional<std::uint64_t> number;  // of a message; huge ones are the largest that there is
  std::uint64_t lines = 0;              // of TOP
};

struct command_row {
  std::string_view verb;
  std::uint8_t states;            // bit set of `state`
  const model::reply* too_early;  // what it is told in AUTHORIZATION, if it does not belong there
  // Takes the argument apart; a reply says what is wrong with it.
  std::optional<model::reply> (*parse)(command&);
  model::stage point;  // where a fault rule may act
  // The reply of a provider on a good day; its text may lie in the session.
  model::reply (*decide)(session&);
  // What the reply, ours or a rule's, means for the session; done before the reply is written.
  void (*settle)(session&, const model::reply&);
};

[[nodiscard]] constexpr std::uint8_t in(state where) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(where));
}

[[nodiscard]] std::span<const command_row> command_table();
// Null if the verb is not in the table.
[[nodiscard]] const command_row* find_command(std::string_view verb);

}  // namespace mailrig::pop3
