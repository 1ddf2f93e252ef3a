#include "capture/smtp/command_table.hpp"

#include "capture/smtp/replies.hpp"
#include "capture/smtp/session.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mailrig::smtp {
namespace {

using wire::equals_ignoring_case;
using refusal = std::optional<model::reply>;

// Arguments

refusal no_argument(command& given, const settings&) {
  if (!given.argument.empty()) return replies::no_argument_allowed;
  return std::nullopt;
}

refusal any_argument(command&, const settings&) {
  return std::nullopt;
}

refusal vrfy_argument(command& given, const settings&) {
  if (given.argument.empty()) return replies::vrfy_syntax;
  return std::nullopt;
}

refusal read_path(command& given, std::string_view keyword) {
  auto parsed = wire::parse_path(given.argument, keyword);
  if (const auto* error = std::get_if<wire::path_error>(&parsed))
    return model::reply{501, {5, 5, 4}, error->what};
  given.path = std::get<wire::path_argument>(parsed);
  return std::nullopt;
}

// RFC 1870 6: SIZE=digits, at most 20 of them.
refusal read_size(command& given, std::string_view value) {
  const char* end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, given.declared_size);
  if (value.empty() || result.ptr != end || result.ec != std::errc{}) return replies::bad_size;
  return std::nullopt;
}

// RFC 6152 2.
refusal read_body(std::string_view value) {
  if (equals_ignoring_case(value, "7BIT") || equals_ignoring_case(value, "8BITMIME"))
    return std::nullopt;
  return replies::bad_body;
}

refusal mail_argument(command& given, const settings&) {
  if (auto wrong = read_path(given, "FROM:")) return wrong;
  std::string_view rest = given.path.parameters;
  for (auto each = wire::take_parameter(rest); !each.keyword.empty();
       each = wire::take_parameter(rest)) {
    refusal wrong = replies::unknown_parameter;
    if (equals_ignoring_case(each.keyword, "SIZE")) wrong = read_size(given, each.value);
    if (equals_ignoring_case(each.keyword, "BODY")) wrong = read_body(each.value);
    if (wrong) return wrong;
  }
  return std::nullopt;
}

refusal rcpt_argument(command& given, const settings&) {
  if (auto wrong = read_path(given, "TO:")) return wrong;
  if (given.path.address.empty()) return replies::empty_forward_path;
  if (!given.path.parameters.empty()) return replies::unknown_parameter;
  return std::nullopt;
}

constexpr std::uint8_t anytime = in(state::connected) | in(state::greeted) | in(state::mail);

}  // namespace

// Handlers

struct handlers {
  using reply = model::reply;

  static reply say_ok(session&) { return replies::ok; }
  static reply say_bye(session&) { return replies::bye; }
  static reply say_cannot_verify(session&) { return replies::cannot_verify; }
  static void change_nothing(session&, const reply&) {}

  static reply say_hello(session& s) { return {250, {}, s.around_.rules.host_name}; }

  static reply say_extensions(session& s) { return {250, {}, s.around_.texts.extensions}; }

  // RFC 5321 4.1.4: EHLO and HELO also end a transaction that is open.
  static void be_greeted(session& s, const reply& given) {
    if (!given.is_positive()) return;
    s.end_transaction();
    s.enter(state::greeted);
    s.helo_ = s.command_.argument;
    // Taken all the same: some clients send a bare HELO.
    if (s.helo_.empty()) {
      s.around_.recorder.noted("helo_without_name", "HELO or EHLO gave no name (RFC 5321 4.1.1.1)");
    }
    s.around_.recorder.helo_given(s.helo_);
  }

  static reply judge_sender(session& s) {
    return s.command_.declared_size > s.around_.rules.max_message_size ? replies::too_big
                                                                       : replies::sender_ok;
  }

  static void open_transaction(session& s, const reply& given) {
    const model::instant now = s.around_.clock.now();
    s.transaction_.emplace(s.around_.ids.draw(now), s.id_, now);
    s.transaction_->declare_size(s.command_.declared_size);
    s.transaction_->envelope().reverse_path = s.command_.path.address;
    s.transaction_->envelope().parameters = s.command_.path.parameters;
    if (given.is_positive()) return s.enter(state::mail);
    s.transaction_->remember_refusal(given);
    s.end_transaction();
  }

  static reply judge_recipient(session& s) {
    const bool is_full = s.transaction_->accepted_recipients() >= s.around_.rules.max_recipients;
    return is_full ? replies::too_many_recipients : replies::recipient_ok;
  }

  static void add_recipient(session& s, const reply& given) {
    s.transaction_->reached(model::stage::rcpt);
    s.transaction_->add_recipient({std::string(s.command_.path.address),
                                   std::string(s.command_.path.parameters), given.code,
                                   given.enhanced, std::string(given.text)});
    if (!given.is_positive()) s.transaction_->remember_refusal(given);
  }

  static reply ask_for_data(session& s) {
    const transaction& mail = *s.transaction_;
    if (mail.envelope().recipients.empty()) return replies::recipient_first;
    if (mail.accepted_recipients() == 0) return replies::no_valid_recipients;
    return s.uses_bare_lf_ ? replies::start_data_for_bare_lf : replies::start_data;
  }

  static void begin_body(session& s, const reply& given) {
    s.transaction_->reached(model::stage::data);
    if (!given.is_positive()) return s.transaction_->remember_refusal(given);
    s.transaction_->begin_body();
    s.enter(state::body);
  }

  static void forget_transaction(session& s, const reply& given) {
    if (given.is_positive()) s.end_transaction();
  }

  static reply list_commands(session& s) {
    s.reply_text_ = "Commands:";
    for (const command_row& row : command_table()) {
      s.reply_text_ += ' ';
      s.reply_text_ += row.verb;
    }
    s.reply_text_ += "\nmailrig captures every mail and sends none on";
    return {214, {2, 0, 0}, s.reply_text_};
  }

  static void leave(session& s, const reply&) {
    s.end_transaction();
    s.close(model::close_mode::fin_drain);
  }
};

namespace {

using h = handlers;
using model::stage;

constexpr std::array<command_row, 10> table = {{
    {"EHLO", anytime, nullptr, any_argument, stage::ehlo, h::say_extensions, h::be_greeted},
    {"HELO", anytime, nullptr, any_argument, stage::helo, h::say_hello, h::be_greeted},
    {"MAIL", in(state::greeted), &replies::transaction_is_open, mail_argument, stage::mail,
     h::judge_sender, h::open_transaction},
    {"RCPT", in(state::mail), &replies::mail_first, rcpt_argument, stage::rcpt, h::judge_recipient,
     h::add_recipient},
    {"DATA", in(state::mail), &replies::mail_first, no_argument, stage::data, h::ask_for_data,
     h::begin_body},
    {"RSET", anytime, nullptr, no_argument, stage::rset, h::say_ok, h::forget_transaction},
    {"NOOP", anytime, nullptr, any_argument, stage::noop, h::say_ok, h::change_nothing},
    {"QUIT", anytime, nullptr, no_argument, stage::quit, h::say_bye, h::leave},
    {"VRFY", anytime, nullptr, vrfy_argument, stage::vrfy, h::say_cannot_verify, h::change_nothing},
    {"HELP", anytime, nullptr, any_argument, stage::help, h::list_commands, h::change_nothing},
}};

constexpr std::array<std::string_view, 9> known_elsewhere = {
    "STARTTLS", "AUTH", "BDAT", "EXPN", "TURN", "ETRN", "SEND", "SOML", "SAML"};

}  // namespace

announcements announce(const settings& rules) {
  return {rules.host_name + " ESMTP mailrig",
          rules.host_name + "\nSIZE " + std::to_string(rules.max_message_size) +
              "\n8BITMIME\nPIPELINING\nENHANCEDSTATUSCODES\nHELP"};
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
  return std::any_of(known_elsewhere.begin(), known_elsewhere.end(),
                     [verb](std::string_view each) { return equals_ignoring_case(each, verb); });
}

}  // namespace mailrig::smtp
