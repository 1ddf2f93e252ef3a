#include "capture/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mailrig::net {

namespace asio = boost::asio;

namespace {

constexpr auto as_error = asio::as_tuple(asio::use_awaitable_t<executor_type>{});
constexpr std::chrono::seconds first_look{2};
constexpr std::size_t most_read_ahead = std::size_t{16} * 1024;

}  // namespace

connection::connection(shared_state& shared, socket_type socket, origin from,
                       const session_maker& make_session)
    : shared_(shared),
      socket_(std::move(socket)),
      recorder_(from.table, from.home, from.protocol, std::move(from.peer_with_port)),
      session_(make_session(recorder_, from.peer)),
      timer_(socket_.get_executor()),
      ends_at_(steady::now() + shared.session_limit) {}

void connection::start(std::function<void()> ended) {
  shared_.connections.push_back(*this);
  asio::co_spawn(socket_.get_executor(), run(shared_from_this(), std::move(ended)), asio::detached);
}

void connection::shut_down() {
  is_shutting_down_ = true;
  socket_.cancel();
}

void connection::abort() {
  boost::system::error_code ignored;
  peer_is_gone_ = true;
  socket_.close(ignored);
  timer_.cancel();
}

nothing connection::run(std::shared_ptr<connection> self, std::function<void()> ended) {
  connection& me = *self;
  for (bool is_open = true; is_open;) {
    me.offer_rest();
    wire::action what = me.session_->next();
    if (const auto* input = std::get_if<wire::need_input>(&what)) {
      // Told while it was busy with something else than reading.
      if (me.is_shutting_down_ && !me.knows_of_shutdown_) {
        me.interrupted();
        continue;
      }
      if (me.tls_has_input()) {
        me.receive_through_tls(input->at_most);
        continue;
      }
      me.set_deadline(input->patience);
      const auto [error] = co_await me.socket_.async_wait(socket_type::wait_read, as_error);
      if (error || me.is_shutting_down_) {
        me.interrupted();
      } else {
        me.receive(input->at_most);
      }
    } else if (const auto* output = std::get_if<wire::send>(&what)) {
      const std::size_t sent = me.send_some(output->bytes);
      me.announce();
      if (sent < output->bytes.size())
        co_await me.carry_out(wire::send{output->bytes.substr(sent)});
      me.session_->sent();
    } else if (auto* mail = std::get_if<wire::deliver>(&what)) {
      if (!me.deliver_at_once(mail->mail)) co_await me.carry_out(std::move(*mail));
      me.session_->delivered(*me.is_stored_ ? wire::deliver_result::stored
                                            : wire::deliver_result::storage_full);
    } else {
      is_open = !std::holds_alternative<wire::close>(what);
      co_await me.carry_out(what);
    }
  }
  me.finish();
  ended();
}

// One awaiting for all of them keeps the frame of run() small.
nothing connection::carry_out(const wire::action& what) {
  if (const auto* pause = std::get_if<wire::wait>(&what)) return carry_out(*pause);
  if (const auto* tls = std::get_if<wire::start_tls>(&what)) return carry_out(*tls);
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

void connection::receive(std::size_t at_most) {
  if (tls_) return receive_through_tls(at_most);
  char* const buffer = shared_.buffer.get();
  const std::size_t held = rest_.size();
  std::memcpy(buffer, rest_.data(), held);
  const ssize_t size = ::recv(socket_.native_handle(), buffer + held,
                              std::min(at_most, shared_state::buffer_size - held), MSG_DONTWAIT);
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
  session_->peer_closed(how);
}

// A wait was cut short: by the end of the server, by the deadline, or by an error of the socket.
void connection::interrupted() {
  if (is_shutting_down_ && !knows_of_shutdown_) {
    knows_of_shutdown_ = true;
    return peer_went(wire::peer_end::shutdown, model::ended_by::shutdown);
  }
  if (std::exchange(is_timed_out_, false))
    return peer_went(wire::peer_end::timeout, model::ended_by::timeout);
  peer_went(wire::peer_end::reset, model::ended_by::client_reset);
}

// Output

// What the kernel takes at once; a broken connection takes everything, and the session is told.
std::size_t connection::send_some(std::string_view octets) {
  if (tls_) return send_through_tls(octets);
  const ssize_t size =
      ::send(socket_.native_handle(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (size >= 0) {
    recorder_.octets_written(static_cast<std::size_t>(size));
    return static_cast<std::size_t>(size);
  }
  if (errno == EAGAIN || errno == EINTR) return 0;
  peer_went(wire::peer_end::reset, model::ended_by::client_reset);
  return octets.size();
}

nothing connection::carry_out(wire::send what) {
  std::string_view octets = what.bytes;
  while (!octets.empty() && !peer_is_gone_) {
    set_deadline(shared_.write_timeout);
    const auto [error] = co_await socket_.async_wait(socket_type::wait_write, as_error);
    if (error || is_shutting_down_)
      co_return peer_went(wire::peer_end::reset, model::ended_by::timeout);
    // Under TLS all of it is ciphertext already.
    if (tls_ && flush_tls() == flushed::some) continue;
    octets.remove_prefix(tls_ ? octets.size() : send_some(octets));
  }
}

// Delivery

bool connection::deliver_at_once(const model::mail_ref& mail) {
  is_stored_.reset();
  delivering_ = mail->id();
  // The coroutine, which keeps this connection alive, does not go on before the answer is there.
  recorder_.home().deliver(mail, [this](const auto& put) { delivery_ended(put.has_value()); });
  return is_stored_.has_value();
}

void connection::delivery_ended(bool is_stored) {
  is_stored_ = is_stored;
  if (is_stored) {
    recorder_.message_stored(delivering_);
    to_announce_.push_back(delivering_);
  }
  if (waits_for_delivery_) timer_.cancel();
}

// The store answers later: the timer is only what its answer wakes.
nothing connection::carry_out(wire::deliver) {
  waits_for_delivery_ = true;
  while (!is_stored_) {
    armed_for_ = steady::time_point::max();
    timer_.expires_at(steady::time_point::max());
    (void)co_await timer_.async_wait(as_error);
  }
  waits_for_delivery_ = false;
}

void connection::announce() {
  for (const model::id& each : to_announce_) recorder_.home().announce(each);
  to_announce_.clear();
}

// Waiting

// Reads what comes while the session waits. False: there is no more to notice, the peer has
// finished or the rest is full.
bool connection::read_ahead() {
  char* const buffer = shared_.buffer.get();
  const std::size_t room = most_read_ahead - std::min(most_read_ahead, rest_.size());
  if (room == 0) return false;
  if (tls_) return read_ahead_through_tls(room);
  const ssize_t size = ::recv(socket_.native_handle(), buffer, room, MSG_DONTWAIT);
  if (size > 0) {
    recorder_.octets_read(static_cast<std::size_t>(size));
    rest_.append(buffer, static_cast<std::size_t>(size));
    rest_waits_ = true;
    return true;
  }
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  const bool is_fin = size == 0;
  // Commands that came before the FIN are answered; the next read will meet it again.
  if (is_fin && !rest_.empty()) return false;
  peer_went(is_fin ? wire::peer_end::fin : wire::peer_end::reset,
            is_fin ? model::ended_by::client_fin : model::ended_by::client_reset);
  return false;
}

nothing connection::carry_out(wire::wait what) {
  timer_type over(socket_.get_executor(), what.time);
  // A wake-up that was queued before its cancelling finds another number and does nothing.
  const auto wake = [self = shared_from_this(),
                     number = ++pause_in_progress_](boost::system::error_code error) {
    if (error || number != self->pause_in_progress_) return;
    ++self->pause_in_progress_;
    self->socket_.cancel();
  };
  const std::uint32_t number = pause_in_progress_;
  over.async_wait(wake);
  set_deadline(what.time + shared_.session_limit);
  const bool is_in_handshake = tls_ && tls_->filter.where() == tls_filter::stage::handshaking;
  bool is_reading = what.reading == wire::wait::input::keep && !is_in_handshake;
  while (number == pause_in_progress_ && !peer_is_gone_ && !is_shutting_down_) {
    // Without reading, an error condition is all that can be noticed.
    const auto kind = is_reading ? socket_type::wait_read : socket_type::wait_error;
    const auto [error] = co_await socket_.async_wait(kind, as_error);
    if (!error && is_reading) is_reading = read_ahead();
  }
  ++pause_in_progress_;
  over.cancel();
  if (is_shutting_down_ && !peer_is_gone_) co_return interrupted();
  recorder_.tick();
  if (!peer_is_gone_) session_->elapsed();
}

// Closing

nothing connection::carry_out(wire::close what) {
  boost::system::error_code ignored;
  const bool ends_in_fin =
      what.mode == model::close_mode::fin_drain || what.mode == model::close_mode::fin_half;
  bool drains = ends_in_fin && !peer_is_gone_;
  if (drains || tls_) set_deadline(what.linger);
  if (tls_ && ends_in_fin && what.says_close_notify) {
    tls_->filter.say_close_notify();
    bool is_waiting = flush_tls() == flushed::some;
    while (is_waiting && !peer_is_gone_) {
      const auto [error] = co_await socket_.async_wait(socket_type::wait_write, as_error);
      is_waiting = !error && flush_tls() == flushed::some;
    }
  }
  if (drains) socket_.shutdown(socket_type::shutdown_send, ignored);
  // What still comes is thrown away, so that a last reply is not lost in a reset.
  while (drains) {
    const auto [error] = co_await socket_.async_wait(socket_type::wait_read, as_error);
    drains = !error && discard_input();
  }
  if (what.mode == model::close_mode::reset) {
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  socket_.close(ignored);
}

// False once the peer has finished too.
bool connection::discard_input() {
  const ssize_t size = ::recv(socket_.native_handle(), shared_.buffer.get(),
                              shared_state::buffer_size, MSG_DONTWAIT);
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

void connection::finish() {
  is_finished_ = true;
  announce();
  timer_.cancel();
  recorder_.ended(ended_by_);
  shared_.connections.erase(shared_.connections.iterator_to(*this));
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
  socket_.cancel();
}

}  // namespace mailrig::net
