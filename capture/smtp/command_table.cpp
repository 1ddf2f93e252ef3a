#include "capture/smtp/command_table.hpp"

#include "capture/smtp/arguments.hpp"
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::uint8_t anytime = in(state::connected) | in(state::greeted) | in(state::mail);

using h = handlers;
using model::stage;

constexpr std::uint8_t nothing = bit(need::nothing);
constexpr std::uint8_t tls = bit(need::tls);

// RFC 3207 4: where TLS is required only NOOP, EHLO, STARTTLS and QUIT go without it; HELP too, it
// tells nothing.
constexpr std::array<command_row, 12> table = {{
    {"EHLO", anytime, nothing, nullptr, arguments::any, stage::ehlo, h::say_extensions,
     h::be_greeted},
    {"HELO", anytime, tls, nullptr, arguments::any, stage::helo, h::say_hello, h::be_greeted},
    {"MAIL", in(state::greeted), tls, &replies::transaction_is_open, arguments::of_mail,
     stage::mail, h::judge_sender, h::open_transaction},
    {"RCPT", in(state::mail), tls, &replies::mail_first, arguments::of_rcpt, stage::rcpt,
     h::judge_recipient, h::add_recipient},
    {"DATA", in(state::mail), tls, &replies::mail_first, arguments::none, stage::data,
     h::ask_for_data, h::begin_body},
    {"RSET", anytime, tls, nullptr, arguments::none, stage::rset, h::say_ok, h::forget_transaction},
    {"NOOP", anytime, nothing, nullptr, arguments::any, stage::noop, h::say_ok, h::change_nothing},
    {"QUIT", anytime, nothing, nullptr, arguments::none, stage::quit, h::say_bye, h::leave},
    {"VRFY", anytime, tls, nullptr, arguments::of_vrfy, stage::vrfy, h::say_cannot_verify,
     h::change_nothing},
    {"AUTH", in(state::greeted), tls, &replies::auth_in_transaction, arguments::of_auth,
     stage::auth_start, h::begin_authentication, h::settle_authentication},
    {"HELP", anytime, nothing, nullptr, arguments::any, stage::help, h::list_commands,
     h::change_nothing},
    {"STARTTLS", in(state::greeted), bit(need::plain_text), &replies::transaction_is_open,
     arguments::none, stage::starttls, h::offer_tls, h::begin_tls},
}};

constexpr std::array<std::string_view, 7> known_elsewhere = {"BDAT", "EXPN", "TURN", "ETRN",
                                                             "SEND", "SOML", "SAML"};

std::string announce_authentication(const authentication_settings& rules, bool has_certificate) {
  const std::string names = to_string(usable(rules.mechanisms, rules.users, has_certificate));
  if (names.empty()) return {};
  return "\nAUTH " + names + (rules.has_old_line ? "\nAUTH=" + names : "");
}

}  // namespace

announcements announce(const settings& rules) {
  const std::string head = rules.host_name + "\nSIZE " + std::to_string(rules.max_message_size) +
                           "\n8BITMIME\nPIPELINING\nENHANCEDSTATUSCODES";
  const std::string in_tls = head + announce_authentication(rules.auth, false) + "\nHELP";
  // RFC 3207 4.2: not offered once TLS is on.
  const char* const starttls = rules.tls == tls_mode::offered ? "\nSTARTTLS" : "";
  return {rules.host_name + " ESMTP mailrig",
          (rules.auth.is_offered_before_tls ? in_tls : head + "\nHELP") + starttls, in_tls,
          head + announce_authentication(rules.auth, true) + "\nHELP"};
}

std::span<const command_row> command_table() {
  return table;
}

const command_row* find_command(std::string_view verb) {
  constexpr std::size_t longest = 8;
  if (verb.empty() || verb.size() > longest) return nullptr;
  std::array<char, longest> upper;
  std::transform(verb.begin(), verb.end(), upper.begin(), wire::to_upper);
  const std::string_view wanted(upper.data(), verb.size());
  for (const command_row& row : table) {
    if (row.verb.front() == wanted.front() && row.verb == wanted) return &row;
  }
  return nullptr;
}

bool is_known_elsewhere(std::string_view verb) {
  return std::any_of(known_elsewhere.begin(), known_elsewhere.end(), [verb](std::string_view each) {
    return wire::equals_ignoring_case(each, verb);
  });
}

}  // namespace mailrig::smtp
