#include "webui/inspector/http_session.hpp"

#include "capture/rig/rig_table.hpp"
#include "webui/inspector/event_stream.hpp"
#include "webui/inspector/router.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>

namespace mailrig::inspector {
namespace {

namespace asio = boost::asio;

// One write takes at most so much, so that its deadline measures progress and not size.
constexpr std::size_t most_per_write = std::size_t{1} << 20;

const server_settings& settings_of(const table_entry& table) {
  return table->shared.settings();
}

}  // namespace

http_session::http_session(connection_table_ref table, tcp_socket socket)
    : table_(std::move(table), *this),
      socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      reader_({settings_of(table_).max_header_octets, settings_of(table_).max_body_octets,
               wanted_body_octets, settings_of(table_).max_message_octets,
               &table_->shared.rigs()}) {}

void http_session::start() {
  error ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  read();
}

void http_session::turn_away() {
  answer busy = problem(503, "too_many_connections", "mailrig has too many connections open",
                        "At most " + std::to_string(settings_of(table_).max_connections) +
                            " are answered at once. Close some, or try again.");
  busy.headers.push_back({"Retry-After", "1"});
  give_answer(std::move(busy), after_answer::close);
}

void http_session::stop() {
  wants_stop_ = true;
  if (state_ == state::reading || state_ == state::lingering) close();
}

// Takes the next request from what came already, or waits for more.
void http_session::read() {
  state_ = state::reading;
  const std::size_t taken = reader_.feed(unread_);
  unread_.erase(0, taken);
  if (reader_.is_done()) {
    handle();
    return;
  }
  const bool is_idle = unread_.empty() && !reader_.has_begun();
  if (is_idle && wants_stop_) {
    close();
    return;
  }
  if (is_idle) unread_.shrink_to_fit();
  wait_for_octets();
}

void http_session::wait_for_octets() {
  const bool is_idle = unread_.empty() && !reader_.has_begun();
  // The time for a request's head does not begin anew with each octet.
  if (is_idle) set_deadline(settings_of(table_).idle_timeout);
  socket_.async_wait(tcp_socket::wait_read,
                     [self = shared_from_this(), is_idle](const error& failed) {
                       if (failed || self->state_ != state::reading) return;
                       if (is_idle) self->set_deadline(settings_of(self->table_).io_timeout);
                       self->octets_came();
                     });
}

void http_session::octets_came() {
  error failed;
  const std::size_t count = socket_.read_some(asio::buffer(table_->scratch), failed);
  if (failed == asio::error::would_block) {
    wait_for_octets();
  } else if (failed) {
    close();
  } else {
    unread_.append(table_->scratch.data(), count);
    read();
  }
}

void http_session::handle() {
  state_ = state::answering;
  deadline_.cancel();
  if (reader_.refusal()) {
    give_answer(*reader_.refusal(), after_answer::close);
    return;
  }
  auto answered = [self = shared_from_this()](answer what) { self->begin_answer(std::move(what)); };
  dispatch(reader_.current(), table_->shared, std::move(answered));
  if (state_ == state::answering && reader_.current().when_gone) watch_for_end();
}

// While an answer may take minutes, nobody shall wait for a client that is gone. A client that
// sends its next request ahead is there.
void http_session::watch_for_end() {
  socket_.async_wait(tcp_socket::wait_read, [self = shared_from_this()](const error& failed) {
    if (failed || self->state_ != state::answering) return;
    char next = 0;
    error peeked;
    const std::size_t count =
        self->socket_.receive(asio::buffer(&next, 1), tcp_socket::message_peek, peeked);
    if (peeked == asio::error::would_block)
      self->watch_for_end();
    else if (peeked || count == 0)
      self->client_went();
  });
}

void http_session::client_went() {
  const auto told = std::exchange(reader_.current().when_gone, nullptr);
  if (told) told();
  close();
}

void http_session::begin_answer(answer what) {
  if (state_ != state::answering) return;
  const bool goes_on = reader_.current().keeps_alive && !wants_stop_;
  if (what.is_event_stream && reader_.current().verb == method::get) {
    become_event_stream(what);
    return;
  }
  give_answer(std::move(what), goes_on ? after_answer::keep_alive : after_answer::close);
}

void http_session::give_answer(answer what, after_answer after) {
  state_ = state::writing;
  answer_ = std::move(what);
  // RFC 9112 6.3: before HTTP/1.1 the end of such a body is that of the connection.
  after_ = answer_.source && reader_.current().version < 11 ? after_answer::close : after;
  after = after_;
  head_ = head_of(answer_, reader_.current(), after);
  if (reader_.current().verb == method::head) answer_.source.reset();
  const bool has_body = reader_.current().verb != method::head && answer_.status != 304;
  body_size_ = has_body ? answer_.body().size() : 0;
  written_ = 0;
  write_some();
}

void http_session::write_some() {
  const std::string_view head = std::string_view(head_).substr(std::min(written_, head_.size()));
  const std::size_t body_written = written_ - std::min(written_, head_.size());
  const std::string_view body =
      answer_.body().substr(0, body_size_).substr(body_written, most_per_write);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
  set_deadline(settings_of(table_).io_timeout);
  socket_.async_write_some(buffers,
                           [self = shared_from_this()](const error& failed, std::size_t count) {
                             if (self->state_ != state::writing) return;
                             if (failed) {
                               self->close();
                               return;
                             }
                             self->written_ += count;
                             if (self->written_ < self->head_.size() + self->body_size_)
                               self->write_some();
                             else
                               self->answer_written();
                           });
}

// The body of a source goes out piece by piece; the next is asked for when this one is written, so
// a slow reader slows the source down.
void http_session::next_piece() {
  deadline_.cancel();
  auto made = [self = shared_from_this()](std::optional<std::string> piece) {
    if (self->state_ == state::writing) self->write_piece(std::move(piece));
  };
  answer_.source->next(std::move(made));
}

void http_session::write_piece(std::optional<std::string> piece) {
  // A body that breaks off must not look whole: it ends without its last chunk (RFC 9112 8).
  if (!piece) return close();
  const bool is_last = piece->empty();
  head_.clear();
  if (is_last) answer_.source.reset();
  if (reader_.current().version < 11) {
    head_ = std::move(*piece);
  } else {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string length;
    for (std::size_t rest = piece->size(); rest > 0; rest >>= 4U)
      length.insert(length.begin(), digits[rest & 15U]);
    head_ = (is_last ? "0" : length) + "\r\n" + *piece + "\r\n";
  }
  body_size_ = 0;
  written_ = 0;
  if (head_.empty()) return answer_written();
  write_some();
}

void http_session::answer_written() {
  if (answer_.source) return next_piece();
  // Moved out, for a string that is assigned an empty one keeps its memory, and the connection may
  // be idle now.
  static_cast<void>(std::exchange(answer_, {}));
  static_cast<void>(std::exchange(head_, {}));
  if (after_ == after_answer::close) {
    linger();
    return;
  }
  reader_.reset();
  // If the next request came in part already, its time runs from here.
  set_deadline(settings_of(table_).io_timeout);
  read();
}

void http_session::become_event_stream(const answer& head) {
  if (wants_stop_) {
    give_answer(problem(503, "stopping", "mailrig is stopping", "No event will follow."),
                after_answer::close);
    return;
  }
  const std::size_t most = settings_of(table_).max_event_streams;
  if (table_->shared.event_streams() >= most) {
    give_answer(problem(503, "too_many_streams", "mailrig has too many event streams open",
                        "At most " + std::to_string(most) + " readers follow /v1/events at once."),
                after_answer::keep_alive);
    return;
  }
  state_ = state::closed;
  open_event_stream(table_.table(), std::move(socket_), reader_.current(), head);
}

// A close with octets unread would reset the connection, and the client would never see the answer:
// what it still sends is thrown away until it closes too, for a while.
void http_session::linger() {
  state_ = state::lingering;
  error failed;
  socket_.shutdown(tcp_socket::shutdown_send, failed);
  if (failed) {
    close();
    return;
  }
  set_deadline(settings_of(table_).linger);
  discard();
}

void http_session::discard() {
  socket_.async_wait(tcp_socket::wait_read, [self = shared_from_this()](error failed) {
    if (failed || self->state_ != state::lingering) return;
    self->socket_.read_some(asio::buffer(self->table_->scratch), failed);
    if (!failed || failed == asio::error::would_block)
      self->discard();
    else
      self->close();
  });
}

void http_session::close() {
  state_ = state::closed;
  error ignored;
  deadline_.cancel();
  socket_.close(ignored);
}

void http_session::set_deadline(std::chrono::milliseconds patience) {
  deadline_.expires_after(patience);
  deadline_.async_wait([weak = weak_from_this()](const error& cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self && self->deadline_.expiry() <= timer::clock_type::now())
      self->deadline_passed();
  });
}

void http_session::deadline_passed() {
  if (state_ == state::reading && (reader_.has_begun() || !unread_.empty()))
    give_answer(problem(408, "request_timeout", "The request took too long",
                        "The rest of the request did not come in time."),
                after_answer::close);
  else if (state_ != state::answering)
    close();
}

}  // namespace mailrig::inspector
