// What a connection does for TLS: the handshake, and its octets on their way through the filter.
#include "capture/net/connection.hpp"
#include "capture/net/tls_context.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace mailrig::net {
namespace {

constexpr std::size_t read_in_handshake = std::size_t{16} * 1024;
// Answers of TLS itself, to key updates, that a peer may leave unread.
constexpr std::size_t most_unread_output = std::size_t{64} * 1024;

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

}  // namespace

// Handshake

// False if there is nobody who could speak TLS.
bool connection::begin_tls(const wire::start_tls& what) {
  if (shared_.tls == nullptr) return false;
  if (tls_) {
    if (what.terms != nullptr && what.terms->alert != 0) {
      tls_->filter.refuse(what.terms->alert);
      return true;
    }
    ssl_ctx_st* const chosen = shared_.tls->find(what.certificate);
    if (chosen == nullptr) return false;
    tls_->filter.choose(chosen);
    if (what.terms != nullptr && !tls_->filter.set_terms(*what.terms))
      recorder_.noted("unknown_ciphers", "OpenSSL has none of the ciphers '" + what.terms->ciphers +
                                             "' that a rule names; the usual ones are offered");
    return true;
  }
  if (!shared_.ciphertext)
    shared_.ciphertext = std::unique_ptr<char[]>(new char[shared_state::ciphertext_size]);
  tls_ = std::make_unique<tls_link>(shared_.tls->listening());
  tls_->handshake_ends_at = steady::now() + what.patience;
  if (what.early == wire::start_tls::early_octets::kept) tls_->injected = std::exchange(rest_, {});
  if (what.early == wire::start_tls::early_octets::thrown_away && !rest_.empty()) {
    recorder_.noted("octets_before_tls",
                    std::to_string(rest_.size()) +
                        " octets came before the TLS handshake and were thrown away "
                        "(CVE-2011-0411): the client pipelined behind STARTTLS");
    rest_.clear();
  }
  return true;
}

task connection::carry_out(wire::start_tls what) {
  if (!begin_tls(what)) {
    tls_.reset();
    ended_by_ = model::ended_by::tls_failure;
    co_return session_->tls_failed({.how = model::tls_end::unavailable, .detail = {}});
  }
  using std::chrono::ceil;
  set_deadline(ceil<model::duration>(tls_->handshake_ends_at - steady::now()));
  rest_waits_ = false;
  const std::string early = std::exchange(rest_, {});
  auto result = is_shutting_down_ ? interrupt_handshake() : tls_->filter.handshake(early);
  for (bool is_done = false; !is_done;) {
    const bool is_blocked = flush_tls() == flushed::some;
    is_done = result != tls_filter::progress::needs_input && !is_blocked;
    if (is_done) break;
    const bool is_ready = co_await (is_blocked ? watched_.output() : watched_.input());
    if (!is_ready || is_shutting_down_) {
      result = interrupt_handshake();
      break;
    }
    if (!is_blocked) result = read_handshake();
  }
  answer_handshake(result);
}

tls_filter::progress connection::read_handshake() {
  const ssize_t size = receive_ciphertext(read_in_handshake);
  recorder_.tick();
  if (size > 0)
    return tls_->filter.handshake({shared_.ciphertext.get(), static_cast<std::size_t>(size)});
  if (size == 0) return cut_handshake(model::tls_end::fin, model::ended_by::client_fin);
  if (would_block()) return tls_filter::progress::needs_input;
  return cut_handshake(model::tls_end::reset, model::ended_by::client_reset);
}

// A wait was cut short: by the end of the server, by the deadline, or by an error of the socket.
tls_filter::progress connection::interrupt_handshake() {
  recorder_.tick();
  if (is_shutting_down_) {
    knows_of_shutdown_ = true;
    return cut_handshake(model::tls_end::shutdown, model::ended_by::shutdown);
  }
  if (std::exchange(is_timed_out_, false))
    return cut_handshake(model::tls_end::timeout, model::ended_by::timeout);
  return cut_handshake(model::tls_end::reset, model::ended_by::client_reset);
}

tls_filter::progress connection::cut_handshake(model::tls_end how, model::ended_by cause) {
  if (how == model::tls_end::fin || how == model::tls_end::reset) peer_is_gone_ = true;
  ended_by_ = cause;
  tls_->cut = tls_->filter.failure_by(how);
  return tls_filter::progress::failed;
}

void connection::answer_handshake(tls_filter::progress result) {
  if (result == tls_filter::progress::client_hello)
    return session_->client_hello(tls_->filter.hello());
  if (result == tls_filter::progress::ready) {
    rest_ = std::exchange(tls_->injected, {});
    rest_waits_ = !rest_.empty();
    return session_->tls_ready(tls_->filter.take_facts());
  }
  if (!tls_->cut) ended_by_ = model::ended_by::tls_failure;
  session_->tls_failed(tls_->cut.value_or(tls_->filter.failure()));
}

// Input

// True if reading goes on without waiting for the socket.
bool connection::tls_has_input() const {
  return tls_ && (tls_->filter.holds_input() || tls_->filter.where() != tls_filter::stage::open);
}

ssize_t connection::receive_ciphertext(std::size_t at_most) {
  return receive_into(shared_.ciphertext.get(), std::min(at_most, shared_state::ciphertext_size));
}

void connection::receive_through_tls(std::size_t at_most) {
  std::string_view ciphertext;
  recorder_.tick();
  if (!tls_has_input()) {
    const ssize_t size = receive_ciphertext(at_most);
    // Without close_notify too it is an end like any other: many clients say none.
    if (size == 0) return peer_went(wire::peer_end::fin, model::ended_by::client_fin);
    if (size < 0 && would_block()) return;
    if (size < 0) return peer_went(wire::peer_end::reset, model::ended_by::client_reset);
    ciphertext = {shared_.ciphertext.get(), static_cast<std::size_t>(size)};
  }
  char* const buffer = shared_.buffer.get();
  const std::size_t held = rest_.size();
  std::memcpy(buffer, rest_.data(), held);
  const std::size_t size =
      tls_->filter.decrypt(ciphertext, buffer + held, shared_state::buffer_size - held);
  if (flush_tls() == flushed::some && tls_->filter.output().size() > most_unread_output)
    return peer_went(wire::peer_end::reset, model::ended_by::server);
  // An end that came behind octets is met by the next read.
  if (size == 0) return tls_ended();
  recorder_.octets_read(size);
  feed({buffer, held + size});
}

// Tells the session, if it is so.
void connection::tls_ended() {
  if (tls_->filter.where() == tls_filter::stage::peer_said_close_notify)
    return peer_went(wire::peer_end::fin, model::ended_by::client_fin);
  if (tls_->filter.where() != tls_filter::stage::broken) return;
  const model::tls_failure& failure = tls_->filter.failure();
  if (failure.how == model::tls_end::alert) {
    const model::tls_note note = model::describe(failure);
    recorder_.noted(note.name, note.detail);
  } else {
    recorder_.noted("tls_broken", "TLS broke off: " + failure.detail);
  }
  peer_went(wire::peer_end::reset, model::ended_by::tls_failure);
}

// As read_ahead().
bool connection::read_ahead_through_tls(std::size_t room) {
  const ssize_t size = receive_ciphertext(room);
  if (size < 0 && would_block()) return true;
  if (size > 0) {
    char* const buffer = shared_.buffer.get();
    const std::size_t plain =
        tls_->filter.decrypt({shared_.ciphertext.get(), static_cast<std::size_t>(size)}, buffer,
                             shared_state::buffer_size);
    recorder_.octets_read(plain);
    rest_.append(buffer, plain);
    rest_waits_ = rest_waits_ || plain > 0;
  }
  const bool has_ended = size <= 0 || tls_->filter.where() != tls_filter::stage::open;
  if (!has_ended || !rest_.empty()) return !has_ended;
  if (size > 0) {
    tls_ended();
  } else {
    peer_went(size == 0 ? wire::peer_end::fin : wire::peer_end::reset,
              size == 0 ? model::ended_by::client_fin : model::ended_by::client_reset);
  }
  return false;
}

// Output

// All of the octets, or nothing while ciphertext waits; a broken connection takes everything.
std::size_t connection::send_through_tls(std::string_view octets) {
  if (!tls_->filter.encrypt(octets)) {
    peer_went(wire::peer_end::reset, model::ended_by::client_reset);
    return octets.size();
  }
  recorder_.octets_written(octets.size());
  switch (flush_tls()) {
    case flushed::all: return octets.size();
    case flushed::some: return 0;
    case flushed::broken: break;
  }
  peer_went(wire::peer_end::reset, model::ended_by::client_reset);
  return octets.size();
}

// What the kernel takes at once.
connection::flushed connection::flush_tls() {
  while (!tls_->filter.output().empty()) {
    const std::string_view octets = tls_->filter.output();
    const ssize_t size = ::send(socket_, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < static_cast<ssize_t>(octets.size())) watched_.filled();
    if (size < 0 && would_block()) return flushed::some;
    tls_->filter.sent(size < 0 ? octets.size() : static_cast<std::size_t>(size));
    if (size < 0) return flushed::broken;
  }
  return flushed::all;
}

}  // namespace mailrig::net
