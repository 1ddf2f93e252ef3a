#include "capture/smtp/session.hpp"

#include "capture/model/mail_builder.hpp"
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/address.hpp"
#include "capture/wire/reply_format.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::size_t read_at_most_in_commands = std::size_t{16} * 1024;
constexpr std::size_t read_at_most_in_body = std::size_t{256} * 1024;
constexpr std::size_t most_unsent_octets =
    std::size_t{64} * 1024;  // then they are sent before more input is taken

constexpr std::size_t usual_output = 300;  // the answer to EHLO fits

// The third line of what a PROXY header of version 2 begins with (proxy-protocol.txt 2.2).
constexpr std::string_view proxy_v2_line("\0", 1);

std::size_t count_accepted(const model::mail_record& mail) {
  const model::envelope envelope = mail.envelope();
  return static_cast<std::size_t>(
      std::count_if(envelope.recipients.begin(), envelope.recipients.end(),
                    [](const model::recipient& each) { return each.is_accepted(); }));
}

}  // namespace

session::session(surroundings around, model::id id, peer client)
    : around_(around), id_(id), client_(std::move(client)) {
  may_use_xclient_ = around_.rules.offers(extension::xclient) &&
                     around_.rules.xclient_from.contains(client_.address);
  out_.reserve(usual_output);
  if (around_.rules.requires_tls) unmet_ = tls_use::wanted;
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
    const std::size_t step = feed_step(rest);
    if (step == 0) break;
    taken += step;
  }
  return taken;
}

std::size_t session::feed_step(std::string_view octets) {
  if (state_ == state::body) return feed_body(octets);
  return state_ == state::chunk ? feed_chunk(octets) : feed_line(octets);
}

std::size_t session::feed_line(std::string_view octets) {
  if (is_first_line_ && !lines_.is_discarding() && wire::looks_like_tls(octets)) {
    refuse_tls();
    return octets.size();
  }
  using what = wire::line_reader::found::what;
  const wire::line_reader::found found = lines_.read(octets, longest_line(octets));
  if (found.kind == what::line) execute(found.line);
  if (found.kind == what::overlong) refuse_overlong();
  return found.taken;
}

// RFC 4954 4.2: a line of AUTH may be far longer than a command.
std::size_t session::longest_line(std::string_view octets) const {
  const settings& rules = around_.rules;
  const bool is_auth =
      state_ == state::authenticating || wire::starts_ignoring_case(octets, "AUTH ");
  return is_auth ? std::max(rules.auth.max_line, rules.max_command_line) : rules.max_command_line;
}

void session::refuse_overlong() {
  is_first_line_ = false;
  around_.recorder.said(model::direction::from_client, "(overlong command line, not kept)\r\n");
  if (state_ == state::authenticating) {
    enter(state::greeted);
    login_.reset();
    refuse(replies::auth_line_too_long);
  } else {
    refuse(replies::line_too_long);
  }
}

void session::refuse_tls() {
  around_.recorder.noted("tls_on_plain_port", "The client began a TLS handshake on a plain port");
  close_after(replies::speaks_tls);
}

void session::refuse_http() {
  note(model::lint::http_on_smtp_port);
  close_after(replies::speaks_http);
}

void session::refuse_proxy_header() {
  note(model::lint::proxy_header_not_trusted);
  close_after(replies::proxy_not_trusted);
}

std::size_t session::feed_body(std::string_view octets) {
  if (!out_.empty()) note(model::lint::body_before_354);
  std::string_view rest = octets;
  transaction_->take_body(rest, around_.rules.max_message_size, around_.memory);
  if (transaction_->body_is_complete()) {
    around_.recorder.body_received(transaction_->octets_received());
    transaction_->body_lints().for_each([this](auto each) { around_.recorder.linted(each); });
    conclude_body();
  }
  return octets.size() - rest.size();
}

// A mail of which octets are missing is refused before any rule could accept it.
void session::conclude_body() {
  if (transaction_->is_too_big()) return end_body(replies::too_big);
  if (transaction_->ran_out_of_memory()) return end_body(replies::no_memory);
  if (const auto wrong = strict_refusal_of_content()) return end_body(*wrong);
  consider({model::stage::end_of_data});
}

// Commands

void session::execute(std::string_view line) {
  if (state_ == state::authenticating || wire::starts_ignoring_case(line, "AUTH")) {
    hear_secret(line);
  } else {
    around_.recorder.said(model::direction::from_client, line);
  }
  is_silent_in_tls_ = false;
  if (std::exchange(is_first_line_, false)) {
    if (wire::looks_like_http(line)) return refuse_http();
    if (line.starts_with("PROXY ")) return refuse_proxy_header();
  }
  if (++commands_ > around_.rules.max_commands && around_.rules.max_commands != 0)
    return close_after(replies::too_many_commands);
  if (!out_.empty()) note_pipelining();
  const std::string_view text = wire::without_line_end(line);
  if (state_ == state::authenticating) return respond(text);
  const std::string_view verb = text.substr(0, text.find(' '));
  const command_row* row = find_command(verb);
  if (text == proxy_v2_line) return refuse_proxy_header();
  if (row == nullptr || !is_offered(*row)) return refuse(refusal_of_unknown(verb, row));
  command_ = {};
  command_.argument = wire::trim(text.substr(verb.size()));
  if (!line.ends_with("\r\n")) command_.lints.add(model::lint::bare_lf);
  ended_a_group_ = row->in_group == group_use::end;
  run(*row);
}

bool session::is_offered(const command_row& row) const {
  const bool is_of_dialect = (row.dialects & in_dialect(around_.rules.speaks)) != 0;
  return is_of_dialect && around_.rules.offers(row.needs);
}

// RFC 5321 4.2.4: 502 for what is known and not offered, 500 for what is no command.
const model::reply& session::refusal_of_unknown(std::string_view verb,
                                                const command_row* row) const {
  if (row == nullptr)
    return is_known_elsewhere(verb) ? replies::not_implemented : replies::unrecognised;
  if (around_.rules.offers(row->needs))
    return around_.rules.speaks == dialect::lmtp ? replies::say_lhlo : replies::say_ehlo;
  return replies::not_implemented;
}

const model::reply& session::refusal_out_of_state(const command_row& row) const {
  if (state_ == state::connected)
    return around_.rules.speaks == dialect::lmtp ? replies::lhlo_first : replies::greet_first;
  return state_ == state::chunks ? replies::chunks_have_begun : *row.out_of_state;
}

void session::run(const command_row& row) {
  if ((row.states & in(state_)) == 0) return refuse(refusal_out_of_state(row));
  if (const auto wrong = row.parse(command_, around_.rules)) return refuse(*wrong);
  look_for_lints(row);
  if (const auto wrong = strict_refusal(row)) return refuse(*wrong);
  consider({row.point, &row});
}

// The one place where a fault can act: before the reply is chosen.
void session::consider(crossing where) {
  if (!around_.judge.is_asked_at(talk(), where.point)) return conclude(where, faults::no_verdict);
  const faults::verdict* verdict = around_.judge.decide(facts_at(where.point));
  if (verdict == nullptr) return conclude(where, faults::no_verdict);
  if (verdict->delay.count() == 0) return conclude(where, *verdict);
  pause_at(where, *verdict);
}

// The line will be gone when the pause is over: a copy is kept and taken apart again.
void session::pause_at(crossing where, const faults::verdict& verdict) {
  pause_ = pause{verdict.delay, where, verdict};
  if (where.row == nullptr) return;
  held_line_ = command_.argument;
  const model::lint_set lints = command_.lints;
  command_ = {};
  command_.argument = held_line_;
  (void)where.row->parse(command_, around_.rules);
  command_.lints = lints;
}

faults::protocol session::talk() const {
  return around_.rules.speaks == dialect::lmtp ? faults::protocol::lmtp : faults::protocol::smtp;
}

faults::event session::facts_at(model::stage point) const {
  // At HELO, EHLO and LHLO the name is judged that is being given.
  const bool is_greeting =
      point == model::stage::ehlo || point == model::stage::helo || point == model::stage::lhlo;
  faults::event facts{
      .point = point,
      .client_address = client_.address,
      .helo = is_greeting ? command_.argument : std::string_view(helo_),
      .path = command_.path.address,
      .user = is_authenticated() ? std::string_view(login_->who().user) : std::string_view{},
      .auth = login_ ? &login_->who() : nullptr,
      .talk = talk()};
  if (transaction_) {
    facts.envelope = &transaction_->envelope();
    facts.size = transaction_->octets_received();
  }
  return facts;
}

void session::conclude(crossing where, const faults::verdict& verdict) {
  const bool is_silent = verdict.close && !verdict.reply;
  // Who closes does not wait for the octets of a chunk.
  const bool is_said_at_once = verdict.close && where.point == model::stage::bdat;
  if (is_said_at_once && verdict.reply) {
    answer(*verdict.reply);
  } else if (!is_silent) {
    reply_to(where, verdict.reply ? *verdict.reply : own_reply(where));
  }
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
    case model::stage::bdat: return chunk_.left == 0 ? end_chunk() : void();
    default: break;
  }
  answer(reply);
}

model::reply session::own_reply(crossing where) {
  if (where.row != nullptr)
    return where.row->tls == unmet_ ? reply_to_unmet() : where.row->decide(*this);
  if (where.point == model::stage::connect || where.point == model::stage::tls_handshake)
    return {};  // nothing is said yet: the banner has its own point
  if (where.point == model::stage::banner) return {220, {}, around_.texts.greeting};
  if (where.point != model::stage::end_of_data) return handlers::tell_outcome(*this);
  return replies::queued;
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
  const std::size_t recipients =
      transaction_->body_is_complete() ? transaction_->accepted_recipients() : 1;
  around_.recorder.attempt_ended(transaction_->reject(now, reply));
  transaction_.reset();
  enter(state::greeted);
  answer_mail(reply, recipients);
}

void session::delivered(wire::deliver_result result) {
  const model::mail_ref mail = std::exchange(to_deliver_, nullptr);
  enter(state::greeted);
  const model::attempt_facts& facts = mail->facts();
  if (result == wire::deliver_result::stored) {
    const std::string text = mail->reply_text();
    return answer_mail({facts.reply_code, facts.reply_enhanced, text}, *mail);
  }
  model::attempt_facts refused = facts;
  refused.result = model::outcome::rejected;
  refused.reply_code = replies::no_memory.code;
  refused.reply_enhanced = replies::no_memory.enhanced;
  model::mail_builder without_body(around_.memory, mail->envelope(), 0);
  around_.recorder.attempt_ended(without_body.finish(refused, replies::no_memory.text));
  answer_mail(replies::no_memory, *mail);
}

void session::end_transaction() {
  if (!transaction_) return;
  if (state_ == state::body && !transaction_->body_is_complete())
    around_.recorder.body_received(transaction_->octets_received());
  if (state_ == state::chunk && chunk_.left > 0)
    around_.recorder.body_received(chunk_.size - chunk_.left);
  around_.recorder.attempt_ended(transaction_->abandon(around_.clock.now(), around_.memory));
  transaction_.reset();
  if (state_ != state::closing) enter(state::greeted);
}

// Output

void session::answer(model::reply reply) {
  if (!around_.rules.offers(extension::enhanced_status_codes)) reply.enhanced = {};
  const std::size_t begin = out_.size();
  // The longest of the usual replies is ready.
  const announcements::extensions& usual = around_.texts.in(security_);
  if (reply.text.data() == usual.text.data() && reply.code == 250) {
    out_ += usual.reply;
  } else {
    wire::append_reply(out_, reply);
  }
  around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
}

// The answer to a whole mail: in LMTP one for each recipient that was accepted (RFC 2033 4.2).
void session::answer_mail(const model::reply& reply, std::size_t recipients) {
  if (around_.rules.speaks == dialect::smtp) return answer(reply);
  for (std::size_t i = 0; i < recipients; ++i) answer(reply);
}

void session::answer_mail(const model::reply& reply, const model::mail_record& mail) {
  if (around_.rules.speaks == dialect::smtp) return answer(reply);
  answer_mail(reply, count_accepted(mail));
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
  if (!out_.empty()) return wire::send{out_, !pause_ && closing_ && model::ends_in_fin(*closing_)};
  if (pause_) return wire::wait{pause_->time, wire::wait::input::keep};
  if (closing_) return wire::close{*closing_, around_.rules.linger};
  if (awaits_tls_) return start_tls();
  const bool reads_body = state_ == state::body || state_ == state::chunk;
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
  if (is_mute()) return close(model::close_mode::fin_drain);
  switch (how) {
    case wire::peer_end::timeout: return close_after(replies::idle);
    case wire::peer_end::shutdown: return close_after(replies::shutting_down);
    case wire::peer_end::session_limit: return close_after(replies::session_too_long);
    case wire::peer_end::fin:
      if (commands_ > 0) note(model::lint::no_quit);
      return close(model::close_mode::fin_drain);
    case wire::peer_end::reset: out_.clear(); return close(model::close_mode::abrupt);
  }
}

}  // namespace mailrig::smtp
