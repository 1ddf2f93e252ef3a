// What leaves a session: its replies, its next action, and its end.
#include "capture/smtp/replies.hpp"
#include "capture/smtp/session.hpp"
#include "capture/wire/reply_format.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::smtp {
namespace {

constexpr std::size_t read_at_most_in_commands = std::size_t{16} * 1024;
constexpr std::size_t read_at_most_in_body = std::size_t{256} * 1024;

std::size_t count_accepted(const model::mail_record& mail) {
  const model::envelope envelope = mail.envelope();
  return static_cast<std::size_t>(
      std::count_if(envelope.recipients.begin(), envelope.recipients.end(),
                    [](const model::recipient& each) { return each.is_accepted(); }));
}

}  // namespace

// Replies

void session::append_reply(std::string& to, const model::reply& reply) const {
  // The longest of the usual replies is ready.
  const announcements::extensions& usual = around_.texts.in(security_);
  if (reply.text.data() == usual.text.data() && reply.code == 250) {
    to += usual.reply;
  } else {
    wire::append_reply(to, reply);
  }
}

void session::answer(model::reply reply, std::size_t times) {
  if (!around_.rules.offers(extension::enhanced_status_codes)) reply.enhanced = {};
  if (play_) return answer_by_rule(reply, times);
  for (std::size_t i = 0; i < times; ++i) {
    const std::size_t begin = out_.size();
    append_reply(out_, reply);
    around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
  }
}

// A reply in which a rule may have a part; one that comes behind it waits for its end.
void session::answer_by_rule(const model::reply& reply, std::size_t times) {
  std::string octets;
  for (std::size_t i = 0; i < times; ++i) append_reply(octets, reply);
  wire::verdict_player& player = play_->player;
  if (!player.wants_reply()) {
    behind_play_ += octets;
  } else if (player.is_plain()) {
    octets = player.shaped(std::move(octets));
    if (!octets.empty()) around_.recorder.said(model::direction::to_client, octets);
    player.said_elsewhere(octets.size());
    out_ += octets;
  } else {
    player.give(std::move(octets));
  }
}

// The answer to a whole mail: in LMTP one for each recipient that was accepted (RFC 2033 4.2).
void session::answer_mail(const model::reply& reply, std::size_t recipients) {
  if (std::exchange(is_answered_, false)) return;
  if (answers_) {
    answers_->usual = reply;
    answers_->text = reply.text;
    return answer_recipients();
  }
  answer(reply, around_.rules.speaks == dialect::smtp ? 1 : recipients);
}

void session::answer_mail(const model::reply& reply, const model::mail_record& mail) {
  answer_mail(reply, around_.rules.speaks == dialect::smtp ? 1 : count_accepted(mail));
}

// A refusal that is the client's own fault; too many of them end the session (RFC 5321 4.5.4.2 lets
// a server give up).
void session::refuse(const model::reply& reply) {
  happen(faults::happening::command_error, model::stage::unknown);
  answer(reply);
  if (++errors_ >= around_.rules.max_errors) close_after(replies::too_many_errors);
}

void session::close_after(const model::reply& reply) {
  end_transaction();
  answer(reply);
  close(model::close_mode::fin_drain);
}

void session::close(model::close_mode mode) {
  close(wire::ending{{mode, around_.rules.linger}});
}

void session::close(const wire::ending& how) {
  end_transaction();
  enter(state::closing);
  closing_ = how;
}

// Actions

wire::need_input session::need_input() const {
  const bool reads_body = state_ == state::body || state_ == state::chunk;
  const std::size_t most = reads_body ? read_at_most_in_body : read_at_most_in_commands;
  const std::uint64_t mark = reads_body ? octets_to_mark() : most;
  wire::need_input wanted{static_cast<std::size_t>(std::min<std::uint64_t>(most, mark)),
                          around_.rules.idle_timeout};
  if (watches_silence()) {
    wanted.then = wire::need_input::silence::is_watched;
    wanted.mark = next_idle_mark();
  }
  return wanted;
}

wire::action session::next() {
  if (is_examining_) return wire::examine{transaction_->body(), wanted_of_mail()};
  if (to_deliver_) return wire::deliver{to_deliver_, play_ || answers_ || is_answered_};
  if (!out_.empty()) {
    const bool closes = closing_ && !play_ && closing_->hold.count() == 0;
    return wire::send{out_, closes && model::ends_in_fin(closing_->how.mode)};
  }
  if (play_) return *play_->player.next();
  if (closing_) {
    if (closing_->hold.count() == 0) return closing_->how;
    return wire::wait{closing_->hold, wire::wait::input::stop, wire::wait::clock::real};
  }
  if (awaits_tls_) return start_tls();
  return need_input();
}

void session::sent() {
  if (!out_.empty()) {
    constexpr std::size_t kept_capacity = 512;
    if (out_.capacity() > kept_capacity) out_ = {};
    out_.clear();
  } else if (play_) {
    play_->player.sent();
    proceed();
  }
  ask_after_accept();
}

void session::elapsed() {
  if (play_) {
    play_->player.elapsed();
    proceed();
  } else if (closing_) {
    closing_->hold = {};
  }
}

void session::silent_for(model::duration silence) {
  idle_ = silence;
  consider({model::stage::idle});
}

bool session::released(std::span<const std::uint64_t> rules) {
  if (!play_ || !play_->player.is_of(rules)) return false;
  const bool waits = play_->player.release();
  proceed();
  return waits;
}

void session::peer_closed(wire::peer_end how) {
  if (play_) end_play(wire::to_string(how));
  told_mail_.reset();
  answers_.reset();
  if (closing_) {
    closing_->hold = {};
    return;
  }
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
