// Event streams over real sockets.
#include "net_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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
  EXPECT_THAT(peer.receive_until("\n\n"), HasSubstr("\nevent: removed\ndata: {\"ids\":[\"" + id +
                                                    "\"],\"reason\":\"deleted\"}\n"));
  other.send("DELETE /v1/messages?all=true HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(peer.receive_until("\n\n"),
              HasSubstr("\nevent: removed\ndata: {\"all\":true,\"reason\":\"deleted\"}\n"));
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
  slow.socket().set_option(boost::asio::socket_base::receive_buffer_size(4096));
  slow.send(events_request());
  slow.receive_until("\n\n");
  client good(port_);
  good.send(events_request());
  good.receive_until("\n\n");
  ASSERT_EQ(count_streams(), 2U);
  const std::string text = "Subject: " + std::string(250, 's') + "\n\n" + std::string(200, 'x');
  // As many as the bound lets pass, and a few that the kernel may hold.
  std::size_t events = 0;
  while (count_streams() == 2 && events < 2'500) {
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

// What was asked for ahead is answered, but a stream would keep the server from ending.
TEST_F(InspectorNet, StoppingOpensNoStreamAnyMore) {
  settings_.heartbeat = std::chrono::hours(1);  // else a stream would keep the client waiting
  start();
  std::string body(8'000'000, 'x');
  body += body;
  put("Subject: big\n\n" + body + "\n");
  client peer(port_);
  peer.send("GET /v1/messages/latest/raw HTTP/1.1\r\nHost: a\r\n\r\n" + events_request());
  // More than the kernel takes: the server is still writing.
  const std::string head = peer.receive_until("\r\n\r\n");
  on_io_thread([this] { server_->stop(); });
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  const std::string rest = peer.receive_all();
  EXPECT_NE(rest.find("HTTP/1.1 503 Service Unavailable\r\n", 16'000'000), std::string::npos);
  EXPECT_THAT(rest.substr(rest.size() - 100), HasSubstr("No event will follow."));
}

TEST_F(InspectorNet, AStreamEndsWithItsRig) {
  start();
  client other(port_);
  other.send("PUT /v1/rigs/a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_THAT(other.receive_answer(), StartsWith("HTTP/1.1 201 Created\r\n"));
  client peer(port_);
  peer.send("GET /v1/rigs/a/events HTTP/1.1\r\nHost: a\r\n\r\n");
  peer.receive_until("\r\n\r\n");
  peer.receive_until("\n\n");
  other.send("DELETE /v1/rigs/a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(other.receive_answer(), HasSubstr("{\"deleted\":1}"));
  EXPECT_THAT(peer.receive_all(),
              HasSubstr("event: rig\ndata: {\"id\":\"a\",\"change\":\"deleted\"}"));
  EXPECT_TRUE(comes_true([this] { return count_streams() == 0; }));
}

}  // namespace
}  // namespace mailrig::inspector
