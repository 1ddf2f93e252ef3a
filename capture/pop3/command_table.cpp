#include "capture/pop3/command_table.hpp"

#include "capture/pop3/arguments.hpp"
#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>

namespace mailrig::pop3 {
namespace {

using h = handlers;
using model::stage;
namespace a = arguments;

constexpr std::uint8_t before_login = in(state::authorization) | in(state::user_given);
constexpr std::uint8_t logged_in = in(state::transaction);
constexpr std::uint8_t anytime = before_login | logged_in;
constexpr const model::reply* first = &replies::log_in_first;

constexpr auto table = std::to_array<command_row>({
    {"CAPA", anytime, nullptr, a::none, stage::capa, h::list_capabilities, h::change_nothing},
    {"USER", before_login, nullptr, a::of_user, stage::user, h::ask_for_password, h::take_user},
    {"PASS", in(state::user_given), &replies::user_first, a::of_pass, stage::pass,
     h::judge_password, h::log_in},
    {"APOP", before_login, nullptr, a::of_apop, stage::apop, h::judge_digest, h::log_in_by_digest},
    {"STLS", before_login, nullptr, a::none, stage::stls, h::offer_tls, h::begin_tls},
    {"AUTH", before_login, nullptr, a::of_auth, stage::auth_start, h::begin_authentication,
     h::settle_authentication},
    {"UTF8", before_login, nullptr, a::none, stage::utf8, h::enable_utf8, h::change_nothing},
    {"LANG", anytime, nullptr, a::any, stage::lang, h::choose_language, h::change_nothing},
    {"STAT", logged_in, first, a::none, stage::stat, h::count_messages, h::change_nothing},
    {"LIST", logged_in, first, a::optional_message, stage::list, h::list_sizes, h::send_sizes},
    {"UIDL", logged_in, first, a::optional_message, stage::uidl, h::list_unique_ids,
     h::send_unique_ids},
    {"RETR", logged_in, first, a::message, stage::retr, h::judge_message, h::fetch_whole},
    {"TOP", logged_in, first, a::of_top, stage::top, h::judge_message, h::fetch_top},
    {"DELE", logged_in, first, a::message, stage::dele, h::judge_deletion, h::mark_deleted},
    {"RSET", logged_in, first, a::none, stage::rset, h::offer_all_again, h::unmark_all},
    {"LAST", logged_in, first, a::none, stage::last, h::name_last_read, h::change_nothing},
    {"NOOP", logged_in, first, a::none, stage::noop, h::say_ok, h::change_nothing},
    {"QUIT", anytime, nullptr, a::none, stage::quit, h::say_bye, h::leave},
});

}  // namespace

std::span<const command_row> command_table() {
  return table;
}

const command_row* find_command(std::string_view verb) {
  const auto* const found = std::find_if(table.begin(), table.end(), [verb](const auto& row) {
    return wire::equals_ignoring_case(row.verb, verb);
  });
  return found == table.end() ? nullptr : found;
}

}  // namespace mailrig::pop3
