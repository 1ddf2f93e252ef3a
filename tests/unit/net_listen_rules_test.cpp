// Rules at `listen`: what clients meet before anybody has accepted them.
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using namespace std::chrono_literals;
using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;

// A connect that is under way.
class attempt {
 public:
  explicit attempt(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) error_ = errno;
  }
  ~attempt() { ::close(socket_); }
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

  // 0: connected; ETIMEDOUT: nobody has answered for that long.
  [[nodiscard]] int outcome(std::chrono::milliseconds patience) {
    if (error_ != EINPROGRESS) return error_;
    pollfd wait{socket_, POLLOUT, 0};
    if (::poll(&wait, 1, static_cast<int>(patience.count())) == 0) return ETIMEDOUT;
    socklen_t size = sizeof error_;
    (void)::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error_, &size);
    return error_;
  }

 private:
  int socket_;
  int error_ = 0;
};

class ListenRules : public testing::Test {
 protected:
  void load(const std::string& when, const std::string& mode, const std::string& more = "") {
    const std::string rules =
        R"({"rules":[{"id":"door","where":{"protocol":"smtp","stage":"listen"},)" +
        (when.empty() ? "" : R"("when":)" + when + ",") + R"("actions":[{"listener":{"mode":")" +
        mode + R"("}}])" + more + "}]}";
    server.call([&] {
      const auto wrong = in.home().rules().put(rules);
      ASSERT_TRUE(wrong.empty()) << wrong.front().wrong << "; right would be "
                                 << wrong.front().right;
    });
  }
  void clear() {
    server.call([&] { in.home().rules().clear(); });
  }
  [[nodiscard]] int try_to_connect() {
    attempt one(server.port());
    return one.outcome(200ms);
  }
  void expect_service() {
    socket_client client(server.port());
    expect_lines(client, {"220 "});
  }
  [[nodiscard]] std::size_t sessions() {
    std::size_t count = 0;
    server.call([&] { count = in.home().sessions().size(); });
    return count;
  }
  [[nodiscard]] std::size_t hits() {
    std::size_t count = 0;
    server.call([&] { count = in.home().judge().hits().size(); });
    return count;
  }

  world in{judged_by_rigs(), {}};
  socket_server server{in};
};

TEST_F(ListenRules, RefuseMakesConnectFailAndTheSamePortServesAgainBehindIt) {
  load("", "refuse");
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  EXPECT_EQ(hits(), 1U);
  clear();
  expect_service();
  EXPECT_EQ(sessions(), 1U);
}

TEST_F(ListenRules, AFullQueueLetsConnectWaitForEver) {
  load("", "backlog_full");
  EXPECT_EQ(try_to_connect(), ETIMEDOUT);
  EXPECT_EQ(try_to_connect(), ETIMEDOUT);
  EXPECT_EQ(sessions(), 0U);
  clear();
  expect_service();
  // The connection that filled the queue was none of a client's.
  EXPECT_EQ(sessions(), 1U);
}

TEST_F(ListenRules, OneModeFollowsTheOther) {
  load("", "backlog_full");
  load("", "refuse");
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  load("", "backlog_full");
  EXPECT_EQ(try_to_connect(), ETIMEDOUT);
  clear();
  expect_service();
}

TEST_F(ListenRules, OtherProtocolsGoOn) {
  load("", "refuse");
  socket_client reader(server.port(dialogue::protocol::pop3));
  expect_lines(reader, {"+OK"});
}

TEST_F(ListenRules, SessionsThatAreOpenGoOn) {
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  load("", "refuse");
  client.send("NOOP\r\n");
  expect_lines(client, {"250 "});
}

TEST_F(ListenRules, FollowTheNumberOfOpenConnections) {
  load(R"({"count":{"of":"connections.open","per":"global","ge":1}})", "refuse");
  {
    socket_client only(server.port());
    expect_lines(only, {"220 "});
    server.wait_until("nobody is let in any more", [&] {
      return in.home().how_to_listen(faults::protocol::smtp) == rig::listening::refuses;
    });
    EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  }
  server.wait_until("clients are let in again", [&] {
    return in.home().how_to_listen(faults::protocol::smtp) == rig::listening::takes_clients;
  });
  expect_service();
}

TEST_F(ListenRules, FollowTheClockOfTheRig) {
  server.call([&] { in.home().set_frozen(true); });
  load(R"({"after":"10s","for":"30s"})", "refuse");
  EXPECT_EQ(try_to_connect(), 0);
  server.call([&] { in.home().advance(10s); });
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  server.call([&] { in.home().advance(30s); });
  expect_service();
}

TEST_F(ListenRules, EndWithTheTtlOfTheRule) {
  server.call([&] { in.home().set_frozen(true); });
  load("", "refuse", R"(,"limit":{"ttl":"1m","max_hits":1})");
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  server.call([&] { in.home().advance(59s); });
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
  server.call([&] { in.home().advance(1s); });
  expect_service();
}

TEST_F(ListenRules, FollowAStateThatIsSetFromOutside) {
  server.call([&] {
    const auto wrong = in.home().rules().put(
        R"({"states":{"outage":{"up":{},"down":{}}},"start":{"outage":"up"},"rules":[{"where":{"protocol":"smtp",
            "stage":"listen"},"when":{"state":{"of":"outage","is":"down"}},
            "actions":[{"listener":{"mode":"refuse"}}]}]})");
    ASSERT_TRUE(wrong.empty()) << wrong.front().pointer << ": " << wrong.front().right;
  });
  EXPECT_EQ(try_to_connect(), 0);
  server.call([&] { EXPECT_TRUE(in.home().judge().set_state("outage", "down")); });
  server.wait_until("nobody is let in any more", [&] {
    return in.home().how_to_listen(faults::protocol::smtp) == rig::listening::refuses;
  });
  EXPECT_EQ(try_to_connect(), ECONNREFUSED);
}

TEST(ListenRulesOfARig, HoldForThePortsThatItGetsLater) {
  world in(judged_by_rigs(), {});
  socket_server server(in);
  std::uint16_t port = 0;
  server.call([&] {
    server.server().offer("smtp",
                          [&in](rig::session_recorder& recorder, const connection_ends& ends) {
                            return in.make_session(dialogue::protocol::smtp, recorder, ends.peer);
                          });
    server.server().set_rig_ports({.addresses = {"127.0.0.1"}});
    rig::rig_config config;
    config.name = "run-1";
    rig::rig& own = in.rigs().make(config);
    ASSERT_TRUE(own.rules()
                    .put(R"({"rules":[{"where":{"protocol":"smtp","stage":"listen"},
                             "actions":[{"listener":{"mode":"refuse"}}]}]})")
                    .empty());
    ASSERT_FALSE(server.server().open(own, {{"smtp", "", 0}}));
    port = server.server().list_of("run-1").front().port;
  });
  EXPECT_EQ(attempt(port).outcome(200ms), ECONNREFUSED);
  server.call([&] { in.rigs().find("run-1")->rules().clear(); });
  socket_client client(port);
  expect_lines(client, {"220 "});
  // The default rig's port is not touched.
  EXPECT_EQ(attempt(server.port()).outcome(200ms), 0);
}

}  // namespace
}  // namespace mailrig::net
