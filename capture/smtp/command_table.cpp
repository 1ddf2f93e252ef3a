#include "capture/smtp/command_table.hpp"

#include "capture/smtp/arguments.hpp"
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/reply_format.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::uint16_t anytime =
    in(state::connected) | in(state::greeted) | in(state::mail) | in(state::chunks);

using h = handlers;
using model::stage;

// RFC 3207 4: where TLS is required only NOOP, EHLO, STARTTLS and QUIT go without it; HELP too, it
// tells nothing.
constexpr std::array<command_row, 15> table = {{
    {"EHLO", anytime, nullptr, arguments::of_greeting, stage::ehlo, h::say_extensions,
     h::be_greeted, extension::none, in_smtp, group_end, tls_use::indifferent},
    {"HELO", anytime, nullptr, arguments::of_greeting, stage::helo, h::say_hello,
     h::be_greeted_plainly, extension::none, in_smtp, group_end},
    {"LHLO", anytime, nullptr, arguments::of_greeting, stage::lhlo, h::say_extensions,
     h::be_greeted, extension::none, in_lmtp, group_end, tls_use::indifferent},
    {"MAIL", in(state::greeted), &replies::transaction_is_open, arguments::of_mail, stage::mail,
     h::judge_sender, h::open_transaction},
    {"RCPT", in(state::mail), &replies::mail_first, arguments::of_rcpt, stage::rcpt,
     h::judge_recipient, h::add_recipient},
    {"DATA", in(state::mail), &replies::mail_first, arguments::none, stage::data, h::ask_for_data,
     h::begin_body, extension::none, in_both, group_end},
    // In every state, since what it announces must be swallowed in every state.
    {"BDAT", anytime, nullptr, arguments::of_bdat, stage::bdat, h::judge_chunk, h::begin_chunk,
     extension::chunking},
    {"RSET", anytime, nullptr, arguments::none, stage::rset, h::say_ok, h::forget_transaction},
    {"NOOP", anytime, nullptr, arguments::any, stage::noop, h::say_ok, h::change_nothing,
     extension::none, in_both, group_end, tls_use::indifferent},
    {"QUIT", anytime, nullptr, arguments::none, stage::quit, h::say_bye, h::leave, extension::none,
     in_both, group_end, tls_use::indifferent},
    {"VRFY", anytime, nullptr, arguments::of_vrfy, stage::vrfy, h::say_cannot_verify,
     h::change_nothing, extension::none, in_both, group_end},
    {"AUTH", in(state::greeted), &replies::auth_in_transaction, arguments::of_auth,
     stage::auth_start, h::begin_authentication, h::settle_authentication, extension::auth, in_both,
     group_end},
    {"XCLIENT", in(state::connected) | in(state::greeted), &replies::transaction_is_open,
     arguments::of_xclient, stage::banner, h::judge_xclient, h::become_client, extension::xclient,
     in_both, group_end},
    {"HELP", anytime, nullptr, arguments::any, stage::help, h::list_commands, h::change_nothing,
     extension::help, in_both, group_use::anywhere, tls_use::indifferent},
    {"STARTTLS", in(state::greeted), &replies::transaction_is_open, arguments::none,
     stage::starttls, h::offer_tls, h::begin_tls, extension::start_tls, in_both, group_end,
     tls_use::not_yet},
}};

constexpr std::array<std::string_view, 6> known_elsewhere = {"EXPN", "TURN", "ETRN",
                                                             "SEND", "SOML", "SAML"};

}  // namespace

announcements announce(const settings& rules) {
  const bool is_lmtp = rules.speaks == dialect::lmtp;
  announcements texts;
  texts.greeting = rules.host_name + (is_lmtp ? " LMTP mailrig" : " ESMTP mailrig");
  for (std::size_t i = 0; i < texts.ehlo.size(); ++i) {
    const auto how = static_cast<security>(i);
    texts.ehlo[i].text = ehlo_text(rules, how, offered_to_all(rules, how));
    wire::append_reply(texts.ehlo[i].reply, {250, {}, texts.ehlo[i].text});
  }
  return texts;
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
