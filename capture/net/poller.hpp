// Waits for the sockets of mail connections: one epoll set, edge-triggered, each socket registered
// once. Asio waits for the set as for any other descriptor.
//
// Connections that are ready run as a batch, and what they say goes out together at its end: a
// client's process is then woken once a batch instead of once a reply, and no wait costs a system
// call (docs/decisions/0004-waiting-for-mail-sockets.md). I/O thread only; owns no socket.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <sys/epoll.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

namespace mailrig::net {

class poller;

// One socket as the poller sees it. At most one coroutine waits for it at a time.
class watched_socket : public boost::intrusive::list_base_hook<
                           boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // True: what was waited for is there. False: wake() came first.
  class waiting {
   public:
    waiting(watched_socket& socket, std::uint32_t events) : socket_(socket), events_(events) {}
    [[nodiscard]] bool await_ready() const { return socket_.has(events_); }
    void await_suspend(std::coroutine_handle<> who) {
      socket_.wanted_ = events_;
      socket_.waiting_ = who;
    }
    [[nodiscard]] bool await_resume() const { return socket_.has(events_); }

   private:
    watched_socket& socket_;
    std::uint32_t events_;
  };

  // Registers the descriptor; closing it, which is its owner's affair, takes it out of the set.
  watched_socket(poller& owner, int descriptor);
  ~watched_socket() { leave(); }
  watched_socket(const watched_socket&) = delete;
  watched_socket& operator=(const watched_socket&) = delete;

  [[nodiscard]] waiting input() { return {*this, EPOLLIN | gone}; }
  [[nodiscard]] waiting output();
  // The connection is broken; a FIN is none of it.
  [[nodiscard]] waiting failure() { return {*this, failed}; }
  // Nothing of the socket: only wake().
  [[nodiscard]] waiting nothing() { return {*this, 0}; }

  // Something of the peer may not have been read yet.
  [[nodiscard]] bool may_hold_input() const { return has(EPOLLIN | gone); }
  // A read found less than it asked for: the socket is empty until the next edge.
  void drained() { ready_ &= ~std::uint32_t{EPOLLIN}; }
  void filled() { ready_ &= ~std::uint32_t{EPOLLOUT}; }
  // Resumes the coroutine that waits, soon; nothing if none does.
  void wake();
  // Nothing is waited for from here on, and the poller may go.
  void leave();

 private:
  friend class poller;
  static constexpr std::uint32_t failed = EPOLLERR | EPOLLHUP;
  static constexpr std::uint32_t gone = EPOLLRDHUP | failed;

  [[nodiscard]] bool has(std::uint32_t events) const { return (ready_ & events) != 0; }
  void became(std::uint32_t events);
  void resume();
  void watch(int operation, std::uint32_t events);

  poller* owner_;  // null after leave()
  int descriptor_;
  std::uint32_t ready_ = 0;
  std::uint32_t wanted_ = 0;
  bool watches_output_ = false;
  std::coroutine_handle<> waiting_;
};

class poller {
 public:
  explicit poller(boost::asio::io_context& context);
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  // Resumes who was woken, and who by that, without a look at the sockets. Nothing out of a
  // coroutine that waits for them.
  void run_woken_now();
  // Suspends until the other connections of this batch have run.
  [[nodiscard]] auto end_of_batch() {
    struct ending {
      poller& owner;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> who) { owner.add_ending(who); }
      void await_resume() const {}
    };
    return ending{*this};
  }

 private:
  friend class watched_socket;
  using descriptor_type =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

  void add_ending(std::coroutine_handle<> who);
  void count(int difference);
  void run_soon();
  void wait();
  void run();
  [[nodiscard]] int run_ready();
  void run_woken();
  void run_endings();

  boost::asio::io_context& context_;
  descriptor_type set_;
  boost::intrusive::list<watched_socket, boost::intrusive::constant_time_size<false>> woken_;
  std::vector<std::coroutine_handle<>> ending_;
  std::vector<std::coroutine_handle<>> ending_now_;
  std::size_t watched_count_ = 0;
  bool is_running_ = false;
  bool runs_soon_ = false;
  bool is_waiting_ = false;
  // What Asio calls back may come after the end.
  std::shared_ptr<poller*> alive_ = std::make_shared<poller*>(this);
};

}  // namespace mailrig::net
