// What rules make sessions wait for, over real sockets: it goes by the rig's clock, and ends when
// the rule does.
#include "capture/net/mail_server.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using namespace std::chrono_literals;
using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;
using dialogue::world_settings;
using end = socket_client::end;

class FaultWaits : public testing::Test {
 protected:
  void load(const std::string& rules) {
    server.call([&] { ASSERT_TRUE(in.home().rules().put(rules).empty()); });
  }
  // Says HELO, and returns once a rule makes the session wait.
  void say_helo(socket_client& client) {
    expect_lines(client, {"220 "});
    client.send("HELO c.test\r\n");
    wait_for_stalls(1);
  }
  void wait_for_stalls(std::size_t count) {
    server.wait_until("sessions wait by the rig's clock",
                      [&] { return in.home().due().count() == count; });
  }
  void freeze() {
    server.call([&] { in.home().set_frozen(true); });
  }
  void advance(model::duration by) {
    server.call([&] { in.home().advance(by); });
  }
  // Of each hit, how it ended.
  [[nodiscard]] std::vector<std::string> ends_of_hits() {
    std::vector<std::string> result;
    server.call([&] {
      in.home().judge().hits().for_each(
          [&](const faults::hit& each) { result.push_back(each.done ? each.done->ended_by : ""); });
    });
    return result;
  }

  world in{judged_by_rigs(), {}};
  socket_server server{in};
};

constexpr const char* stall_at_helo = R"({"rules":[{"id":"silent",
    "where":{"protocol":"smtp","stage":"helo"},"actions":[{"stall":{"max":"60s"}}]}]})";

TEST_F(FaultWaits, AStallEndsWhenTheClockOfTheRigIsMovedPastIt) {
  load(stall_at_helo);
  freeze();
  socket_client client(server.port());
  say_helo(client);
  advance(59'999ms);
  server.call([&] { EXPECT_EQ(in.home().due().count(), 1U); });
  advance(1ms);
  EXPECT_EQ(client.read_to_end(), end::eof);
  EXPECT_EQ(client.untaken(), "");
}

TEST_F(FaultWaits, ADelayGoesByTheTimeWhileTheClockRuns) {
  load(R"({"rules":[{"where":{"protocol":"smtp","stage":"helo"},
           "actions":[{"delay":{"for":"40ms"}}]}]})");
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  const auto before = std::chrono::steady_clock::now();
  client.send("HELO c.test\r\n");
  expect_lines(client, {"250 "});
  EXPECT_GE(std::chrono::steady_clock::now() - before, 40ms);
}

TEST_F(FaultWaits, ADelayNeverEndsWhileTheClockStandsAndGoesOnWhenItRuns) {
  load(R"({"rules":[{"where":{"protocol":"smtp","stage":"helo"},
           "actions":[{"delay":{"for":"20ms"}}]}]})");
  freeze();
  socket_client client(server.port());
  say_helo(client);
  server.call([&] { EXPECT_EQ(in.rigs().next_timer(), std::nullopt); });
  server.call([&] { in.home().set_frozen(false); });
  expect_lines(client, {"250 "});
}

// Each octet is written by a time of its own, though the clock is moved once.
TEST_F(FaultWaits, AdvanceDoesWhatFallsDueOnTheWayInOrderOfTime) {
  load(R"({"rules":[
    {"id":"drip","where":{"protocol":"smtp","stage":"helo"},
     "actions":[{"reply":{"code":250,"text":"abcdefgh"}},{"drip":{"bytes":1,"gap":"1s"}}]},
    {"id":"late","where":{"protocol":"smtp","stage":"noop"},"actions":[{"delay":{"for":"5s"}}]}]})");
  freeze();
  socket_client slow(server.port());
  say_helo(slow);
  socket_client other(server.port());
  expect_lines(other, {"220 "});
  other.send("NOOP\r\n");
  wait_for_stalls(2);
  std::vector<std::string> ended;
  server.call([&] {
    in.home().advance(1h);
    in.home().judge().hits().for_each(
        [&](const faults::hit& each) { ended.push_back(each.done ? each.done->ended_by : ""); });
  });
  // Done when advance() returns, not some time after it.
  EXPECT_EQ(ended, (std::vector<std::string>{"done", "done"}));
  expect_lines(slow, {"250 abcdefgh"});
  expect_lines(other, {"250 "});
}

TEST_F(FaultWaits, ARuleThatIsTakenOffLetsTheSessionGoOnWithItsOwnReply) {
  load(stall_at_helo);
  socket_client client(server.port());
  say_helo(client);
  server.call([&] { in.home().rules().clear(); });
  expect_lines(client, {"250 "});
  EXPECT_EQ(ends_of_hits(), std::vector<std::string>{"released"});
  client.send("NOOP\r\n");
  expect_lines(client, {"250 "});
}

TEST_F(FaultWaits, ARuleThatIsChangedEndsItsStallAndOthersDoNot) {
  load(R"({"rules":[
    {"id":"a","where":{"protocol":"smtp","stage":"helo"},"actions":[{"stall":{"max":"60s"}}]},
    {"id":"b","where":{"protocol":"smtp","stage":"noop"},"actions":[{"stall":{"max":"60s"}}]}]})");
  socket_client first(server.port());
  say_helo(first);
  socket_client second(server.port());
  expect_lines(second, {"220 "});
  second.send("NOOP\r\n");
  wait_for_stalls(2);
  load(R"({"rules":[
    {"id":"a","where":{"protocol":"smtp","stage":"helo"},"actions":[{"stall":{"max":"61s"}}]},
    {"id":"b","where":{"protocol":"smtp","stage":"noop"},"actions":[{"stall":{"max":"60s"}}]}]})");
  expect_lines(first, {"250 "});
  wait_for_stalls(1);
  EXPECT_EQ(second.untaken(), "");
}

TEST_F(FaultWaits, ARigThatIsRemovedEndsTheStallsOfItsRules) {
  rig::rig* other = nullptr;
  server.call([&] {
    rig::rig_config config;
    config.name = "run-1";
    config.routes = {{rig::route_fact::helo, "c.test"}};
    other = &in.rigs().make(config);
    ASSERT_TRUE(other->rules().put(stall_at_helo).empty());
  });
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  client.send("HELO c.test\r\n");
  server.wait_until("the session waits by the other rig's clock",
                    [&] { return other->due().count() == 1; });
  server.call([&] { in.rigs().remove(*other); });
  expect_lines(client, {"250 "});
}

// Nobody looks at the clock of a rig that is gone, though a mail may still be under its rules.
TEST_F(FaultWaits, ADelayInARigThatIsGoneGoesByRealTime) {
  server.call([&] {
    rig::rig_config config;
    config.name = "run-1";
    config.routes = {{rig::route_fact::recipient_domain, "c.test"}};
    rig::rig& other = in.rigs().make(config);
    ASSERT_TRUE(other.rules()
                    .put(R"({"rules":[{"where":{"protocol":"smtp","stage":"data"},
                             "actions":[{"delay":{"for":"20ms"}}]}]})")
                    .empty());
  });
  socket_client client(server.port());
  client.send("HELO c\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@c.test>\r\n");
  expect_lines(client, {"220 ", "250 ", "250 ", "250 "});
  server.call([&] { in.rigs().remove(*in.rigs().find("run-1")); });
  client.send("DATA\r\n");
  expect_lines(client, {"354 "});
}

TEST_F(FaultWaits, ThePeersEndEndsAWaitOfAClockThatStands) {
  load(stall_at_helo);
  freeze();
  socket_client client(server.port());
  say_helo(client);
  client.close();
  wait_for_stalls(0);
  server.wait_until("the session ends", [&] { return in.sessions_ended() == 1; });
}

constexpr const char* closed_after_a_minute = R"({"rules":[{"id":"idle",
    "where":{"protocol":"smtp","stage":"idle"},"when":{"session.idle":{"ge":"60s"}},
    "actions":[{"reply":{"code":421,"text":"idle"}},{"close":{}}]}]})";

TEST_F(FaultWaits, ASilenceThatARuleWatchesGoesByTheClockOfTheRig) {
  load(closed_after_a_minute);
  freeze();
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  wait_for_stalls(1);
  advance(59'999ms);
  server.call([&] { EXPECT_EQ(in.home().due().count(), 1U); });
  advance(1ms);
  expect_lines(client, {"421 idle"});
  EXPECT_EQ(client.read_to_end(), end::eof);
}

TEST_F(FaultWaits, ASilenceBeginsAnewWithEachOctetOfTheClient) {
  load(closed_after_a_minute);
  freeze();
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  wait_for_stalls(1);
  advance(59s);
  client.send("NOOP\r\n");
  expect_lines(client, {"250 "});
  // The next mark is armed once the reply has left.
  server.call([] {});
  wait_for_stalls(1);
  advance(59s);
  server.call([&] { EXPECT_EQ(in.home().due().count(), 1U); });
  advance(1s);
  expect_lines(client, {"421 idle"});
}

// A client that keeps a pool of connections has them open before a test loads its rules.
TEST_F(FaultWaits, ARuleThatIsLoadedWatchesSessionsThatAreSilentAlready) {
  freeze();
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  load(closed_after_a_minute);
  wait_for_stalls(1);
  advance(60s);
  expect_lines(client, {"421 idle"});
}

TEST_F(FaultWaits, ARuleThatIsTakenOffWatchesNobodyAnyMore) {
  load(closed_after_a_minute);
  freeze();
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  wait_for_stalls(1);
  server.call([&] { in.home().rules().clear(); });
  wait_for_stalls(0);
  advance(60s);
  client.send("NOOP\r\n");
  expect_lines(client, {"250 "});
}

world_settings impatient() {
  world_settings result = judged_by_rigs();
  result.rules.idle_timeout = 50ms;
  return result;
}

class ImpatientServer : public testing::Test {
 protected:
  world in{impatient(), {}};
  socket_server server{in};
};

TEST_F(ImpatientServer, ThePatienceOfTheServerGoesByRealTimeThoughRulesWatchTheSilence) {
  server.call([&] {
    ASSERT_TRUE(in.home().rules().put(closed_after_a_minute).empty());
    in.home().set_frozen(true);
  });
  socket_client client(server.port());
  expect_lines(client, {"220 ", "421 4.4.2"});
  EXPECT_EQ(client.read_to_end(), end::eof);
}

class ShortSessions : public FaultWaits {
 protected:
  socket_server hasty{in, "127.0.0.1", {.session_timeout = 50ms}};
};

TEST_F(ShortSessions, TheLongestSessionGoesByRealTimeWhateverItWaitsFor) {
  load(stall_at_helo);
  freeze();
  socket_client client(hasty.port());
  expect_lines(client, {"220 "});
  client.send("HELO c.test\r\n");
  expect_lines(client, {"421 4.4.2"});
  EXPECT_EQ(client.read_to_end(), end::eof);
}

}  // namespace
}  // namespace mailrig::net
