#include "tests/dialogues/driver.hpp"

#include "capture/rig/mail_examiner.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace mailrig::dialogue {
namespace {

constexpr std::size_t most_sent_at_once = std::size_t{256} * 1024;

model::ended_by cause_of(wire::peer_end how) {
  switch (how) {
    case wire::peer_end::fin: return model::ended_by::client_fin;
    case wire::peer_end::reset: return model::ended_by::client_reset;
    case wire::peer_end::timeout:
    case wire::peer_end::session_limit: return model::ended_by::timeout;
    case wire::peer_end::shutdown: return model::ended_by::shutdown;
  }
  return model::ended_by::server;
}

void promise(bool is_kept, const char* what) {
  if (!is_kept) throw broken_promise(what);
}

}  // namespace

driver::driver(std::unique_ptr<rig::session_recorder> recorder,
               std::unique_ptr<wire::protocol_session> session, std::size_t most_rest)
    : recorder_(std::move(recorder)), session_(std::move(session)), most_rest_(most_rest) {
  pump();
}

void driver::receive(std::string_view octets) {
  if (is_closed()) return;
  unread_.erase(0, std::exchange(read_, 0));
  unread_ += octets;
  pump();
}

void driver::end_of_input(wire::peer_end how) {
  if (is_closed()) return;
  const bool comes_behind_octets = how == wire::peer_end::fin || how == wire::peer_end::reset;
  if (!comes_behind_octets) {
    pause_left_.reset();
    if (std::holds_alternative<wire::start_tls>(session_->next())) {
      const bool is_shutdown = how == wire::peer_end::shutdown;
      (void)fail_tls(is_shutdown ? model::tls_end::shutdown : model::tls_end::timeout,
                     cause_of(how));
    } else {
      tell_end(how);
    }
    return pump();
  }
  end_ = how;
  pump();
}

void driver::pass_time(model::duration time) {
  if (is_closed()) return;
  silence_ += time;
  if (pause_left_) {
    *pause_left_ -= time;
  } else {
    idle_ += time;
  }
  pump();
}

void driver::handshake(const model::client_hello& hello, const std::string& certificate,
                       std::uint8_t alert) {
  if (is_closed()) return;
  client_tls_ = {hello, certificate, alert};
  pump();
}

// Ends when the session waits for octets, for time, or for nothing more.
void driver::pump() {
  recorder_->tick();
  for (bool goes_on = !is_closed(); goes_on;) {
    offer_rest();
    const wire::action what = session_->next();
    promise(session_->next().index() == what.index(), "next() changes when it is asked twice");
    const bool wants_input = std::holds_alternative<wire::need_input>(what);
    promise(!wants_input || session_->takes_input(), "input is needed but not taken");
    promise(!wants_input || rest_.size() <= most_rest_, "more is left than a line may hold");
    goes_on = std::visit([this](const auto& each) { return carry_out(each); }, what);
  }
}

bool driver::carry_out(const wire::need_input& what) {
  promise(what.at_most > 0, "no octets are asked for");
  if (has_unread()) {
    idle_ = silence_ = model::duration{0};
    read(what.at_most);
    feed_rest();
    return true;
  }
  if (end_ && !end_is_told_) {
    tell_end(*end_);
    return true;
  }
  promise(!end_is_told_, "input is needed behind the end");
  promise(what.patience.count() > 0, "input is waited for no time at all");
  if (what.then == wire::need_input::silence::is_watched && silence_ >= what.mark) {
    session_->silent_for(what.mark);
    return true;
  }
  if (idle_ < what.patience) return false;
  tell_end(wire::peer_end::timeout);
  return true;
}

// Time of a dialogue passes in steps: how fast octets go is seen over sockets.
bool driver::carry_out(const wire::set_pace&) {
  session_->elapsed();
  return true;
}

void driver::release(const std::vector<std::uint64_t>& rules) {
  if (is_closed()) return;
  if (session_->released(rules)) pause_left_.reset();
  pump();
}

bool driver::carry_out(const wire::send& what) {
  promise(!what.bytes.empty(), "nothing is sent");
  promise(what.bytes.size() <= most_sent_at_once, "more than 256 KiB are sent at once");
  if (end_ != wire::peer_end::reset || !end_is_told_) {
    output_ += what.bytes;
    writes_.push_back(output_.size());
    recorder_->octets_written(what.bytes.size());
  }
  recorder_->announce();
  session_->sent();
  return true;
}

bool driver::carry_out(const wire::deliver& what) {
  promise(what.mail && what.mail->is_message(), "a mail that was not accepted is delivered");
  std::optional<bool> is_stored;
  recorder_->deliver(what.mail, [&is_stored](bool stored) { is_stored = stored; });
  promise(is_stored.has_value(), "the store of a dialogue answers at once");
  if (what.is_told_at_once) recorder_->announce();
  session_->delivered(*is_stored ? wire::deliver_result::stored
                                 : wire::deliver_result::storage_full);
  return true;
}

// While the session waits, octets are read ahead; an end that comes behind none is told at once.
bool driver::carry_out(const wire::wait& what) {
  promise(what.time.count() > 0, "no time is waited for");
  if (!pause_left_) pause_left_ = what.time;
  if (what.reading == wire::wait::input::keep && has_unread()) {
    read(unread_.size());
    rest_waits_ = true;
  }
  const bool end_is_noticed = end_ && !end_is_told_ && rest_.empty() && !has_unread();
  if (end_is_noticed && what.reading == wire::wait::input::keep) {
    pause_left_.reset();
    tell_end(*end_);
    return true;
  }
  if (pause_left_->count() > 0) return false;
  pause_left_.reset();
  idle_ = model::duration{0};
  session_->elapsed();
  return true;
}

// Octets that came before are thrown away; those that come instead of a handshake are no TLS.
bool driver::carry_out(const wire::start_tls& what) {
  using early = wire::start_tls::early_octets;
  if (!std::exchange(tls_has_begun_, true) && what.early == early::thrown_away && !rest_.empty()) {
    recorder_->noted("octets_before_tls", early_octets);
    rest_.clear();
  }
  if (what.early == early::kept) injected_ += std::exchange(rest_, {});
  rest_waits_ = false;
  if (has_unread() || !rest_.empty())
    return fail_tls(model::tls_end::not_tls, model::ended_by::tls_failure);
  if (end_ && !end_is_told_) {
    end_is_told_ = true;
    const bool is_reset = *end_ == wire::peer_end::reset;
    return fail_tls(is_reset ? model::tls_end::reset : model::tls_end::fin, cause_of(*end_));
  }
  if (!client_tls_) {
    if (idle_ < what.patience) return false;
    return fail_tls(model::tls_end::timeout, model::ended_by::timeout);
  }
  if (client_tls_->is_told && what.terms != nullptr && what.terms->alert != 0) {
    return fail_tls(model::tls_end::refused, model::ended_by::server);
  }
  if (!std::exchange(client_tls_->is_told, true)) {
    session_->client_hello(client_tls_->hello);
    return true;
  }
  const client_tls done = *std::exchange(client_tls_, std::nullopt);
  tls_has_begun_ = false;
  if (done.alert == 0) {
    idle_ = model::duration{0};
    session_->tls_ready(
        {"TLSv1.3", "TLS_AES_256_GCM_SHA384", done.hello.server_name, done.certificate, false});
    rest_ = std::exchange(injected_, {});
    rest_waits_ = !rest_.empty();
  } else {
    ended_by_ = model::ended_by::tls_failure;
    session_->tls_failed({model::tls_end::alert, done.alert, true, ""});
  }
  return true;
}

bool driver::fail_tls(model::tls_end how, model::ended_by cause) {
  ended_by_ = cause;
  session_->tls_failed({how, 0, client_tls_.has_value(), ""});
  return true;
}

bool driver::carry_out(const wire::close& what) {
  closed_by_ = what;
  visit_.reset();
  recorder_->announce();
  recorder_->ended(ended_by_);
  return false;
}

bool driver::carry_out(const wire::open_mailbox& what) {
  visit_ = std::make_unique<rig::mailbox_visit>(recorder_->table(), recorder_->home(),
                                                recorder_->session());
  session_->opened(visit_->open(what.login, *what.rules));
  return true;
}

bool driver::carry_out(const wire::fetch& what) {
  promise(visit_ != nullptr, "something is fetched from a mailbox that was not opened");
  const bool is_whole = what.wanted == wire::fetch::extent::whole;
  using purpose = rig::mailbox_visit::purpose;
  session_->fetched(visit_->fetch(*what.entry, is_whole ? purpose::read : purpose::look));
  return true;
}

bool driver::carry_out(const wire::update& what) {
  promise(visit_ != nullptr, "a mailbox is updated that was not opened");
  visit_->update(*what.entries);
  session_->updated();
  return true;
}

bool driver::carry_out(const wire::examine& what) {
  session_->examined(rig::examine(what.mail, what.wanted));
  return true;
}

void driver::read(std::size_t at_most) {
  const std::size_t size = std::min(at_most, unread_.size() - read_);
  recorder_->octets_read(size);
  rest_.append(unread_, read_, size);
  read_ += size;
}

void driver::offer_rest() {
  while (rest_waits_ && session_->takes_input()) {
    rest_waits_ = false;
    feed_rest();
  }
}

void driver::feed_rest() {
  // A copy of exactly that size, so that a look behind its end is seen by the sanitizers.
  const std::vector<char> offered(rest_.begin(), rest_.end());
  const std::size_t taken = session_->feed({offered.data(), offered.size()});
  promise(taken <= offered.size(), "more octets are taken than were given");
  rest_.erase(0, taken);
  rest_waits_ = !rest_.empty() && !session_->takes_input();
}

void driver::tell_end(wire::peer_end how) {
  end_is_told_ = true;
  ended_by_ = cause_of(how);
  if (visit_) visit_->release();
  session_->peer_closed(how);
}

}  // namespace mailrig::dialogue
