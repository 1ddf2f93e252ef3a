// Where the rules are asked, and how a session carries out what they decided (decision 0010).
//
// What a reply means is the session's own affair: a verdict only says when the session says it, in
// which words and pieces, and what follows.
#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/wire/text.hpp"

#include <utility>

namespace mailrig::pop3 {

// The one place where a fault can act: before the reply is chosen.
void session::consider(crossing where) {
  if (!around_.judge.is_asked_at(faults::protocol::pop3, where.point)) return conclude(where);
  const faults::verdict* const decided = around_.judge.decide(facts_at(where.point));
  if (decided == nullptr) return conclude(where);
  play(where, *decided);
}

void session::conclude(crossing where) {
  const spoken was = reply_to(where, play_ ? reply_by_rule(where) : own_reply(where));
  if (!play_) return go_on_from(where.point, was);
  play_->was = was;
  // What waits for an errand is said later.
  if (errand_ == errand::none && play_->player.wants_reply()) play_->player.give({});
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
  const bool is_response =
      where.point == model::stage::auth_continue || where.point == model::stage::auth_result;
  if (where.row != nullptr) where.row->settle(*this, reply);
  if (is_response) handlers::settle_authentication(*this, reply);
  if (where.point == model::stage::update) {
    begin_update(reply);
    return spoken::yes;
  }
  if (errand_ != errand::none) {
    held_text_ = reply.text;
    held_code_ = reply.code;
    if (errand_ == errand::update) {
      errand_ = errand::none;
      consider({model::stage::update});
    }
    return spoken::yes;
  }
  if (reply.code == 0) return spoken::no;
  if (where.point == model::stage::unknown && !reply.is_positive()) {
    refuse(reply);
    return spoken::yes;
  }
  if (suppresses_flow()) outflow_ = {};
  answer(reply);
  give_up_after_errors();
  if (!play_) flow();
  return spoken::yes;
}

// RFC 1939 6: what is marked is removed, and then the client is told; unless a rule only says so.
void session::begin_update(const model::reply& reply) {
  held_text_ = reply.text;
  held_code_ = reply.code;
  errand_ = errand::update;
  if (find_step<faults::drop>() != nullptr) updated();
}

// Where nothing is said yet: the greeting and the end of an exchange have their own points.
void session::go_on_from(model::stage point, spoken was) {
  if (closing_) return;
  if (point == model::stage::auth_start && was == spoken::no)
    return consider({model::stage::auth_result});
  if (point != model::stage::connect || was == spoken::yes) return flow();
  if (around_.rules.tls != tls_mode::implicit) return consider({model::stage::greeting});
  awaits_tls_ = true;
}

model::reply session::own_reply(crossing where) {
  if (where.row != nullptr) return where.row->decide(*this);
  switch (where.point) {
    case model::stage::auth_continue:
    case model::stage::auth_result: return handlers::tell_outcome(*this);
    case model::stage::update: return held_reply("Bye");
    case model::stage::unknown: return replies::unrecognised;
    case model::stage::greeting:
      reply_text_ = "mailrig is ready " + timestamp();
      return {replies::positive, {}, reply_text_};
    // Nothing is said there by itself.
    default: return {};
  }
}

// A verdict

void session::play(crossing where, const faults::verdict& decided) {
  if (play_) end_play("done");
  wire::tell_of(decided, where.point, around_.recorder);
  hold_line(where);
  wire::learn_handshake(decided, handshake_);
  const bool is_end = where.point == model::stage::quit || where.point == model::stage::update;
  const wire::verdict_player::manner manner{.replies = wire::reply_manner::words,
                                            .linger = around_.rules.linger,
                                            .settles_first = is_end};
  play_ = std::make_unique<performance>(
      performance{where, wire::verdict_player(decided, manner), spoken::yes, false});
  switch (where.point) {
    case model::stage::list:
    case model::stage::uidl:
    case model::stage::retr:
    case model::stage::top: begin_flow(decided); break;
    case model::stage::retr_body: slow_down(decided); break;
    default: break;
  }
  proceed();
}

// Goes on with a verdict until time, octets or the driver are waited for.
void session::proceed() {
  while (play_ && errand_ == errand::none) {
    const wire::verdict_player& player = play_->player;
    if (player.wants_reply()) {
      conclude(play_->where);
    } else if (player.wants_more()) {
      feed_player();
    } else if (player.next()) {
      return;
    } else if (player.closing() != nullptr) {
      const wire::ending how = *player.closing();
      end_play(player.way_it_ended());
      outflow_ = {};
      slow_.reset();
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
  const std::string said = over->is_said ? std::string() : player.said();
  if (!said.empty()) around_.recorder.said(model::direction::to_client, said);
  std::uint64_t written = player.octets_written();
  if (over->where.point == model::stage::retr_body && slow_) written += slow_->out;
  const faults::executed done{written, octets_taken_, std::string(how)};
  for (const faults::firing& each : player.decided().fired) around_.judge.executed(each, done);
  if (behind_play_.empty()) return;
  around_.recorder.said(model::direction::to_client, behind_play_);
  out_ += std::exchange(behind_play_, {});
}

// The line will be gone when the verdict goes on: a copy is kept and taken apart again.
void session::hold_line(crossing where) {
  if (where.row == nullptr) return;
  held_line_ = command_.password;  // with its blanks
  command_ = {};
  command_.password = held_line_;
  command_.argument = wire::trim(command_.password);
  (void)where.row->parse(command_);
}

bool session::suppresses_flow() const {
  const auto* const said = find_step<faults::reply_step>();
  return (said != nullptr && said->is_raw) || find_step<faults::partial>() != nullptr ||
         find_step<faults::omit>() != nullptr;
}

// Replies that wait for an errand

model::reply session::held_reply(std::string_view own_text) {
  reply_text_ = held_text_.empty() ? own_text : held_text_;
  return {held_code_, {}, reply_text_};
}

}  // namespace mailrig::pop3
