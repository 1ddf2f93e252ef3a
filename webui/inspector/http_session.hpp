// One HTTP connection: reads a request, has it answered, writes the answer, and again.
//
// Kept alive by its pending operations. Requests are answered in their order, one at a time; what a
// client sends ahead waits in the socket. An idle connection holds no read buffer.
#pragma once

#include "webui/inspector/answer.hpp"
#include "webui/inspector/answer_text.hpp"
#include "webui/inspector/connection.hpp"
#include "webui/inspector/request_reader.hpp"
#include "webui/inspector/socket.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace mailrig::inspector {

class http_session final : public connection, public std::enable_shared_from_this<http_session> {
 public:
  // `socket` does not block.
  http_session(connection_table_ref table, tcp_socket socket);

  void start();
  // Answers 503 without reading a request: there are too many connections.
  void turn_away();
  void stop() override;

 private:
  enum class state { reading, answering, writing, lingering, closed };

  void read();
  void wait_for_octets();
  void octets_came();
  void handle();
  void begin_answer(answer what);
  void watch_for_end();
  void client_went();
  void give_answer(answer what, after_answer after);
  void write_some();
  void answer_written();
  void next_piece();
  void write_piece(std::optional<std::string> piece);
  void become_event_stream(const answer& head);
  void linger();
  void discard();
  void close();
  void set_deadline(std::chrono::milliseconds patience);
  void deadline_passed();

  table_entry table_;
  tcp_socket socket_;
  timer deadline_;
  request_reader reader_;
  std::string unread_;  // octets that came and are not taken yet
  state state_ = state::reading;
  bool wants_stop_ = false;
  answer answer_;
  std::string head_;
  std::size_t written_ = 0;
  std::size_t body_size_ = 0;
  after_answer after_ = after_answer::keep_alive;
};

}  // namespace mailrig::inspector
