// A server on a loopback port with its own I/O thread, and a client that speaks to it.
#pragma once

#include "inspector_fixture.hpp"
#include "webui/inspector/server.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <type_traits>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace mailrig::inspector {

// A client that blocks, for at most 30 s.
class client {
 public:
  explicit client(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    const timeval patience{30, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void send(std::string_view octets) { boost::asio::write(socket_, boost::asio::buffer(octets)); }
  // False once the server has closed.
  bool receive_more() {
    char buffer[65536];
    boost::system::error_code failed;
    const std::size_t count = socket_.read_some(boost::asio::buffer(buffer), failed);
    received_.append(buffer, count);
    return !failed;
  }
  // What came up to and with `end`; all that came if the server closed first.
  std::string receive_until(std::string_view end) {
    std::size_t found = 0;
    while ((found = received_.find(end)) == std::string::npos)
      if (!receive_more()) return take(received_.size());
    return take(found + end.size());
  }
  std::string receive_all() {
    while (receive_more()) {
    }
    return take(received_.size());
  }
  std::string receive_count(std::size_t count) {
    while (received_.size() < count && receive_more()) {
    }
    return take(std::min(count, received_.size()));
  }
  // One answer with its Content-Length.
  std::string receive_answer() {
    std::string head = receive_until("\r\n\r\n");
    const std::size_t at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    const std::size_t length = std::stoul(head.substr(at + 16));
    while (received_.size() < length && receive_more()) {
    }
    return head + take(std::min(length, received_.size()));
  }
  std::string get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return receive_answer();
  }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  std::string take(std::size_t count) {
    std::string result = received_.substr(0, count);
    received_.erase(0, count);
    return result;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
};

class InspectorNet : public testing::Test {
 protected:
  template <class Function>
  std::invoke_result_t<Function> on_io_thread(Function work) {
    std::packaged_task<std::invoke_result_t<Function>()> task(std::move(work));
    auto result = task.get_future();
    boost::asio::post(io_, [task = std::move(task)]() mutable { task(); });
    return result.get();
  }
  InspectorNet() {
    settings_.version = "1.2.3";
    settings_.max_connections = 20;
    settings_.max_event_streams = 3;
    settings_.linger = std::chrono::milliseconds(200);
  }
  ~InspectorNet() override {
    if (!thread_.joinable()) return;
    on_io_thread([this] {
      server_->stop();
      work_.reset();
    });
    // What still lingers would keep the loop for a while; nothing more is expected of it.
    io_.stop();
    thread_.join();
    here_.pool.stop();
    server_.reset();
  }

  void start() {
    services all = here_.all();
    all.find_page = find_page_;
    server_ = std::make_unique<server>(io_, settings_, all);
    port_ = std::get<std::uint16_t>(server_->listen("127.0.0.1", 0));
    thread_ = std::thread([this] { io_.run(); });
  }

  std::string put(const std::string& text) {
    return on_io_thread([this, &text] { return model::to_string(here_.put(text)->id()); });
  }
  std::size_t count_connections() {
    return on_io_thread([this] { return server_->connection_count(); });
  }
  std::size_t count_streams() {
    return on_io_thread([this] { return server_->event_stream_count(); });
  }
  // Each ask goes through the I/O thread, so that it makes its own progress.
  template <class Condition>
  bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition())
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(io_);
  world here_{[this](std::function<void()> work) { boost::asio::post(io_, std::move(work)); }};
  server_settings settings_;
  std::function<std::optional<page_file>(std::string_view)> find_page_;
  std::unique_ptr<server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace mailrig::inspector
