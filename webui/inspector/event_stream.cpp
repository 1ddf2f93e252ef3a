#include "webui/inspector/event_stream.hpp"

#include "webui/inspector/answer_text.hpp"
#include "webui/inspector/event_hub.hpp"
#include "webui/inspector/http_session.hpp"
#include "webui/inspector/json_writer.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace mailrig::inspector {
namespace {

namespace asio = boost::asio;

// What is handed to the socket at once. More waits in the ring, not in memory of this reader.
constexpr std::size_t most_per_write = std::size_t{16} * 1024;
// The kernel would else keep up to 4 MiB for each reader that does not read.
constexpr int send_buffer = 64 * 1024;
// A reader that is further behind what has happened since it came is dropped; it can come back for
// the rest, which the ring still has.
constexpr event_number most_unsent = 1'000;
constexpr std::string_view retry = "retry: 1000\n";

class event_stream final : public connection,
                           public event_reader,
                           public std::enable_shared_from_this<event_stream> {
 public:
  event_stream(connection_table_ref table, tcp_socket socket, event_hub& hub)
      : table_(std::move(table), *this),
        socket_(std::move(socket)),
        heartbeat_(socket_.get_executor()),
        hub_(hub) {
    ++table_->event_streams;
  }
  ~event_stream() override {
    if (!is_closed_) hub_.unsubscribe(*this);
    --table_->event_streams;
  }

  void start(std::string head, const std::string& last_event_id);
  void stop() override { close(); }
  void events_ready() override;
  void give_up() override { close(); }

 private:
  void pump();
  void write(std::string text);
  void watch();
  void beat();
  void drop();
  void close();

  table_entry table_;
  tcp_socket socket_;
  timer heartbeat_;
  event_hub& hub_;
  event_number next_ = 0;
  event_number backlog_end_ = 0;  // a reader that resumes may be as far behind as it was away
  std::string writing_;           // empty: nothing is being written
  bool is_closed_ = false;
};

void event_stream::start(std::string head, const std::string& last_event_id) {
  const auto [next, until, has_gap] = hub_.subscribe(*this, last_event_id);
  error ignored;
  socket_.set_option(asio::socket_base::send_buffer_size(send_buffer), ignored);
  next_ = next;
  backlog_end_ = until;
  head += retry;
  head += "id: " + hub_.ring().id_of(next - 1) + '\n';
  if (has_gap) {
    json_writer json;
    json.open_object().field("last_event_id", last_event_id).close_object();
    head += "event: gap\ndata: " + json.take() + '\n';
  }
  head += '\n';
  write(std::move(head));
  watch();
  beat();
}

void event_stream::events_ready() {
  if (is_closed_) return;
  if (writing_.empty()) {
    pump();
    return;
  }
  const event_number behind_since = std::max(next_, backlog_end_);
  if (hub_.ready() > behind_since + most_unsent) drop();
}

void event_stream::pump() {
  if (next_ < hub_.ring().begin()) {
    drop();
    return;
  }
  std::string text = hub_.write(next_, most_per_write);
  if (!text.empty()) write(std::move(text));
}

void event_stream::write(std::string text) {
  writing_ = std::move(text);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](const error& failed, std::size_t) {
                      // Moved out, for clearing a string keeps its memory.
                      static_cast<void>(std::exchange(self->writing_, {}));
                      if (self->is_closed_) return;
                      if (failed)
                        self->close();
                      else
                        self->pump();
                    });
}

// Notices that the reader is gone; whatever it sends means nothing.
void event_stream::watch() {
  socket_.async_wait(tcp_socket::wait_read, [self = shared_from_this()](error failed) {
    if (failed || self->is_closed_) return;
    self->socket_.read_some(asio::buffer(self->table_->scratch), failed);
    if (!failed || failed == asio::error::would_block)
      self->watch();
    else
      self->close();
  });
}

void event_stream::beat() {
  heartbeat_.expires_after(table_->shared.settings().heartbeat);
  heartbeat_.async_wait([weak = weak_from_this()](const error& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->is_closed_) return;
    if (self->writing_.empty()) self->write(":\n\n");
    self->beat();
  });
}

// What it has not read goes at once; an ordinary close would leave it with the kernel.
void event_stream::drop() {
  error ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void event_stream::close() {
  if (is_closed_) return;
  is_closed_ = true;
  hub_.unsubscribe(*this);
  error ignored;
  heartbeat_.cancel();
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  socket_.close(ignored);
}

}  // namespace

void open_event_stream(const connection_table_ref& table, tcp_socket socket, const request& asked,
                       const answer& head) {
  event_hub& hub = table->shared.events_of(*asked.rig);
  auto stream = std::make_shared<event_stream>(table, std::move(socket), hub);
  stream->start(head_of(head, asked, after_answer::close), asked.last_event_id);
}

}  // namespace mailrig::inspector
