#include "webui/inspector/event_stream.hpp"

#include "capture/rig/rig.hpp"
#include "webui/inspector/answer_text.hpp"
#include "webui/inspector/event_hub.hpp"
#include "webui/inspector/http_session.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/query_parameters.hpp"

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
constexpr std::size_t most_unsent = 1'000;
constexpr std::size_t most_unsent_octets = std::size_t{1} << 20;
constexpr std::string_view retry = "retry: 1000\n";

class event_stream final : public connection,
                           public event_reader,
                           public std::enable_shared_from_this<event_stream> {
 public:
  event_stream(connection_table_ref table, tcp_socket socket, std::shared_ptr<rig::rig> followed)
      : table_(std::move(table), *this),
        socket_(std::move(socket)),
        heartbeat_(socket_.get_executor()),
        followed_(std::move(followed)) {
    table_->shared.count_event_stream(1);
  }
  ~event_stream() override {
    if (!is_closed_) hub().unsubscribe(*this);
    table_->shared.count_event_stream(-1);
  }

  void start(std::string head, const std::string& last_event_id, rig::query_ref wanted);
  void stop() override { close(); }
  void events_ready(std::size_t count, std::size_t octets) override;
  void give_up() override { close(); }
  void rig_gone() override;

 private:
  [[nodiscard]] event_hub& hub() { return table_->shared.events(); }
  void pump();
  void write(std::string text);
  void watch();
  void beat();
  void drop();
  void close();

  table_entry table_;
  tcp_socket socket_;
  timer heartbeat_;
  std::shared_ptr<rig::rig> followed_;  // somebody uses it: its ttl does not run out
  event_number next_ = 0;
  event_number backlog_end_ = 0;  // a reader that resumes may be as far behind as it was away
  std::size_t unsent_ = 0;        // events that came since, and what they take
  std::size_t unsent_octets_ = 0;
  std::string writing_;  // empty: nothing is being written
  bool is_ending_ = false;
  bool is_closed_ = false;
};

void event_stream::start(std::string head, const std::string& last_event_id,
                         rig::query_ref wanted) {
  const auto [next, until, has_gap] =
      hub().subscribe(*this, *followed_, last_event_id, std::move(wanted));
  error ignored;
  socket_.set_option(asio::socket_base::send_buffer_size(send_buffer), ignored);
  next_ = next;
  backlog_end_ = until;
  head += retry;
  head += "id: " + hub().ring().id_of(next - 1) + '\n';
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

void event_stream::events_ready(std::size_t count, std::size_t octets) {
  if (is_closed_) return;
  unsent_ += count;
  unsent_octets_ += octets;
  if (writing_.empty())
    pump();
  else if (unsent_ > most_unsent || unsent_octets_ > most_unsent_octets)
    drop();
}

void event_stream::pump() {
  // What it did not read in time is forgotten; it comes back and hears of the gap.
  if (next_ < hub().ring().begin()) return drop();
  auto [text, count] = hub().write(*this, next_, most_per_write, backlog_end_);
  const bool is_up_to_date = next_ == hub().ready();
  unsent_ = is_up_to_date ? 0 : unsent_ - std::min(unsent_, count);
  unsent_octets_ = is_up_to_date ? 0 : unsent_octets_ - std::min(unsent_octets_, text.size());
  if (!text.empty())
    write(std::move(text));
  else if (is_ending_)
    close();
}

void event_stream::rig_gone() {
  is_ending_ = true;
  if (writing_.empty()) pump();
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
  hub().unsubscribe(*this);
  error ignored;
  heartbeat_.cancel();
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  socket_.close(ignored);
}

}  // namespace

void open_event_stream(const connection_table_ref& table, tcp_socket socket, const request& asked,
                       const answer& head) {
  auto stream =
      std::make_shared<event_stream>(table, std::move(socket), asked.rig->shared_from_this());
  // It was found right before the stream was begun.
  auto wanted = std::get<rig::query_ref>(read_query(asked));
  stream->start(head_of(head, asked, after_answer::close), asked.last_event_id, std::move(wanted));
}

}  // namespace mailrig::inspector
