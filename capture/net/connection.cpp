#include "capture/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace mailrig::net {

namespace {

constexpr std::chrono::seconds first_look{2};

}  // namespace

connection::connection(shared_state& shared, int socket, origin from,
                       const session_maker& make_session)
    : shared_(shared),
      socket_(socket),
      watched_(shared.ready, socket),
      recorder_(from.table, from.home, from.protocol, std::move(from.peer_with_port)),
      session_(make_session(recorder_, from.ends)),
      timer_(shared.executor),
      ends_at_(steady::now() + shared.session_limit) {
  recorder_.tell_of_rules(*this);
  if (from.given) recorder_.client_given(*from.given);
}

connection::~connection() {
  close_socket();
}

void connection::close_socket() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void connection::start(std::function<void()> ended) {
  shared_.connections.push_back(*this);
  frame_ = run(shared_from_this(), std::move(ended)).frame;
}

void connection::shut_down() {
  is_shutting_down_ = true;
  watched_.wake();
}

void connection::abort() {
  peer_is_gone_ = true;
  ::shutdown(socket_, SHUT_RDWR);
  timer_.cancel();
  watched_.wake();
}

void connection::destroy() {
  leave();
  frame_.destroy();  // and with it, perhaps, this object
}

detached connection::run(std::shared_ptr<connection> self, std::function<void()> ended) {
  connection& me = *self;
  try {
    co_await me.converse();
  } catch (const std::exception& error) {
    me.recorder_.noted("internal_error", error.what());
    me.close_socket();
  }
  me.finish();
  ended();
}

task connection::converse() {
  for (bool is_open = true; is_open;) {
    offer_rest();
    wire::action what = session_->next();
    if (const auto* input = std::get_if<wire::need_input>(&what)) {
      // Told while it was busy with something else than reading.
      if (is_shutting_down_ && !knows_of_shutdown_) {
        interrupted();
        continue;
      }
      if (tls_has_input()) {
        receive_through_tls(input->at_most);
        continue;
      }
      if (input->then == wire::need_input::silence::is_watched) {
        co_await await_watched(*input);
        continue;
      }
      set_deadline(input->patience);
      const bool is_ready = co_await watched_.input();
      if (!is_ready || is_shutting_down_) {
        if (!asks_again()) interrupted();
      } else if (pace_) {
        co_await receive_paced(input->at_most);
      } else {
        receive(input->at_most);
      }
    } else if (pace_ && std::holds_alternative<wire::send>(what)) {
      co_await send_paced(std::get<wire::send>(what));
      session_->sent();
    } else if (const auto* output = std::get_if<wire::send>(&what)) {
      co_await shared_.ready.end_of_batch();
      const std::size_t sent = send_some(*output);
      recorder_.announce();
      if (sent < output->bytes.size())
        co_await carry_out(wire::send{output->bytes.substr(sent), output->is_before_fin});
      session_->sent();
    } else if (auto* mail = std::get_if<wire::deliver>(&what)) {
      const bool is_told_at_once = mail->is_told_at_once;
      if (!deliver_at_once(mail->mail)) co_await carry_out(std::move(*mail));
      if (is_told_at_once) recorder_.announce();
      session_->delivered(*is_stored_ ? wire::deliver_result::stored
                                      : wire::deliver_result::storage_full);
    } else if (!run_errand(what)) {
      is_open = !std::holds_alternative<wire::close>(what);
      co_await carry_out(what);
    }
  }
}

// One awaiting for all of them keeps the frame of converse() small.
task connection::carry_out(const wire::action& what) {
  if (const auto* pause = std::get_if<wire::wait>(&what)) return carry_out(*pause);
  if (const auto* tls = std::get_if<wire::start_tls>(&what)) return carry_out(*tls);
  if (const auto* mail = std::get_if<wire::examine>(&what)) return carry_out(*mail);
  if (const auto* opening = std::get_if<wire::open_mailbox>(&what)) return carry_out(*opening);
  return carry_out(std::get<wire::close>(what));
}

// Input

void connection::offer_rest() {
  while (rest_waits_ && session_->takes_input()) {
    const std::string offered = std::exchange(rest_, {});
    feed(offered);
  }
}

void connection::feed(std::string_view octets) {
  const std::size_t taken = session_->feed(octets);
  rest_.assign(octets.substr(taken));
  rest_waits_ = !rest_.empty() && !session_->takes_input();
}

// Less than there is room for: all that there was.
ssize_t connection::receive_into(char* buffer, std::size_t room) {
  const ssize_t size = ::recv(socket_, buffer, room, MSG_DONTWAIT);
  if (size < static_cast<ssize_t>(room)) watched_.drained();
  return size;
}

void connection::receive(std::size_t at_most) {
  if (tls_) return receive_through_tls(at_most);
  char* const buffer = shared_.buffer.get();
  const std::size_t held = rest_.size();
  std::memcpy(buffer, rest_.data(), held);
  const ssize_t size =
      receive_into(buffer + held, std::min(at_most, shared_state::buffer_size - held));
  recorder_.tick();
  if (size > 0) {
    recorder_.octets_read(static_cast<std::size_t>(size));
    feed({buffer, held + static_cast<std::size_t>(size)});
  } else if (size == 0) {
    peer_went(wire::peer_end::fin, model::ended_by::client_fin);
  } else if (errno != EAGAIN && errno != EINTR) {
    peer_went(wire::peer_end::reset, model::ended_by::client_reset);
  }
}

void connection::peer_went(wire::peer_end how, model::ended_by cause) {
  recorder_.tick();
  if (how == wire::peer_end::fin || how == wire::peer_end::reset) peer_is_gone_ = true;
  ended_by_ = cause;
  // A reader that comes back at once finds its mailbox free.
  if (visit_) visit_->release();
  session_->peer_closed(how);
}

// A wait was cut short: by the end of the server, by the deadline, or by an error of the socket.
void connection::interrupted() {
  if (is_shutting_down_ && !knows_of_shutdown_) {
    knows_of_shutdown_ = true;
    return peer_went(wire::peer_end::shutdown, model::ended_by::shutdown);
  }
  if (std::exchange(is_timed_out_, false))
    return peer_went(
        steady::now() >= ends_at_ ? wire::peer_end::session_limit : wire::peer_end::timeout,
        model::ended_by::timeout);
  peer_went(wire::peer_end::reset, model::ended_by::client_reset);
}

// Output

// What the kernel takes at once; a broken connection takes everything, and the session is told.
std::size_t connection::send_some(const wire::send& what) {
  const std::string_view octets = what.bytes;
  if (tls_) return send_through_tls(octets);
  // The kernel then keeps them for the segment of the FIN.
  const int more = what.is_before_fin ? MSG_MORE : 0;
  const ssize_t size =
      ::send(socket_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL | more);
  if (size < static_cast<ssize_t>(octets.size())) watched_.filled();
  if (size >= 0) {
    recorder_.octets_written(static_cast<std::size_t>(size));
    return static_cast<std::size_t>(size);
  }
  if (errno == EAGAIN || errno == EINTR) return 0;
  peer_went(wire::peer_end::reset, model::ended_by::client_reset);
  return octets.size();
}

task connection::carry_out(wire::send what) {
  while (!what.bytes.empty() && !peer_is_gone_) {
    set_deadline(shared_.write_timeout);
    const bool is_ready = co_await watched_.output();
    if (!is_ready || is_shutting_down_)
      co_return peer_went(wire::peer_end::reset, model::ended_by::timeout);
    // Under TLS all of it is ciphertext already.
    if (tls_ && flush_tls() == flushed::some) continue;
    what.bytes.remove_prefix(tls_ ? what.bytes.size() : send_some(what));
  }
}

// Delivery

bool connection::deliver_at_once(const model::mail_ref& mail) {
  is_stored_.reset();
  // The coroutine, which keeps this connection alive, does not go on before the answer is there.
  recorder_.deliver(mail, [this](bool is_stored) { delivery_ended(is_stored); });
  return is_stored_.has_value();
}

void connection::delivery_ended(bool is_stored) {
  is_stored_ = is_stored;
  if (waits_for_delivery_) watched_.wake();
}

// The store answers later.
task connection::carry_out(wire::deliver) {
  waits_for_delivery_ = true;
  deadline_ = ends_at_;
  while (!is_stored_) (void)co_await watched_.nothing();
  waits_for_delivery_ = false;
}

// Examining

// On the pool it may take longer than this connection lives.
std::function<void(rig::examination)> connection::answer_into(
    std::shared_ptr<rig::examination> answer) {
  return [answer = std::move(answer), self = weak_from_this()](rig::examination found) {
    *answer = std::move(found);
    if (const auto me = self.lock()) me->watched_.wake();
  };
}

task connection::await_answer(std::shared_ptr<rig::examination> answer) {
  deadline_ = ends_at_;
  while (!*answer) (void)co_await watched_.nothing();
  recorder_.tick();
}

task connection::carry_out(wire::examine what) {
  const auto answer = std::make_shared<rig::examination>();
  if (rig::mail_examiner* const examiner = recorder_.table().examiner())
    examiner->examine(what.mail, what.wanted, answer_into(answer));
  else
    *answer = rig::examine(what.mail, what.wanted);
  co_await await_answer(answer);
  session_->examined(std::move(*answer));
}

// Mailboxes

// Rules may have to know what is in the mails that it lists.
task connection::carry_out(wire::open_mailbox what) {
  visit_ = std::make_unique<rig::mailbox_visit>(recorder_.table(), recorder_.home(),
                                                recorder_.session());
  visit_->begin(what.login, *what.rules);
  rig::mail_examiner* const examiner = recorder_.table().examiner();
  rig::examination facts;
  while (const model::mail_ref mail = visit_->go_on(std::move(facts))) {
    const auto answer = std::make_shared<rig::examination>();
    if (examiner != nullptr)
      examiner->examine(mail, visit_->wanted(), answer_into(answer));
    else
      *answer = rig::examine(mail->bytes(), visit_->wanted());
    co_await await_answer(answer);
    facts = std::move(*answer);
  }
  session_->opened(visit_->end());
}

bool connection::run_errand(const wire::action& what) {
  if (const auto* wanted = std::get_if<wire::fetch>(&what)) {
    const bool is_whole = wanted->wanted == wire::fetch::extent::whole;
    using purpose = rig::mailbox_visit::purpose;
    session_->fetched(visit_->fetch(*wanted->entry, is_whole ? purpose::read : purpose::look));
  } else if (const auto* deletes = std::get_if<wire::update>(&what)) {
    visit_->update(*deletes->entries);
    session_->updated();
  } else if (const auto* pace = std::get_if<wire::set_pace>(&what)) {
    pace_ = std::make_unique<wire::set_pace>(*pace);
    session_->elapsed();
  } else {
    return false;
  }
  return true;
}

// Closing

task connection::carry_out(wire::close what) {
  if (visit_) visit_->release();
  const bool ends_in_fin = model::ends_in_fin(what.mode);
  const bool is_all_said = what.is_farewell && !tls_ && !watched_.may_hold_input();
  bool drains = ends_in_fin && !peer_is_gone_ && !is_all_said;
  if (drains || tls_) set_deadline(what.linger);
  if (tls_ && ends_in_fin && what.says_close_notify) {
    tls_->filter.say_close_notify();
    bool is_waiting = flush_tls() == flushed::some;
    while (is_waiting && !peer_is_gone_)
      is_waiting = co_await watched_.output() && flush_tls() == flushed::some;
  }
  if (drains) ::shutdown(socket_, SHUT_WR);
  // What still comes is thrown away, so that a last reply is not lost in a reset.
  while (drains) {
    const bool is_ready = co_await watched_.input();
    drains = is_ready && discard_input();
  }
  if (what.mode == model::close_mode::reset) {
    co_await empty_send_queue();
    const linger at_once{1, 0};
    (void)::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  close_socket();
}

// Nothing tells when the queue is empty, so it is looked at (measured: without it a reset lost all
// but 128,000 of 4,000,000 octets that were written before).
task connection::empty_send_queue() {
  constexpr std::chrono::milliseconds between_looks{1};
  const auto give_up_at = steady::now() + std::chrono::seconds{1};
  for (;;) {
    const bool is_flushed = !tls_ || flush_tls() != flushed::some;
    int queued = 0;
    const bool is_known = ::ioctl(socket_, SIOCOUTQ, &queued) == 0;
    if (!is_known || (is_flushed && queued == 0) || steady::now() >= give_up_at) co_return;
    if (peer_is_gone_ || is_shutting_down_) co_return;
    co_await pause_unread(between_looks);
  }
}

// False once the peer has finished too.
bool connection::discard_input() {
  const ssize_t size = receive_into(shared_.buffer.get(), shared_state::buffer_size);
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

// A timer that has fired may keep this object for a while, even beyond what it shares.
void connection::leave() {
  is_finished_ = true;
  visit_.reset();
  timer_.cancel();
  watched_.leave();
  shared_.connections.erase(shared_.connections.iterator_to(*this));
}

void connection::finish() {
  recorder_.announce();
  recorder_.ended(ended_by_);
  leave();
}

// Deadlines

// A short session ends before the timer's first look, and its linger finds it armed early enough.
void connection::set_deadline(model::duration patience) {
  is_timed_out_ = false;
  const steady::time_point now = steady::now();
  deadline_ = std::min(now + patience, ends_at_);
  if (deadline_ >= armed_for_) return;
  arm_timer(armed_for_ == steady::time_point::max() ? std::min(deadline_, now + first_look)
                                                    : deadline_);
}

void connection::arm_timer(steady::time_point when) {
  armed_for_ = when;
  timer_.expires_at(when);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error) self->on_timer();
  });
}

// May come after the end: a timer that has fired cannot be cancelled any more.
void connection::on_timer() {
  if (is_finished_) return;
  if (steady::now() < deadline_) return arm_timer(deadline_);
  armed_for_ = steady::time_point::max();
  is_timed_out_ = true;
  watched_.wake();
}

}  // namespace mailrig::net
