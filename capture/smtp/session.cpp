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

constexpr std::size_t most_unsent_octets =
    std::size_t{64} * 1024;  // then they are sent before more input is taken

constexpr std::size_t usual_output = 300;  // the answer to EHLO fits

// The third line of what a PROXY header of version 2 begins with (proxy-protocol.txt 2.2).
constexpr std::string_view proxy_v2_line("\0", 1);

}  // namespace

session::session(surroundings around, model::id id, peer client)
    : around_(around), id_(id), client_(std::move(client)) {
  may_use_xclient_ = around_.rules.offers(extension::xclient) &&
                     around_.rules.xclient_from.contains(client_.address);
  out_.reserve(usual_output);
  if (around_.rules.requires_tls) unmet_ = tls_use::wanted;
  facts_.id = id_;
  facts_.client_address = client_.address;
  facts_.client_port = client_.port;
  facts_.server_port = client_.server_port;
  facts_.server_name = around_.rules.host_name;
  happen(faults::happening::connection_opened, model::stage::connect);
  consider({model::stage::connect});
}

session::~session() {
  if (facts_.is_linked()) happen(faults::happening::connection_closed, model::stage::connect);
}

// Input

bool session::takes_input() const {
  return !closing_ && !play_ && !to_deliver_ && !told_mail_ && !awaits_tls_ && !is_examining_ &&
         out_.size() < most_unsent_octets;
}

std::size_t session::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (taken < octets.size() && takes_input()) {
    const std::string_view rest = octets.substr(taken);
    const std::size_t step = feed_step(rest);
    if (step == 0) break;
    taken += step;
  }
  if (taken > 0) idle_ = {};
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
  octets_taken_ += found.taken;
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
  const std::uint64_t mark = octets_to_mark();
  octets = octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets.size(), mark)));
  std::string_view rest = octets;
  transaction_->take_body(rest, around_.rules.max_message_size, around_.memory);
  const std::size_t taken = octets.size() - rest.size();
  body_octets_ += taken;
  octets_taken_ += taken;
  if (transaction_->body_is_complete()) {
    around_.recorder.body_received(transaction_->octets_received());
    transaction_->body_lints().for_each([this](auto each) { around_.recorder.linted(each); });
    conclude_body();
  } else if (taken == mark) {
    consider({model::stage::data_body});
  }
  return taken;
}

// A mail of which octets are missing is refused before any rule could accept it.
void session::conclude_body() {
  if (const auto early = std::exchange(early_reply_, nullptr)) {
    is_answered_ = true;
    return end_body({early->reply.code, early->reply.enhanced, early->text});
  }
  if (transaction_->is_too_big()) return end_body(replies::too_big);
  if (transaction_->ran_out_of_memory()) return end_body(replies::no_memory);
  if (const auto wrong = strict_refusal_of_content()) return end_body(*wrong);
  constexpr faults::stage_set of_the_whole{model::stage::end_of_data, model::stage::after_accept};
  const bool is_asked = !(around_.judge.stages_asked(talk()) & of_the_whole).empty() ||
                        around_.judge.counts(faults::happening::message_accepted);
  if (!is_asked) return conclude({model::stage::end_of_data});
  is_examining_ = !wanted_of_mail().empty();
  if (!is_examining_) judge_mail();
}

// What rules want to know of a whole mail that only a parser can tell.
faults::parsed_fact_set session::wanted_of_mail() const {
  faults::parsed_fact_set wanted = around_.judge.wanted_at(talk(), model::stage::end_of_data);
  wanted.bits |= around_.judge.wanted_at(talk(), model::stage::after_accept).bits;
  return wanted;
}

void session::examined(std::shared_ptr<const faults::parsed_facts> facts) {
  is_examining_ = false;
  parsed_ = std::move(facts);
  judge_mail();
  proceed();
}

void session::judge_mail() {
  const bool asks_each = around_.rules.speaks == dialect::lmtp &&
                         around_.judge.is_asked_at(talk(), model::stage::end_of_data);
  asks_each ? consider_recipients() : consider({model::stage::end_of_data});
}

// Commands

void session::execute(std::string_view line) {
  if (state_ == state::authenticating || wire::starts_ignoring_case(line, "AUTH")) {
    hear_secret(line);
  } else {
    around_.recorder.said(model::direction::from_client, line);
  }
  if (std::exchange(is_silent_in_tls_, false)) wire::note_trust(handshake_, around_.recorder);
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
  if (row == nullptr || !is_offered(*row)) {
    happen(faults::happening::command_unknown, model::stage::unknown);
    refusal_ = refusal_of_unknown(verb, row);
    return consider({model::stage::unknown});
  }
  happen(faults::happening::command, row->point);
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

// Transactions

// The mail is whole, and `reply` is the answer to it unless the post office cannot take it.
void session::end_body(const model::reply& reply) {
  const model::instant now = around_.clock.now();
  if (reply.is_positive()) {
    enter(state::delivering);
    // The attempt tells what was said, not what was meant.
    const bool is_told = !play_ || !play_->player.is_mute();
    to_deliver_ = transaction_->accept(now, is_told ? reply : model::reply{});
    transaction_.reset();
    return;
  }
  const std::size_t recipients =
      transaction_->body_is_complete() ? transaction_->accepted_recipients() : 1;
  around_.recorder.attempt_ended(transaction_->reject(now, reply, around_.memory));
  transaction_.reset();
  enter(state::greeted);
  answer_mail(reply, recipients);
}

void session::delivered(wire::deliver_result result) {
  const model::mail_ref mail = std::exchange(to_deliver_, nullptr);
  enter(state::greeted);
  const model::attempt_facts& facts = mail->facts();
  if (result == wire::deliver_result::stored) {
    // A rule that says nothing must know what it leaves unsaid, should it be taken off.
    const bool is_told = facts.reply_code != 0;
    const std::string text = is_told ? mail->reply_text() : model::queued_text(mail->id());
    model::reply reply =
        is_told ? model::reply{facts.reply_code, facts.reply_enhanced, {}} : replies::queued;
    reply.text = text;
    accepted(mail);
    answer_mail(reply, *mail);
    // The reply may be lost yet; in LMTP the first one decides.
    if (play_ && (!answers_ || answers_->next == 1)) play_->mail = mail;
    proceed();
    return ask_after_accept();
  }
  is_answered_ = false;
  answers_.reset();
  model::attempt_facts refused = facts;
  refused.result = model::outcome::rejected;
  refused.reply_code = replies::no_memory.code;
  refused.reply_enhanced = replies::no_memory.enhanced;
  model::mail_builder without_body(around_.memory, mail->envelope(), 0);
  around_.recorder.attempt_ended(without_body.finish(refused, replies::no_memory.text));
  answer_mail(replies::no_memory, *mail);
  proceed();
}

void session::end_transaction() {
  if (!transaction_) return;
  early_reply_.reset();
  if (state_ == state::body && !transaction_->body_is_complete())
    around_.recorder.body_received(transaction_->octets_received());
  if (state_ == state::chunk && chunk_.left > 0)
    around_.recorder.body_received(chunk_.size - chunk_.left);
  around_.recorder.attempt_ended(transaction_->abandon(around_.clock.now(), around_.memory));
  transaction_.reset();
  if (state_ != state::closing) enter(state::greeted);
}

}  // namespace mailrig::smtp
