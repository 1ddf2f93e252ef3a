// A limit of open connections by rule, over real sockets: of one address, and over all.
#include "capture/net/mail_server.hpp"
#include "faults/scenario.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <string>
#include <variant>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;
using end = socket_client::end;
using family = socket_client::family;

class ConnectionLimit : public testing::Test {
 protected:
  void load(const std::string& rules) {
    server.call([&] { ASSERT_TRUE(in.home().rules().put(rules).empty()) << rules; });
  }
  // More than two connections are answered and closed.
  void limit(const std::string& per, const std::string& stage) {
    load(R"({"rules": [{"where": {"protocol": "smtp", "stage": ")" + stage +
         R"("}, "when": {"count": {"of": "connections.open", "per": ")" + per +
         R"(", "gt": 2}}, "actions": [{"reply": {"code": 421, "enhanced": "4.7.0",
             "text": "too many"}}, {"close": {"mode": "fin_drain"}}]}]})");
  }
  // The scenario's rules with its parameter.
  void apply(int max_connections) {
    const std::string name = "throttled-then-closed";
    faults::scenario::wish wanted;
    wanted.params = R"({"max_connections": )" + std::to_string(max_connections) + "}";
    const auto filled = faults::find_scenario(name)->fill(wanted);
    const auto& made = std::get<faults::scenario::instance>(filled);
    server.call(
        [&] { ASSERT_TRUE(in.home().rules().apply(name, made.params, made.document).empty()); });
  }
  static void expect_refusal(socket_client& client, const std::string& reply) {
    const auto line = client.read_line();
    ASSERT_TRUE(line.has_value());
    EXPECT_TRUE(line->starts_with(reply)) << *line;
    EXPECT_EQ(client.read_to_end(), end::eof);
    client.close();
  }
  void wait_until_ended(std::size_t sessions) {
    server.wait_until("sessions end", [&] { return in.sessions_ended() == sessions; });
  }
  void leave(socket_client& client, std::size_t sessions) {
    client.send("QUIT\r\n");
    expect_lines(client, {"221 "});
    client.close();
    wait_until_ended(sessions);
  }

  world in{judged_by_rigs(), {}};
  socket_server server{in};
};

TEST_F(ConnectionLimit, OneTooManyIsToldSoAndOneThatEndsMakesRoom) {
  for (const char* stage : {"connect", "banner"}) {
    const std::size_t before = in.sessions_ended();
    limit("client_ip", stage);
    socket_client first(server.port());
    expect_lines(first, {"220 "});
    socket_client second(server.port());
    expect_lines(second, {"220 "});
    socket_client third(server.port());
    expect_refusal(third, "421 4.7.0 too many");
    wait_until_ended(before + 1);
    leave(first, before + 2);
    socket_client fourth(server.port());
    expect_lines(fourth, {"220 "});
    leave(second, before + 3);
    leave(fourth, before + 4);
  }
}

TEST_F(ConnectionLimit, OneOfWhichTheClientVanishesMakesRoomToo) {
  limit("client_ip", "connect");
  socket_client first(server.port());
  socket_client second(server.port());
  expect_lines(first, {"220 "});
  expect_lines(second, {"220 "});
  first.reset();
  wait_until_ended(1);
  socket_client third(server.port());
  expect_lines(third, {"220 "});
}

class ConnectionLimitOfTwoFamilies : public ConnectionLimit {
 protected:
  void SetUp() override {
    std::variant<std::uint16_t, std::error_code> bound;
    server.call([&] {
      bound = server.server().listen(
          "smtp", "::1", 0, [this](rig::session_recorder& recorder, const connection_ends& ends) {
            return in.make_session(dialogue::protocol::smtp, recorder, ends.peer);
          });
    });
    if (const auto* error = std::get_if<std::error_code>(&bound))
      GTEST_SKIP() << "no IPv6: " << error->message();
    port_v6 = std::get<std::uint16_t>(bound);
  }
  std::uint16_t port_v6 = 0;
};

TEST_F(ConnectionLimitOfTwoFamilies, CountsEachAddressForItself) {
  limit("client_ip", "banner");
  socket_client first(server.port());
  socket_client second(server.port());
  expect_lines(first, {"220 "});
  expect_lines(second, {"220 "});
  socket_client other(port_v6, family::v6);
  expect_lines(other, {"220 "});
  socket_client third(server.port());
  expect_refusal(third, "421 4.7.0 too many");
}

TEST_F(ConnectionLimitOfTwoFamilies, CountsOverAllAddressesWhenAsked) {
  limit("global", "banner");
  socket_client first(server.port());
  socket_client second(server.port());
  expect_lines(first, {"220 "});
  expect_lines(second, {"220 "});
  socket_client other(port_v6, family::v6);
  expect_refusal(other, "421 4.7.0 too many");
  wait_until_ended(1);
  leave(first, 2);
  socket_client again(port_v6, family::v6);
  expect_lines(again, {"220 "});
}

TEST_F(ConnectionLimit, TheScenarioFiresAtOnceWithALimitOfNone) {
  apply(0);
  for (std::size_t i = 1; i <= 3; ++i) {
    socket_client client(server.port());
    expect_refusal(client, "421 4.7.0 Too many connections from 127.0.0.1");
    wait_until_ended(i);
  }
}

TEST_F(ConnectionLimit, TheScenarioLetsAsManyInAsItIsTold) {
  apply(1);
  socket_client first(server.port());
  expect_lines(first, {"220 "});
  socket_client second(server.port());
  expect_refusal(second, "421 4.7.0 Too many connections from 127.0.0.1");
  wait_until_ended(1);
  leave(first, 2);
  socket_client third(server.port());
  expect_lines(third, {"220 "});
}

}  // namespace
}  // namespace mailrig::net
