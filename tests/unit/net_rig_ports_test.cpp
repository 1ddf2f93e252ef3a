// Ports of rigs over real sockets: opening, ranges, refusals, and what a rig's end means for its
// sessions.
#include "capture/net/mail_server.hpp"
#include "capture/rig/rig_table.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;
using testing::HasSubstr;
using end = socket_client::end;

class RigPorts : public testing::Test {
 protected:
  RigPorts() {
    server.call([this] {
      server.server().offer("smtp",
                            [this](rig::session_recorder& recorder, const connection_ends& ends) {
                              return in.make_session(dialogue::protocol::smtp, recorder, ends.peer);
                            });
      server.server().set_rig_ports({.addresses = {"127.0.0.1"}});
    });
  }

  rig::rig& make(const std::string& name) {
    rig::rig_config config;
    config.name = name;
    return in.rigs().make(config);
  }
  // The port, or 0 and the refusal.
  std::uint16_t open(rig::rig& home, const rig::port_wish& wish) {
    refusal = server.server().open(home, {wish});
    return refusal ? std::uint16_t{0} : server.server().list_of(home.name()).back().port;
  }
  void expect_line(socket_client& client, const std::string& beginning) {
    const auto line = client.read_line();
    ASSERT_TRUE(line.has_value()) << "instead of " << beginning;
    EXPECT_TRUE(line->starts_with(beginning)) << *line;
  }
  static void send_mail(socket_client& client) {
    client.send("HELO c\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nx\r\n.\r\n");
  }
  static std::size_t count(const rig::rig& which) { return which.messages().in_use().messages; }

  world in{{}, {}};
  socket_server server{in};
  std::optional<rig::port_refusal> refusal;
};

TEST_F(RigPorts, AMailThatComesByARigsPortIsTheRigs) {
  std::uint16_t port = 0;
  server.call([&] { port = open(make("a"), {"smtp", {}, 0}); });
  ASSERT_NE(port, 0);
  socket_client client(port);
  send_mail(client);
  for (const char* each : {"220 ", "250 ", "250 ", "250 ", "354 ", "250 "})
    expect_line(client, each);
  server.call([&] {
    EXPECT_EQ(count(*in.rigs().find("a")), 1U);
    EXPECT_EQ(count(in.home()), 0U);
    EXPECT_EQ(in.rigs().find("a")->sessions().size(), 1U);
  });
}

TEST_F(RigPorts, BothFamiliesGetOneNumber) {
  server.call([&] {
    rig::rig& a = make("a");
    const std::uint16_t port = open(a, {"smtp", "localhost", 0});
    const auto list = server.server().list_of("a");
    ASSERT_FALSE(list.empty());
    EXPECT_EQ(list[0].address, "127.0.0.1");
    for (const auto& each : list) EXPECT_EQ(each.port, port);
    EXPECT_LE(list.size(), 2U);
  });
}

TEST_F(RigPorts, WhatCannotBeIsRefusedWithReasons) {
  server.call([&] {
    rig::rig& a = make("a");
    EXPECT_EQ(open(a, {"gopher", {}, 0}), 0);
    EXPECT_THAT(refusal->detail, HasSubstr("\"gopher\"; there are: smtp"));
    EXPECT_EQ(refusal->why, rig::port_refusal::reason::bad_wish);
    EXPECT_EQ(open(a, {"smtp", "mail.example.com", 0}), 0);
    EXPECT_THAT(refusal->detail, HasSubstr("not an address"));
    EXPECT_EQ(open(a, {"smtp", {}, server.port()}), 0);
    EXPECT_EQ(refusal->why, rig::port_refusal::reason::taken);
    EXPECT_THAT(refusal->detail, HasSubstr("Leave `port` out"));
    EXPECT_TRUE(server.server().list_of("a").empty());
  });
}

TEST_F(RigPorts, AllOrNone) {
  server.call([&] {
    rig::rig& a = make("a");
    const auto refused = server.server().open(a, {{"smtp", {}, 0}, {"gopher", {}, 0}});
    EXPECT_TRUE(refused.has_value());
    EXPECT_TRUE(server.server().list_of("a").empty());
  });
}

// A range in which something is free, found by the system: nothing here names a port.
TEST_F(RigPorts, ARangeIsUsedUpAndGivenBack) {
  server.call([&] {
    rig::rig& probe = make("probe");
    const std::uint16_t free = open(probe, {"smtp", {}, 0});
    server.server().close(probe);
    server.server().set_rig_ports({.addresses = {"127.0.0.1"}, .first = free, .last = free});
    rig::rig& a = make("a");
    ASSERT_EQ(open(a, {"smtp", {}, 0}), free);
    rig::rig& b = make("b");
    EXPECT_EQ(open(b, {"smtp", {}, 0}), 0);
    EXPECT_THAT(refusal->detail, HasSubstr("All ports of --rig-ports"));
    EXPECT_THAT(refusal->detail, HasSubstr("`route`"));
    const std::uint16_t outside = free == 1 ? 2 : static_cast<std::uint16_t>(free - 1);
    EXPECT_EQ(open(b, {"smtp", {}, outside}), 0);
    EXPECT_THAT(refusal->detail, HasSubstr("outside of --rig-ports"));
    server.server().close(a);
    EXPECT_EQ(open(b, {"smtp", {}, 0}), free);
  });
}

TEST_F(RigPorts, SessionsOfARemovedRigAreTold) {
  std::uint16_t port = 0;
  server.call([&] { port = open(make("a"), {"smtp", {}, 0}); });
  socket_client client(port);
  expect_line(client, "220 ");
  client.send("HELO c\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\nhalf");
  for (const char* each : {"250 ", "250 ", "250 ", "354 "}) expect_line(client, each);
  socket_client other(server.port());
  expect_line(other, "220 ");
  server.call([&] { rig::remove_rig(in.rigs(), server.server(), *in.rigs().find("a")); });
  expect_line(client, "421 ");
  EXPECT_EQ(client.read_to_end(), end::eof);
  send_mail(other);
  for (const char* each : {"250 ", "250 ", "250 ", "354 ", "250 "}) expect_line(other, each);
  EXPECT_THROW(socket_client late(port), dialogue::script_error);
  server.call([&] { EXPECT_EQ(count(in.home()), 1U); });
}

}  // namespace
}  // namespace mailrig::net
