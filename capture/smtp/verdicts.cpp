// Where the rules are asked, and how a session carries out what they decided (decision 0010).
//
// What a reply means is the session's own affair: a verdict only says when the session says it, in
// which words and pieces, and what follows.
#include "capture/smtp/handlers.hpp"
#include "capture/smtp/replies.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::uint64_t no_mark = std::numeric_limits<std::uint64_t>::max();

}  // namespace

// The one place where a fault can act: before the reply is chosen.
void session::consider(crossing where) {
  if (!around_.judge.is_asked_at(talk(), where.point)) return conclude(where);
  const faults::verdict* const decided = around_.judge.decide(facts_at(where.point));
  if (decided == nullptr) return conclude(where);
  play(where, *decided);
}

void session::conclude(crossing where) {
  const spoken was = reply_to(where, play_ ? reply_by_rule(where) : own_reply(where));
  if (!play_) return go_on_from(where.point, was);
  play_->was = was;
  // What waits for the post office, or for the octets of a chunk, is said later.
  if (!to_deliver_ && play_->player.wants_reply()) play_->player.give({});
}

// The rule's, or the session's own with what the rule makes of its keywords.
model::reply session::reply_by_rule(crossing where) {
  const wire::verdict_player& player = play_->player;
  if (player.reply() != nullptr) return *player.reply();
  model::reply own = own_reply(where);
  const auto* const changes = player.decided().find<faults::ehlo>();
  if (changes == nullptr || !own.is_positive()) return own;
  reply_text_ = wire::with_other_keywords(own.text, *changes);
  own.text = reply_text_;
  return own;
}

session::spoken session::reply_to(crossing where, const model::reply& reply) {
  if (where.point == model::stage::bdat && where.row != nullptr)
    return say_behind_chunk(where, reply);
  if (where.row != nullptr) where.row->settle(*this, reply);
  const bool says_nothing = reply.code == 0;
  switch (where.point) {
    case model::stage::auth_continue:
    case model::stage::auth_result: handlers::settle_authentication(*this, reply); [[fallthrough]];
    case model::stage::auth_start:
    case model::stage::unknown:
      if (says_nothing) return spoken::no;
      reply.is_positive() ? answer(reply) : refuse(reply);
      return spoken::yes;
    case model::stage::end_of_data: answers_ ? answer(reply) : end_body(reply); return spoken::yes;
    case model::stage::data_body:
    case model::stage::bdat:
      if (says_nothing) return spoken::no;
      early_reply_ = std::make_unique<early_reply>(
          early_reply{{reply.code, reply.enhanced, {}}, std::string(reply.text)});
      break;
    default: break;
  }
  if (says_nothing) return spoken::no;
  answer(reply);
  return spoken::yes;
}

// A chunk is answered when its octets are in (RFC 3030 2); who closes does not wait for them.
session::spoken session::say_behind_chunk(crossing where, const model::reply& reply) {
  if (play_ && play_->player.decided().close) {
    answer(reply);
    return spoken::yes;
  }
  where.row->settle(*this, reply);
  play_behind_chunk_ = std::move(play_);
  if (chunk_.left == 0) end_chunk();
  return spoken::yes;
}

model::reply session::own_reply(crossing where) {
  if (where.row != nullptr)
    return where.row->tls == unmet_ ? reply_to_unmet() : where.row->decide(*this);
  switch (where.point) {
    case model::stage::banner: return {220, {}, around_.texts.greeting};
    case model::stage::end_of_data: return answers_ ? answers_->usual_reply() : replies::queued;
    case model::stage::auth_continue:
    case model::stage::auth_result: return handlers::tell_outcome(*this);
    case model::stage::unknown: return refusal_;
    // Nothing is said there by itself.
    default: return {};
  }
}

// What comes behind a point that is done with.
void session::go_on_from(model::stage point, spoken was) {
  if (closing_) return;
  switch (point) {
    case model::stage::connect:
      if (was == spoken::yes) return;
      if (around_.rules.tls != tls_mode::implicit) return consider({model::stage::banner});
      awaits_tls_ = true;
      return;
    case model::stage::auth_start:
      if (was == spoken::no) consider({model::stage::auth_result});
      return;
    case model::stage::data:
      if (state_ == state::body) ask_in_body();
      return;
    case model::stage::end_of_data:
      if (answers_) answer_recipients();
      ask_after_accept();
      return;
    default: return;
  }
}

// A verdict

void session::play(crossing where, const faults::verdict& decided) {
  if (play_) end_play("done");
  wire::tell_of(decided, where.point, around_.recorder);
  wire::learn_handshake(decided, handshake_);
  hold_line(where);
  const wire::verdict_player::manner manner{
      .linger = around_.rules.linger, .settles_first = where.point == model::stage::end_of_data};
  play_ = std::make_unique<performance>(
      performance{where, wire::verdict_player(decided, manner), spoken::yes, nullptr});
  proceed();
}

// Goes on with a verdict until time, octets or the driver are waited for.
void session::proceed() {
  while (play_ && !to_deliver_ && !is_examining_) {
    const wire::verdict_player& player = play_->player;
    if (player.wants_reply()) {
      conclude(play_->where);
    } else if (player.next()) {
      return;
    } else if (player.closing() != nullptr) {
      const wire::ending how = *player.closing();
      end_play(player.way_it_ended());
      close(how);
    } else {
      const auto [point, was] = std::pair(play_->where.point, play_->was);
      end_play(player.way_it_ended());
      go_on_from(point, was);
    }
  }
}

void session::end_play(std::string_view how) {
  const std::unique_ptr<performance> over = std::move(play_);
  const wire::verdict_player& player = over->player;
  const std::string said = player.said();
  if (!said.empty()) around_.recorder.said(model::direction::to_client, said);
  const faults::executed done{player.octets_written(), octets_taken_, std::string(how)};
  for (const faults::firing& each : player.decided().fired) around_.judge.executed(each, done);
  if (!player.was_given()) note_unanswered(over->where);
  if (over->mail && player.owes_reply()) over->mail->lose_reply();
  if (behind_play_.empty()) return;
  around_.recorder.said(model::direction::to_client, behind_play_);
  out_ += std::exchange(behind_play_, {});
}

// The verdict ends the session, or the client has gone, before its command was answered: the
// attempt got as far as that all the same.
void session::note_unanswered(crossing where) {
  if (!transaction_ || where.row == nullptr) return;
  if (where.point == model::stage::rcpt) handlers::ask_for_recipient(*this);
  if (where.point == model::stage::data) transaction_->reached(model::stage::data);
  if (where.point == model::stage::bdat) transaction_->reached(model::stage::data_body);
}

// The line will be gone when the verdict goes on: a copy is kept and taken apart again.
void session::hold_line(crossing where) {
  if (where.row == nullptr) return;
  held_line_ = command_.argument;
  const model::lint_set lints = command_.lints;
  command_ = {};
  command_.argument = held_line_;
  (void)where.row->parse(command_, around_.rules);
  command_.lints = lints;
}

// Points that no command leads to

// How many octets of the body may be taken before the rules are asked.
std::uint64_t session::octets_to_mark() const {
  const model::stage point = state_ == state::chunk ? model::stage::bdat : model::stage::data_body;
  if (!around_.judge.is_asked_at(talk(), point)) return no_mark;
  const auto mark = around_.judge.next_mark(talk(), point, body_octets_ + 1);
  return mark ? *mark - body_octets_ : no_mark;
}

// Behind 354, before any octet of the body.
void session::ask_in_body() {
  if (!around_.judge.is_asked_at(talk(), model::stage::data_body)) return;
  const auto mark = around_.judge.next_mark(talk(), model::stage::data_body, 0);
  if (mark == std::uint64_t{0}) consider({model::stage::data_body});
}

// Once the reply to a mail has left, if one has.
void session::ask_after_accept() {
  if (!told_mail_ || !out_.empty() || play_ || answers_) return;
  consider({model::stage::after_accept});
  told_mail_.reset();
}

bool session::watches_silence() const {
  return around_.judge.is_asked_at(talk(), model::stage::idle);
}

model::duration session::next_idle_mark() const {
  return around_.judge.next_idle_mark(talk(), idle_ + model::duration{1})
      .value_or(wire::need_input::no_mark);
}

}  // namespace mailrig::smtp
