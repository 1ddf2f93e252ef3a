// What the engine remembers, and for how long and how often rules act.
#include "tests/unit/faults_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using namespace std::chrono_literals;
using namespace testing_world;
using enum model::stage;
using testing::IsEmpty;

TEST(FaultEngine, AGreylistedKeyPassesWhenItComesBackInTime) {
  world here;
  here.load_when(
      "rcpt",
      R"({"greylist": {"key": ["client_ip", "mail_from", "rcpt"], "min": "120s", "max": "4h"}})");
  client app(here);
  app.begin("a@a.test");
  EXPECT_TRUE(app.meets(rcpt, "x@x.test"));
  here.clock.advance(119s);
  EXPECT_TRUE(app.meets(rcpt, "x@x.test"));
  here.clock.advance(1s);
  EXPECT_FALSE(app.meets(rcpt, "x@x.test"));
  EXPECT_TRUE(app.meets(rcpt, "y@x.test"));
  here.clock.advance(24h);
  EXPECT_FALSE(app.meets(rcpt, "x@x.test"));
  EXPECT_TRUE(app.meets(rcpt, "y@x.test"));
  here.clock.advance(2min);
  EXPECT_FALSE(app.meets(rcpt, "y@x.test"));
}

TEST(FaultEngine, ABanFilledByOneRuleIsReadByAnotherUntilItEnds) {
  world here;
  here.load(R"({"rules": [
      {"id": "banned", "priority": 1, "where": {"protocol": "smtp", "stage": "connect"}, "when": {"banned": {"by": "client_ip"}}, "actions": [{"reply": {"code": 554, "text": "HL:IHU"}}]},
      {"id": "ban", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"count": {"of": "rcpt.unknown", "per": "client_ip", "window": "1h", "ge": 2}},
       "actions": [{"ban": {"by": "client_ip", "for": "10m"}}, {"reply": {"code": 421, "text": "HL:REP"}}]}]})");
  client app(here);
  EXPECT_FALSE(app.meets(connect));
  app.happen(happening::rcpt_unknown);
  EXPECT_FALSE(app.meets(rcpt, "x"));
  app.happen(happening::rcpt_unknown);
  EXPECT_TRUE(app.meets(rcpt, "x"));
  EXPECT_TRUE(app.meets(connect));
  client other(here, "127.0.0.2");
  EXPECT_FALSE(other.meets(connect));
  here.clock.advance(10min);
  EXPECT_FALSE(app.meets(connect));
}

TEST(FaultEngine, WhatWasSeenIsSeenAgain) {
  world here;
  here.load_when("end_of_data", R"({"seen": {"key": ["message_id"]}})");
  client app(here);
  app.begin("a@a.test");
  EXPECT_FALSE(app.meets(end_of_data));
  EXPECT_TRUE(app.meets(end_of_data));
  app.message = "Message-ID: <2@a.test>\r\n\r\n";
  EXPECT_FALSE(app.meets(end_of_data));
}

TEST(FaultEngine, AMemoryForgetsTheKeyUsedLeastRecentlyAndCountsIt) {
  world here;
  struct counting final : engine::observer {
    void forgot(const memory_report& where) override { told.push_back(where.name); }
    std::vector<std::string> told;
  } observer;
  here.rules.set_observer(&observer);
  here.load_when("mail", R"({"nth": {"n": 1, "per": "mail_from"}})");
  client app(here);
  EXPECT_TRUE(app.meets(mail, "first"));
  for (std::size_t i = 0; i < most_keys - 1; ++i) (void)app.meets(mail, std::to_string(i));
  EXPECT_FALSE(app.meets(mail, "first"));  // used now: not the oldest any more
  EXPECT_THAT(observer.told, IsEmpty());
  EXPECT_TRUE(app.meets(mail, "one more"));
  EXPECT_FALSE(app.meets(mail, "first"));
  EXPECT_TRUE(app.meets(mail, "0"));  // forgotten
  EXPECT_THAT(observer.told, testing::Contains("memory of rule r1"));
  const auto memories = here.rules.memories();
  ASSERT_EQ(memories.size(), 1U);
  EXPECT_EQ(memories[0].keys, most_keys);
  EXPECT_EQ(memories[0].forgotten, 2U);
}

// Limits

TEST(FaultEngine, LimitsBoundHowOftenARuleActs) {
  world here;
  client app(here);
  here.load_when("mail", "{\"mail_from\": {\"exists\": true}}", R"(, "limit": {"max_hits": 2})");
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_FALSE(app.meets(mail, "a"));
  EXPECT_EQ(here.rules.rules()[0].status, rule_status::exhausted);

  here.load_when("mail", "{\"mail_from\": {\"exists\": true}}",
                 R"(, "limit": {"max_hits_per": {"key": "mail_from", "n": 1}})");
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_FALSE(app.meets(mail, "a"));
  EXPECT_TRUE(app.meets(mail, "b"));

  here.load_when("mail", "{\"mail_from\": {\"exists\": true}}", R"(, "limit": {"ttl": "10m"})");
  here.clock.advance(599'999ms);
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(1ms);
  EXPECT_FALSE(app.meets(mail, "a"));
  EXPECT_EQ(here.rules.rules()[0].status, rule_status::expired);

  here.load_when("mail", "{\"mail_from\": {\"exists\": true}}", R"(, "limit": {"cooldown": "5s"})");
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(4999ms);
  EXPECT_FALSE(app.meets(mail, "a"));
  here.clock.advance(1ms);
  EXPECT_TRUE(app.meets(mail, "a"));
}

TEST(FaultEngine, TimesCountFromTheLoadOfTheRule) {
  world here;
  here.load_when("mail", R"({"after": "10s", "for": "30s"})");
  client app(here);
  EXPECT_FALSE(app.meets(mail, "a"));
  here.clock.advance(10s);
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(29'999ms);
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(1ms);
  EXPECT_FALSE(app.meets(mail, "a"));
}

TEST(FaultEngine, AWindowOfTheDayMayGoOverMidnightInItsOwnZone) {
  world here;  // 08:00 UTC is 16:00 at +08:00
  here.load_when("mail", R"({"window": {"from": "22:00", "to": "06:00", "tz": "+08:00"}})");
  client app(here);
  EXPECT_FALSE(app.meets(mail, "a"));
  here.clock.advance(6h);  // 22:00 there
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(8h - 1ms);
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(1ms);
  EXPECT_FALSE(app.meets(mail, "a"));
}

}  // namespace
}  // namespace mailrig::faults
