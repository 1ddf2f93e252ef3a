#include "capture/smtp/session.hpp"

#include "capture/model/mail_builder.hpp"
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/reply_format.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::size_t read_at_most_in_commands = std::size_t{16} * 1024;
constexpr std::size_t read_at_most_in_body = std::size_t{256} * 1024;
constexpr std::size_t most_unsent_octets =
    std::size_t{64} * 1024;  // then they are sent before more input is taken

constexpr std::size_t usual_output = 250;  // the answer to EHLO fits

// A request line of HTTP/1: a browser that was pointed here, or a page that tries to send mail
// through one.
bool looks_like_http(std::string_view line) {
  return line.find(" HTTP/1.") != std::string_view::npos;
}

// The first octets of a TLS record that holds a ClientHello (RFC 8446 5.1).
bool looks_like_tls(std::string_view octets) {
  return octets.starts_with("\x16\x03");
}

struct path_lint_text {
  std::string_view name;
  std::string_view detail;
};

constexpr std::array<path_lint_text, 5> path_lints = {{
    {"space_after_colon", "A space follows the colon of MAIL FROM: or RCPT TO: (RFC 5321 3.3)"},
    {"no_angle_brackets", "The address has no angle brackets (RFC 5321 4.1.2)"},
    {"source_route", "The address has a source route, which was ignored (RFC 5321 C)"},
    {"no_domain", "The address has no domain (RFC 5321 4.1.2)"},
    {"eight_bit_address", "The address holds 8-bit octets without SMTPUTF8 (RFC 6531 3.2)"},
}};

}  // namespace

session::session(surroundings around, model::id id, peer client)
    : around_(around), id_(id), client_(std::move(client)) {
  out_.reserve(usual_output);
  if (around_.rules.requires_tls) unmet_ = bit(need::tls);
  consider({model::stage::connect});
}

// Input

bool session::takes_input() const {
  return !closing_ && !pause_ && !to_deliver_ && !awaits_tls_ && out_.size() < most_unsent_octets;
}

std::size_t session::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (taken < octets.size() && takes_input()) {
    const std::string_view rest = octets.substr(taken);
    const std::size_t step = state_ == state::body ? feed_body(rest) : feed_line(rest);
    if (step == 0) break;
    taken += step;
  }
  return taken;
}

std::size_t session::feed_line(std::string_view octets) {
  if (is_discarding_) return discard_line(octets);
  if (is_first_line_ && looks_like_tls(octets)) {
    refuse_tls();
    return octets.size();
  }
  const void* const newline = std::memchr(octets.data() + scanned_, '\n', octets.size() - scanned_);
  const std::size_t size =
      newline == nullptr
          ? octets.size()
          : static_cast<std::size_t>(static_cast<const char*>(newline) - octets.data()) + 1;
  if (size > around_.rules.max_command_line && size > longest_line(octets)) {
    is_discarding_ = true;
    scanned_ = 0;
    return discard_line(octets);
  }
  if (newline == nullptr) {
    scanned_ = size;
    return 0;
  }
  scanned_ = 0;
  execute(octets.substr(0, size));
  return size;
}

// RFC 4954 4.2: a line of AUTH may be far longer than a command.
std::size_t session::longest_line(std::string_view octets) const {
  const settings& rules = around_.rules;
  const bool is_auth =
      state_ == state::authenticating || wire::starts_ignoring_case(octets, "AUTH ");
  return is_auth ? std::max(rules.auth.max_line, rules.max_command_line) : rules.max_command_line;
}

std::size_t session::discard_line(std::string_view octets) {
  const std::size_t newline = octets.find('\n');
  if (newline == std::string_view::npos) return octets.size();
  is_discarding_ = false;
  is_first_line_ = false;
  around_.recorder.said(model::direction::from_client, "(overlong command line, not kept)\r\n");
  if (state_ == state::authenticating) {
    enter(state::greeted);
    login_.reset();
    refuse(replies::auth_line_too_long);
  } else {
    refuse(replies::line_too_long);
  }
  return newline + 1;
}

void session::refuse_tls() {
  around_.recorder.noted("tls_on_plain_port", "The client began a TLS handshake on a plain port");
  close_after(replies::speaks_tls);
}

void session::refuse_http() {
  around_.recorder.noted("http_on_smtp_port", "The client speaks HTTP on an SMTP port");
  close_after(replies::speaks_http);
}

std::size_t session::feed_body(std::string_view octets) {
  std::string_view rest = octets;
  transaction_->take_body(rest, around_.rules.max_message_size, around_.memory);
  if (transaction_->body_is_complete()) {
    around_.recorder.body_received(transaction_->octets_received());
    conclude_body();
  }
  return octets.size() - rest.size();
}

// A mail of which octets are missing is refused before any rule could accept it.
void session::conclude_body() {
  if (transaction_->is_too_big()) return end_body(replies::too_big);
  if (transaction_->ran_out_of_memory()) return end_body(replies::no_memory);
  consider({model::stage::end_of_data});
}

// Commands

void session::note_bare_lf(std::string_view line) {
  if (uses_bare_lf_ || line.ends_with("\r\n")) return;
  uses_bare_lf_ = true;
  around_.recorder.noted("bare_lf",
                         "Command lines end in a bare LF instead of CRLF (RFC 5321 2.3.8)");
}

void session::execute(std::string_view line) {
  if (state_ == state::authenticating || wire::starts_ignoring_case(line, "AUTH")) {
    hear_secret(line);
  } else {
    around_.recorder.said(model::direction::from_client, line);
  }
  is_silent_in_tls_ = false;
  if (std::exchange(is_first_line_, false) && looks_like_http(line)) return refuse_http();
  note_bare_lf(line);
  const std::string_view text = wire::without_line_end(line);
  if (state_ == state::authenticating) return respond(text);
  const std::string_view verb = text.substr(0, text.find(' '));
  const command_row* row = find_command(verb);
  if (row == nullptr)
    return refuse(is_known_elsewhere(verb) ? replies::not_implemented : replies::unrecognised);
  command_ = {};
  command_.argument = wire::trim(text.substr(verb.size()));
  run(*row);
}

void session::run(const command_row& row) {
  if ((row.states & in(state_)) == 0) {
    return refuse(state_ == state::connected ? replies::greet_first : *row.out_of_state);
  }
  if (const auto wrong = row.parse(command_, around_.rules)) return refuse(*wrong);
  if (command_.path.lints != 0) note_path_lints();
  consider({row.point, &row});
}

void session::note_path_lints() {
  for (std::size_t i = 0; i < wire::path_lint_count; ++i) {
    if (command_.path.has(static_cast<wire::path_lint>(i)))
      around_.recorder.noted(path_lints[i].name, path_lints[i].detail);
  }
}

// The one place where a fault can act: before the reply is chosen.
void session::consider(crossing where) {
  const faults::verdict* verdict = around_.judge.decide(facts_at(where.point));
  if (verdict == nullptr) return conclude(where, {});
  if (verdict->delay.count() == 0) return conclude(where, *verdict);
  pause_at(where, *verdict);
}

// The line will be gone when the pause is over: a copy is kept and taken apart again.
void session::pause_at(crossing where, const faults::verdict& verdict) {
  pause_ = pause{verdict.delay, where, verdict};
  if (where.row == nullptr) return;
  held_line_ = command_.argument;
  command_ = {};
  command_.argument = held_line_;
  (void)where.row->parse(command_, around_.rules);
}

faults::event session::facts_at(model::stage point) const {
  // At HELO and EHLO the name is judged that is being given.
  const bool is_greeting = point == model::stage::ehlo || point == model::stage::helo;
  faults::event facts{
      .point = point,
      .client_address = client_.address,
      .helo = is_greeting ? command_.argument : std::string_view(helo_),
      .path = command_.path.address,
      .user = is_authenticated() ? std::string_view(login_->who().user) : std::string_view{},
      .auth = login_ ? &login_->who() : nullptr};
  if (transaction_) {
    facts.envelope = &transaction_->envelope();
    facts.size = transaction_->octets_received();
  }
  return facts;
}

void session::conclude(crossing where, const faults::verdict& verdict) {
  const bool is_silent = verdict.close && !verdict.reply;
  if (!is_silent) reply_to(where, verdict.reply ? *verdict.reply : own_reply(where));
  if (verdict.close) close(*verdict.close);
}

void session::reply_to(crossing where, const model::reply& reply) {
  if (where.row != nullptr) where.row->settle(*this, reply);
  switch (where.point) {
    case model::stage::connect:
      if (reply.code != 0) break;
      if (around_.rules.tls != tls_mode::implicit) return consider({model::stage::banner});
      awaits_tls_ = true;
      return;
    case model::stage::tls_handshake: return;
    case model::stage::auth_start:
      if (reply.code == 0) return consider({model::stage::auth_result});
      return reply.is_positive() ? answer(reply) : refuse(reply);
    case model::stage::auth_continue:
    case model::stage::auth_result:
      handlers::settle_authentication(*this, reply);
      return reply.is_positive() ? answer(reply) : refuse(reply);
    case model::stage::end_of_data: return end_body(reply);
    default: break;
  }
  answer(reply);
}

model::reply session::own_reply(crossing where) {
  if (where.row != nullptr) {
    const auto missing = static_cast<std::uint8_t>(where.row->needs & unmet_);
    return missing == 0 ? where.row->decide(*this) : reply_to_unmet(missing);
  }
  if (where.point == model::stage::connect || where.point == model::stage::tls_handshake)
    return {};  // nothing is said yet: the banner has its own point
  if (where.point == model::stage::banner) return {220, {}, around_.texts.greeting};
  if (where.point != model::stage::end_of_data) return handlers::tell_outcome(*this);
  return replies::queued;
}

model::reply session::reply_to_unmet(std::uint8_t needs) {
  return (needs & bit(need::plain_text)) != 0 ? replies::tls_is_on : replies::tls_first;
}

// Transactions

// The mail is whole, and `reply` is the answer to it unless the post office cannot take it.
void session::end_body(const model::reply& reply) {
  const model::instant now = around_.clock.now();
  if (reply.is_positive()) {
    enter(state::delivering);
    to_deliver_ = transaction_->accept(now, reply);
    transaction_.reset();
    return;
  }
  around_.recorder.attempt_ended(transaction_->reject(now, reply));
  transaction_.reset();
  enter(state::greeted);
  answer(reply);
}

void session::delivered(wire::deliver_result result) {
  const model::mail_ref mail = std::exchange(to_deliver_, nullptr);
  enter(state::greeted);
  const model::attempt_facts& facts = mail->facts();
  if (result == wire::deliver_result::stored) {
    const std::string text = mail->reply_text();
    return answer({facts.reply_code, facts.reply_enhanced, text});
  }
  model::attempt_facts refused = facts;
  refused.result = model::outcome::rejected;
  refused.reply_code = replies::no_memory.code;
  refused.reply_enhanced = replies::no_memory.enhanced;
  model::mail_builder without_body(around_.memory, mail->envelope(), 0);
  around_.recorder.attempt_ended(without_body.finish(refused, replies::no_memory.text));
  answer(replies::no_memory);
}

void session::end_transaction() {
  if (!transaction_) return;
  if (state_ == state::body && !transaction_->body_is_complete())
    around_.recorder.body_received(transaction_->octets_received());
  around_.recorder.attempt_ended(transaction_->abandon(around_.clock.now(), around_.memory));
  transaction_.reset();
  if (state_ != state::closing) enter(state::greeted);
}

// Output

void session::answer(const model::reply& reply) {
  const std::size_t begin = out_.size();
  wire::append_reply(out_, reply);
  around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
}

// A refusal that is the client's own fault; too many of them end the session (RFC 5321 4.5.4.2 lets
// a server give up).
void session::refuse(const model::reply& reply) {
  answer(reply);
  if (++errors_ >= around_.rules.max_errors) close_after(replies::too_many_errors);
}

void session::close_after(const model::reply& reply) {
  end_transaction();
  answer(reply);
  close(model::close_mode::fin_drain);
}

void session::close(model::close_mode mode) {
  end_transaction();
  enter(state::closing);
  closing_ = mode;
}

wire::action session::next() {
  if (to_deliver_) return wire::deliver{to_deliver_};
  if (!out_.empty()) return wire::send{out_};
  if (pause_) return wire::wait{pause_->time, wire::wait::input::keep};
  if (closing_) return wire::close{*closing_, around_.rules.linger};
  if (awaits_tls_) return start_tls();
  const bool reads_body = state_ == state::body;
  return wire::need_input{reads_body ? read_at_most_in_body : read_at_most_in_commands,
                          around_.rules.idle_timeout};
}

void session::sent() {
  constexpr std::size_t kept_capacity = 512;
  if (out_.capacity() > kept_capacity) out_ = {};
  out_.clear();
}

void session::elapsed() {
  const pause over = *std::exchange(pause_, std::nullopt);
  conclude(over.where, over.verdict);
}

void session::peer_closed(wire::peer_end how) {
  pause_.reset();
  if (closing_) return;
  if (is_silent_in_tls_) note_silence_in_tls();
  // Plain text would be no TLS: who comes here in the midst of a handshake hears nothing.
  if (awaits_tls_ || (around_.rules.tls == tls_mode::implicit && !is_in_tls_))
    return close(model::close_mode::fin_drain);
  switch (how) {
    case wire::peer_end::timeout: return close_after(replies::idle);
    case wire::peer_end::shutdown: return close_after(replies::shutting_down);
    case wire::peer_end::fin: return close(model::close_mode::fin_drain);
    case wire::peer_end::reset: out_.clear(); return close(model::close_mode::abrupt);
  }
}

}  // namespace mailrig::smtp
