// What leaves a session: its replies, its next action, and its end.
#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"
#include "capture/pop3/reply_format.hpp"

#include <utility>

namespace mailrig::pop3 {
namespace {

constexpr std::size_t read_at_most = std::size_t{16} * 1024;

}  // namespace

// Replies

void session::answer(const model::reply& reply) {
  if (play_) return answer_by_rule(reply);
  const std::size_t begin = out_.size();
  append_reply(out_, reply);
  around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
}

// A reply in which a rule may have a part; one that comes behind it waits for its end.
void session::answer_by_rule(const model::reply& reply) {
  std::string octets;
  append_reply(octets, reply);
  wire::verdict_player& player = play_->player;
  if (!player.wants_reply()) {
    behind_play_ += octets;
  } else if (outflow_.index() != 0) {
    around_.recorder.said(model::direction::to_client, player.shaped(octets, false));
    play_->is_said = true;
    player.give(std::move(octets), false);
  } else if (player.is_plain()) {
    octets = player.shaped(std::move(octets));
    if (!octets.empty()) around_.recorder.said(model::direction::to_client, octets);
    player.said_elsewhere(octets.size());
    out_ += octets;
  } else {
    player.give(std::move(octets));
  }
}

// A refusal that is the client's own fault; too many of them end the session.
void session::refuse(const model::reply& reply) {
  ++errors_;
  happen(faults::happening::command_error, model::stage::unknown);
  answer(reply);
  give_up_after_errors();
}

void session::give_up_after_errors() {
  if (errors_ >= around_.rules.max_errors && !closing_) close_after(replies::too_many_errors);
}

void session::close_after(const model::reply& reply) {
  answer(reply);
  close(model::close_mode::fin_drain);
}

void session::close(model::close_mode mode) {
  close(wire::ending{{mode, around_.rules.linger}});
}

void session::close(const wire::ending& how) {
  enter(state::closing);
  closing_ = how;
}

// Actions

wire::action session::next() {
  switch (errand_) {
    case errand::none: break;
    case errand::open: return wire::open_mailbox{user_, &around_.rules.mailboxes};
    case errand::fetch_whole:
      return wire::fetch{&entry(fetched_number_), wire::fetch::extent::whole};
    case errand::fetch_top: return wire::fetch{&entry(fetched_number_), wire::fetch::extent::top};
    case errand::update: return wire::update{&listing_};
  }
  if (!out_.empty()) {
    const bool is_last = straight_.empty() && !is_flowing() && !play_;
    const bool closes = is_last && closing_ && closing_->hold.count() == 0;
    return wire::send{out_, closes && model::ends_in_fin(closing_->how.mode)};
  }
  if (play_) return *play_->player.next();
  if (!straight_.empty()) return wire::send{straight_};
  if (slow_ && slow_->is_in_gap) return wire::wait{slow_->gap};
  if (closing_) {
    if (closing_->hold.count() == 0) return closing_->how;
    return wire::wait{closing_->hold, wire::wait::input::stop, wire::wait::clock::real};
  }
  if (awaits_tls_) return start_tls();
  wire::need_input wanted{read_at_most, around_.rules.idle_timeout};
  if (watches_silence()) {
    wanted.then = wire::need_input::silence::is_watched;
    wanted.mark = next_idle_mark();
  }
  return wanted;
}

void session::sent() {
  if (!out_.empty()) {
    constexpr std::size_t kept_capacity = 512;
    if (!is_flowing() && out_.capacity() > kept_capacity) out_ = {};
    out_.clear();
  } else if (play_) {
    play_->player.sent();
    return proceed();
  } else {
    if (slow_) {
      slow_->left += straight_.size();
      slow_->out += straight_.size();
      slow_->was_asked = false;
      slow_->is_in_gap = slow_->gap.count() > 0;
    }
    straight_ = {};
  }
  if (straight_.empty() && !play_) flow();
}

void session::elapsed() {
  if (play_) {
    play_->player.elapsed();
    proceed();
  } else if (slow_ && slow_->is_in_gap) {
    slow_->is_in_gap = false;
    flow();
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
  errand_ = errand::none;
  outflow_ = {};
  slow_.reset();
  straight_ = {};
  if (closing_) closing_->hold = {};
  if (closing_ && how != wire::peer_end::reset) return;
  if (is_mute()) return close(model::close_mode::fin_drain);
  switch (how) {
    // RFC 1939 3: without a response, and without deleting anything.
    case wire::peer_end::timeout:
    case wire::peer_end::session_limit: return close(model::close_mode::fin_drain);
    case wire::peer_end::shutdown: return close_after(replies::shutting_down);
    case wire::peer_end::fin: return close(model::close_mode::fin_drain);
    case wire::peer_end::reset: out_.clear(); return close(model::close_mode::abrupt);
  }
}

}  // namespace mailrig::pop3
