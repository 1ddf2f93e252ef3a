// The HTTP server over real sockets: what only a connection can show.
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
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

// A client that blocks, for at most 30 s.
class client {
 public:
  explicit client(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    const timeval patience{30, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void send(std::string_view octets) { asio::write(socket_, asio::buffer(octets)); }
  // False once the server has closed.
  bool receive_more() {
    char buffer[65536];
    boost::system::error_code failed;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), failed);
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
  tcp::socket& socket() { return socket_; }

 private:
  std::string take(std::size_t count) {
    std::string result = received_.substr(0, count);
    received_.erase(0, count);
    return result;
  }

  asio::io_context io_;
  tcp::socket socket_;
  std::string received_;
};

class InspectorNet : public testing::Test {
 protected:
  template <class Function>
  std::invoke_result_t<Function> on_io_thread(Function work) {
    std::packaged_task<std::invoke_result_t<Function>()> task(std::move(work));
    auto result = task.get_future();
    asio::post(io_, [&task] { task(); });
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
    server_ = std::make_unique<server>(io_, settings_, here_.all());
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

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  world here_{[this](std::function<void()> work) { asio::post(io_, std::move(work)); }};
  server_settings settings_;
  std::unique_ptr<server> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(InspectorNet, AnswersOneRequestAfterTheOther) {
  start();
  put("Subject: one\n\nx\n");
  client peer(port_);
  EXPECT_THAT(peer.get("/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(peer.get("/v1/messages"), HasSubstr("\"subject\":\"one\""));
  EXPECT_THAT(peer.get("/v1/messages/latest/text"), HasSubstr("\r\n\r\nx\n"));
  EXPECT_THAT(peer.get("/nothing"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_EQ(count_connections(), 1U);
}

TEST_F(InspectorNet, PipelinedRequestsAreAnsweredInOrder) {
  start();
  put("Subject: one\n\nthe text\n");
  client peer(port_);
  const std::string host = " HTTP/1.1\r\nHost: a\r\n\r\n";
  peer.send("GET /v1/messages/latest/text" + host + "GET /livez" + host + "GET /v1/messages" +
            host + "GET /v1/messages/latest/raw" + host + "HEAD /livez" + host + "GET /x" + host);
  EXPECT_TRUE(peer.receive_answer().ends_with("the text\n"));
  EXPECT_TRUE(peer.receive_answer().ends_with("ok\n"));
  EXPECT_THAT(peer.receive_answer(), HasSubstr("\"messages\":[{"));
  EXPECT_TRUE(peer.receive_answer().ends_with("Subject: one\r\n\r\nthe text\r\n"));
  EXPECT_THAT(peer.receive_until("\r\n\r\n"), HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(peer.receive_answer(), StartsWith("HTTP/1.1 404"));
}

TEST_F(InspectorNet, ARequestInSingleOctetsIsRead) {
  start();
  client peer(port_);
  for (const char each : std::string("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"))
    peer.send({&each, 1});
  EXPECT_TRUE(peer.receive_answer().ends_with("ok\n"));
}

TEST_F(InspectorNet, ClosesWhenAskedTo) {
  start();
  client newer(port_);
  newer.send("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(newer.receive_all(), HasSubstr("Connection: close\r\n"));
  client older(port_);
  older.send("GET /livez HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(older.receive_all().ends_with("ok\n"));
}

TEST_F(InspectorNet, ALargeMailArrivesWhole) {
  start();
  const std::string text = "Subject: big\n\n" + std::string(8'000'000, 'x') + "\n";
  put(text);
  client peer(port_);
  const std::string answer = peer.get("/v1/messages/latest/raw");
  const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_TRUE(body == with_crlf(text)) << body.size();
}

TEST_F(InspectorNet, RefusesOversizeAndSaysWhy) {
  start();
  client header(port_);
  header.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a'));
  EXPECT_THAT(header.receive_all(), StartsWith("HTTP/1.1 431 "));
  client body(port_);
  body.send("POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" +
            std::string(70'000, 'a'));
  EXPECT_THAT(body.receive_all(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(InspectorNet, GarbageIsA400) {
  start();
  for (const std::string_view garbage :
       {std::string_view("EHLO me\r\n"), std::string_view("\x16\x03\x01\x00\xff\x01", 6),
        std::string_view("\0\0\0\0\0\0\0\0", 8)}) {
    client peer(port_);
    peer.send(garbage);
    EXPECT_THAT(peer.receive_all(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  }
}

TEST_F(InspectorNet, HalfARequestThatVanishesLeavesNothing) {
  start();
  {
    client half(port_);
    half.send("GET /v1/messages HTTP/1.1\r\nHos");
    ASSERT_TRUE(comes_true([this] { return count_connections() == 1; }));
    client reset(port_);
    reset.send("GET /v1/messages/latest/raw HTTP/1.1\r\n");
    reset.socket().set_option(asio::socket_base::linger(true, 0));
  }
  EXPECT_TRUE(comes_true([this] { return count_connections() == 0; }));
}

TEST_F(InspectorNet, ARequestThatNeverEndsIsA408) {
  settings_.io_timeout = std::chrono::milliseconds(50);
  start();
  client peer(port_);
  peer.send("GET /livez HTTP/1.1\r\n");
  EXPECT_THAT(peer.receive_all(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST_F(InspectorNet, AnIdleConnectionIsClosedWithoutAWord) {
  settings_.idle_timeout = std::chrono::milliseconds(50);
  start();
  client peer(port_);
  EXPECT_TRUE(peer.get("/livez").ends_with("ok\n"));
  EXPECT_EQ(peer.receive_all(), "");
}

TEST_F(InspectorNet, TooManyConnectionsAreTold) {
  settings_.max_connections = 2;
  start();
  client one(port_);
  client two(port_);
  EXPECT_TRUE(one.get("/livez").ends_with("ok\n"));
  EXPECT_TRUE(two.get("/livez").ends_with("ok\n"));
  client three(port_);
  EXPECT_THAT(three.receive_all(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
}

std::string events_request(const std::string& headers = "") {
  return "GET /v1/events HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

TEST_F(InspectorNet, EventsTellOfMessagesAndRemovals) {
  start();
  client peer(port_);
  peer.send(events_request());
  const std::string head = peer.receive_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(peer.receive_until("\n\n"), StartsWith("retry: 1000\nid: "));
  const std::string id = put("Subject: live\n\nx\n");
  const std::string message = peer.receive_until("\n\n");
  EXPECT_THAT(message, HasSubstr("\nevent: message\ndata: {\"id\":\"" + id + "\""));
  EXPECT_THAT(message, HasSubstr("\"subject\":\"live\""));
  client other(port_);
  other.send("DELETE /v1/messages/" + id + " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(other.receive_answer(), HasSubstr("{\"deleted\":1}"));
  EXPECT_THAT(peer.receive_until("\n\n"),
              HasSubstr("\nevent: removed\ndata: {\"ids\":[\"" + id + "\"]}\n"));
  other.send("DELETE /v1/messages?all=true HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(peer.receive_until("\n\n"), HasSubstr("\nevent: removed\ndata: {\"all\":true}\n"));
}

std::string last_id(const std::string& events) {
  const std::size_t at = events.rfind("id: ") + 4;
  return events.substr(at, events.find('\n', at) - at);
}

TEST_F(InspectorNet, EventsGoOnWhereAReaderStopped) {
  start();
  std::string id;
  {
    client first(port_);
    first.send(events_request());
    first.receive_until("\r\n\r\n");
    id = last_id(first.receive_until("\n\n"));
  }
  ASSERT_TRUE(comes_true([this] { return count_streams() == 0; }));
  put("Subject: missed\n\nx\n");
  client again(port_);
  again.send(events_request("Last-Event-ID: " + id + "\r\n"));
  again.receive_until("\r\n\r\n");
  again.receive_until("\n\n");
  EXPECT_THAT(again.receive_until("\n\n"), HasSubstr("\"subject\":\"missed\""));
}

// What was missed is ready to be sent then: the other reader had it already.
TEST_F(InspectorNet, EventsGoOnWhileAnotherReaderStays) {
  start();
  client stays(port_);
  stays.send(events_request());
  stays.receive_until("\r\n\r\n");
  const std::string id = last_id(stays.receive_until("\n\n"));
  put("Subject: missed\n\nx\n");
  const std::string message = stays.receive_until("\n\n");
  EXPECT_THAT(message, HasSubstr("\"subject\":\"missed\""));
  client again(port_);
  again.send(events_request("Last-Event-ID: " + id + "\r\n"));
  again.receive_until("\r\n\r\n");
  again.receive_until("\n\n");
  EXPECT_EQ(again.receive_until("\n\n"), message);
}

TEST_F(InspectorNet, LostEventsAreAGap) {
  start();
  client peer(port_);
  peer.send(events_request("Last-Event-ID: 99.1\r\n"));
  peer.receive_until("\r\n\r\n");
  EXPECT_THAT(peer.receive_until("\n\n"),
              HasSubstr("event: gap\ndata: {\"last_event_id\":\"99.1\"}\n"));
}

TEST_F(InspectorNet, StreamsBeatWhenNothingHappens) {
  settings_.heartbeat = std::chrono::milliseconds(20);
  start();
  client peer(port_);
  peer.send(events_request());
  peer.receive_until("\r\n\r\n");
  peer.receive_until("\n\n");
  EXPECT_EQ(peer.receive_until("\n\n"), ":\n\n");
  EXPECT_EQ(peer.receive_until("\n\n"), ":\n\n");
}

TEST_F(InspectorNet, AReaderThatLeavesIsForgotten) {
  start();
  {
    client peer(port_);
    peer.send(events_request());
    peer.receive_until("\n\n");
    EXPECT_EQ(count_streams(), 1U);
  }
  EXPECT_TRUE(comes_true([this] { return count_streams() == 0; }));
}

TEST_F(InspectorNet, ASlowReaderIsDroppedAndNobodyWaits) {
  start();
  client slow(port_);
  slow.socket().set_option(asio::socket_base::receive_buffer_size(4096));
  slow.send(events_request());
  slow.receive_until("\n\n");
  client good(port_);
  good.send(events_request());
  good.receive_until("\n\n");
  ASSERT_EQ(count_streams(), 2U);
  const std::string text = "Subject: " + std::string(250, 's') + "\n\n" + std::string(200, 'x');
  // As many as the kernel's buffers and the bound may hold, and then some.
  std::size_t events = 0;
  while (count_streams() == 2 && events < 40'000) {
    for (int i = 0; i < 50; ++i) put(text);
    events += 50;
    for (int i = 0; i < 50; ++i) good.receive_until("\n\n");
  }
  EXPECT_EQ(count_streams(), 1U) << events;
  put("Subject: still here\n\nx\n");
  EXPECT_THAT(good.receive_until("\n\n"), HasSubstr("still here"));
}

TEST_F(InspectorNet, TooManyStreamsAreTold) {
  settings_.max_event_streams = 1;
  start();
  client one(port_);
  one.send(events_request());
  one.receive_until("\n\n");
  client two(port_);
  two.send(events_request());
  EXPECT_THAT(two.receive_answer(), StartsWith("HTTP/1.1 503 "));
  EXPECT_TRUE(two.get("/livez").ends_with("ok\n"));
}

TEST_F(InspectorNet, StoppingEndsStreamsAndIdleConnections) {
  start();
  client stream(port_);
  stream.send(events_request());
  stream.receive_until("\n\n");
  client idle(port_);
  idle.get("/livez");
  on_io_thread([this] { server_->stop(); });
  stream.receive_all();
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_TRUE(comes_true([this] { return count_connections() == 0; }));
}

TEST_F(InspectorNet, APortInUseIsSaid) {
  start();
  const auto again = on_io_thread([this] { return server_->listen("127.0.0.1", port_); });
  EXPECT_EQ(std::get<std::error_code>(again), std::errc::address_in_use);
  const auto nonsense = on_io_thread([this] { return server_->listen("not an address", 0); });
  EXPECT_TRUE(std::holds_alternative<std::error_code>(nonsense));
}

}  // namespace
}  // namespace mailrig::inspector
