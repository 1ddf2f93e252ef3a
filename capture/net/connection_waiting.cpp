// How a connection lets time pass: waits that its session asks for, silences of the peer that rules
// watch, and the pace that a rule sets.
#include "capture/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace mailrig::net {
namespace {

constexpr std::size_t most_read_ahead = std::size_t{16} * 1024;

// Octets that go at once, twenty times a second at least where there are so many.
std::size_t slice_of(std::uint64_t octets_a_second) {
  return static_cast<std::size_t>(std::max<std::uint64_t>(octets_a_second / 20, 1));
}

model::duration time_for(std::size_t octets, std::uint64_t octets_a_second) {
  return model::duration{static_cast<std::int64_t>(octets * 1000 / octets_a_second)};
}

// Rings once when the clock of a rig has come so far, and never once it is destroyed.
class alarm {
 public:
  alarm(rig::rig& where, model::instant when, std::function<void()> ring)
      : timers_(where.due()), id_(timers_.arm(when, std::move(ring))) {}
  ~alarm() { timers_.cancel(id_); }
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;

 private:
  rig::timers& timers_;
  rig::timers::id id_;
};

}  // namespace

// Reads what comes while the session waits. False: there is no more to notice, the peer has
// finished or the rest is full.
bool connection::read_ahead() {
  char* const buffer = shared_.buffer.get();
  const std::size_t room = most_read_ahead - std::min(most_read_ahead, rest_.size());
  if (room == 0) return false;
  if (tls_) return read_ahead_through_tls(room);
  const ssize_t size = receive_into(buffer, room);
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

task connection::carry_out(wire::wait what) {
  co_await pause(what);
  if (std::exchange(is_released_, false)) co_return;
  const bool is_cut_short = is_shutting_down_ || is_timed_out_;
  if (is_cut_short && !peer_is_gone_) co_return interrupted();
  recorder_.tick();
  if (!peer_is_gone_) session_->elapsed();
}

// By the real time or by that of the rig, which never comes while its clock stands. Nobody looks at
// the clock of a rig that is gone.
task connection::pause(wire::wait what) {
  const std::uint32_t number = ++pause_in_progress_;
  std::optional<timer_type> real;
  std::optional<alarm> of_the_rig;
  if (what.by == wire::wait::clock::real || recorder_.acting().is_retired()) {
    // A wake-up that was queued before its cancelling finds another number and does nothing.
    const auto wake = [self = shared_from_this(), number](boost::system::error_code error) {
      if (!error) self->end_pause(number);
    };
    real.emplace(shared_.executor, what.time);
    real->async_wait(wake);
  } else {
    rig::rig& where = recorder_.acting();
    of_the_rig.emplace(where, where.clock().now() + what.time,
                       [this, number] { end_pause(number); });
  }
  // Past the end of the session, which is all that a wait of a rule must observe.
  set_deadline(shared_.session_limit);
  const bool is_in_handshake = tls_ && tls_->filter.where() == tls_filter::stage::handshaking;
  bool is_reading = what.reading == wire::wait::input::keep && !is_in_handshake;
  while (number == pause_in_progress_ && !peer_is_gone_ && !is_shutting_down_ && !is_released_ &&
         !is_timed_out_) {
    // Without reading, an error condition is all that can be noticed.
    const bool is_ready = co_await (is_reading ? watched_.input() : watched_.failure());
    if (is_ready) is_reading = is_reading && read_ahead();
  }
  ++pause_in_progress_;
}

task connection::pause_unread(model::duration time) {
  return pause({time, wire::wait::input::stop, wire::wait::clock::real});
}

void connection::end_pause(std::uint32_t number) {
  if (number != pause_in_progress_) return;
  ++pause_in_progress_;
  watched_.wake();
}

void connection::release(std::span<const std::uint64_t> rules) {
  if (!session_->released(rules)) return;
  is_released_ = true;
  watched_.wake();
}

// Silence

// The marks go by the clock of the rig whose rules they are; how long the server is patient goes by
// the real time.
task connection::await_watched(wire::need_input what) {
  rig::rig& where = recorder_.present();
  if (!silence_ || silence_->behind != recorder_.octets_in())
    silence_ = std::make_unique<silence>(
        silence{where.clock().now(), steady::now() + what.patience, recorder_.octets_in()});
  bool is_reached = false;
  std::optional<alarm> at_mark;
  const auto ring = [this, &is_reached] {
    is_reached = true;
    watched_.wake();
  };
  if (what.mark != wire::need_input::no_mark && !where.is_retired())
    at_mark.emplace(where, silence_->began_at + what.mark, ring);
  const auto left = silence_->ends_at - steady::now();
  set_deadline(std::max(std::chrono::duration_cast<model::duration>(left), model::duration{0}));
  const bool is_ready = co_await watched_.input();
  if (is_ready && !is_shutting_down_) {
    if (pace_) co_return co_await receive_paced(what.at_most);
    co_return receive(what.at_most);
  }
  if (is_reached && !is_shutting_down_ && !is_timed_out_) {
    recorder_.tick();
    co_return session_->silent_for(what.mark);
  }
  if (!asks_again()) interrupted();
}

// A session that waits for its peer is asked anew where it may have to watch the silence now.
void connection::rules_changed() {
  if (!session_->takes_input()) return;
  const wire::action now = session_->next();
  const auto* const input = std::get_if<wire::need_input>(&now);
  if (input == nullptr || (!silence_ && input->then == wire::need_input::silence::ends_the_session))
    return;
  asks_anew_ = true;
  watched_.wake();
}

// False: it was not for that reason that waiting for input came to an end.
bool connection::asks_again() {
  return std::exchange(asks_anew_, false) && !is_timed_out_ && !is_shutting_down_;
}

// Pace

task connection::send_paced(wire::send what) {
  const wire::set_pace pace = *pace_;
  is_timed_out_ = false;
  if (pace.latency.count() > 0) co_await pause_unread(pace.latency);
  while (!what.bytes.empty() && !peer_is_gone_ && !is_shutting_down_) {
    if (is_timed_out_) co_return peer_went(wire::peer_end::reset, model::ended_by::timeout);
    const std::size_t size =
        pace.out == 0 ? what.bytes.size() : std::min(what.bytes.size(), slice_of(pace.out));
    const bool is_last = size == what.bytes.size();
    wire::send slice{what.bytes.substr(0, size), is_last && what.is_before_fin};
    const std::size_t sent = send_some(slice);
    recorder_.announce();
    slice.bytes.remove_prefix(sent);
    if (!slice.bytes.empty()) co_await carry_out(slice);
    what.bytes.remove_prefix(size);
    if (pace.out != 0 && !what.bytes.empty()) co_await pause_unread(time_for(size, pace.out));
  }
}

task connection::receive_paced(std::size_t at_most) {
  const wire::set_pace pace = *pace_;
  is_timed_out_ = false;
  if (pace.latency.count() > 0) co_await pause_unread(pace.latency);
  if (peer_is_gone_ || is_shutting_down_) co_return;
  if (is_timed_out_) co_return interrupted();
  const std::size_t size = pace.in == 0 ? at_most : std::min(at_most, slice_of(pace.in));
  receive(size);
  if (pace.in != 0 && !peer_is_gone_) co_await pause_unread(time_for(size, pace.in));
}

}  // namespace mailrig::net
