// The HTTP server over real sockets: what only a connection can show.
#include "net_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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
  settings_.max_message_octets = 69'000;
  start();
  client header(port_);
  header.send("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a'));
  EXPECT_THAT(header.receive_all(), StartsWith("HTTP/1.1 431 "));
  for (const std::string path : {"/v1/messages", "/v1/info"}) {  // that takes a mail, and none
    client body(port_);
    body.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" +
              std::string(70'000, 'a'));
    EXPECT_THAT(body.receive_all(), StartsWith("HTTP/1.1 413 "));
  }
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
    ASSERT_TRUE(comes_true([this] { return count_connections() == 2; }));
    reset.socket().set_option(boost::asio::socket_base::linger(true, 0));
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
  client silent(port_);
  EXPECT_EQ(silent.receive_all(), "");
  // Asks before the server can look, so that it is not idle too early.
  const auto answered = on_io_thread([this] {
    auto peer = std::make_unique<client>(port_);
    peer->send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    return peer;
  });
  EXPECT_TRUE(answered->receive_answer().ends_with("ok\n"));
  EXPECT_EQ(answered->receive_all(), "");
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

TEST_F(InspectorNet, AfterA304TheConnectionGoesOn) {
  find_page_ = [](std::string_view path) -> std::optional<page_file> {
    if (path != "/") return std::nullopt;
    return page_file{"text/html", "W/\"e1\"", "no-cache", "<p>", ""};
  };
  start();
  client peer(port_);
  peer.send("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"e1\"\r\n\r\n");
  EXPECT_THAT(peer.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_TRUE(peer.get("/").ends_with("\r\n\r\n<p>"));
}

TEST_F(InspectorNet, APortInUseIsSaid) {
  start();
  const auto again = on_io_thread([this] { return server_->listen("127.0.0.1", port_); });
  EXPECT_EQ(std::get<std::error_code>(again), std::errc::address_in_use);
  const auto nonsense = on_io_thread([this] { return server_->listen("not an address", 0); });
  EXPECT_TRUE(std::holds_alternative<std::error_code>(nonsense));
}

// RFC 9112 7.1: pieces with their length, a piece of no length at the end.
TEST_F(InspectorNet, AnExportComesInChunks) {
  start();
  put("Subject: one\n\n" + std::string(3'000'000, 'x'));
  client peer(port_);
  peer.send("GET /v1/export HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string head = peer.receive_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  std::string archive;
  for (;;) {
    const std::size_t length = std::stoul(peer.receive_until("\r\n"), nullptr, 16);
    const std::string piece = peer.receive_count(length + 2);
    ASSERT_TRUE(piece.ends_with("\r\n"));
    archive += piece.substr(0, length);
    if (length == 0) break;
  }
  EXPECT_TRUE(archive.starts_with("PK\x03\x04"));
  EXPECT_TRUE(peer.get("/livez").ends_with("ok\n")) << "the connection goes on";
}

TEST_F(InspectorNet, AnOldClientGetsAnExportUpToTheEnd) {
  start();
  client peer(port_);
  peer.send("GET /v1/export HTTP/1.0\r\n\r\n");
  const std::string all = peer.receive_all();
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(all.substr(all.find("\r\n\r\n") + 4).starts_with("PK\x05\x06"));
}

}  // namespace
}  // namespace mailrig::inspector
