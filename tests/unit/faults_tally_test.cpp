// Counters over windows, against an oracle that keeps every event.
#include "faults/counters.hpp"
#include "faults/tally.hpp"
#include "tests/unit/faults_world.hpp"

#include <random>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using namespace std::chrono_literals;
using namespace testing_world;

struct past_event {
  model::instant at;
  std::uint64_t amount;
  std::string value;
};

std::int64_t floored(std::int64_t a, std::int64_t b) {
  std::int64_t q = a / b;
  if (q * b > a) --q;
  return q;
}

// What a window holds, from everything that ever happened.
std::uint64_t oracle(const counter_spec& spec, const std::vector<past_event>& past,
                     model::instant now) {
  const window& within = spec.within;
  const auto stretch = [&](model::instant at) {
    return floored((at.time_since_epoch() + within.offset).count(), within.length.count());
  };
  std::uint64_t sum = 0;
  std::set<std::string> values;
  for (const past_event& each : past) {
    const bool counts = within.what == window::kind::none ||
                        (within.what == window::kind::sliding && each.at > now - within.length) ||
                        ((within.what == window::kind::fixed || within.what == window::kind::day) &&
                         stretch(each.at) == stretch(now));
    if (!counts) continue;
    sum += each.amount;
    values.insert(each.value);
  }
  return spec.of == quantity::mail_distinct_sender_domains ? values.size() : sum;
}

// Tokens by simulating each millisecond.
std::uint64_t bucket_oracle(const window& within, const std::vector<past_event>& past,
                            model::instant now) {
  const auto length = static_cast<std::uint64_t>(within.length.count());
  std::uint64_t level = 0;
  std::size_t next = 0;
  if (past.empty()) return 0;
  for (model::instant at = past.front().at; at <= now; at += 1ms) {
    if (at != past.front().at) level -= std::min(level, within.rate);
    for (; next < past.size() && past[next].at == at; ++next)
      level = std::min(level + std::min(past[next].amount, within.burst) * length,
                       within.burst * length);
  }
  return (level + length - 1) / length;
}

std::vector<window> windows() {
  return {{window::kind::none, 0ms, 0, 0, 0ms},       {window::kind::sliding, 50ms, 0, 0, 0ms},
          {window::kind::sliding, 1ms, 0, 0, 0ms},    {window::kind::fixed, 64ms, 0, 0, 0ms},
          {window::kind::day, 24h, 0, 0, 0ms},        {window::kind::day, 24h, 0, 0, 8h},
          {window::kind::day, 24h, 0, 0, -5h - 30min}};
}

// So many steps that a day passes now and then.
model::duration some_step(std::mt19937_64& random, const window& within) {
  if (within.what == window::kind::day) return model::duration{random() % (5 * 3600 * 1000)};
  return model::duration{random() % 4 == 0 ? random() % 100 : random() % 6};
}

TEST(FaultTally, AgreesWithAnOracleThatForgetsNothing) {
  for (const window& within : windows()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      std::mt19937_64 random(seed);
      counter_spec spec{quantity::messages_accepted, {}, within, 1 + random() % 40};
      tally subject;
      std::vector<past_event> past;
      model::instant now{std::chrono::hours{24 * 365 * 56}};
      for (int i = 0; i < 400; ++i) {
        now += some_step(random, within);
        if (random() % 3 != 0) {
          const std::uint64_t amount = random() % 5 == 0 ? 7 : 1;
          subject.add(spec, now, amount);
          past.push_back({now, amount, {}});
        }
        // What is enough is all the same.
        ASSERT_EQ(std::min(subject.value(spec, now), spec.enough),
                  std::min(oracle(spec, past, now), spec.enough))
            << to_string(within) << " seed " << seed << " step " << i;
      }
    }
  }
}

TEST(FaultTally, ABucketFillsAgainByItsRate) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::mt19937_64 random(seed);
    const window within{window::kind::bucket, model::duration{1 + random() % 50}, 1 + random() % 5,
                        1 + random() % 20, 0ms};
    const counter_spec spec{quantity::messages_accepted, {}, within, within.burst + 1};
    tally subject;
    std::vector<past_event> past;
    model::instant now{1000h};
    for (int i = 0; i < 300; ++i) {
      now += some_step(random, within);
      if (random() % 2 == 0) {
        const std::uint64_t amount = 1 + random() % 3;
        subject.add(spec, now, amount);
        past.push_back({now, amount, {}});
      }
      ASSERT_EQ(subject.value(spec, now), bucket_oracle(within, past, now))
          << "seed " << seed << " step " << i;
    }
  }
}

TEST(FaultTally, DifferentValuesAreCountedOnce) {
  for (const window& within : windows()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      std::mt19937_64 random(seed);
      counter_spec spec{quantity::mail_distinct_sender_domains, {}, within, 1 + random() % 12};
      distinct_tally subject;
      std::vector<past_event> past;
      model::instant now{std::chrono::hours{24 * 365 * 56}};
      for (int i = 0; i < 400; ++i) {
        now += some_step(random, within);
        if (random() % 3 != 0) {
          const std::string value = "d" + std::to_string(random() % 15);
          subject.add(spec, now, value);
          past.push_back({now, 1, value});
        }
        ASSERT_EQ(std::min(subject.value(spec, now), spec.enough),
                  std::min(oracle(spec, past, now), spec.enough))
            << to_string(within) << " seed " << seed << " step " << i;
      }
    }
  }
}

TEST(FaultTally, ASlidingWindowOfMillionsStaysSmallAndNearlyExact) {
  const counter_spec spec{
      quantity::messages_accepted, {}, {window::kind::sliding, 1h, 0, 0, 0ms}, 100'000'000};
  tally subject;
  model::instant now{1000h};
  for (int i = 0; i < 7'200'000; ++i) {  // one each millisecond, for two hours
    now += 1ms;
    subject.add(spec, now, 1);
  }
  EXPECT_LE(subject.marks(), 2 * most_exact_marks + 1);
  EXPECT_NEAR(static_cast<double>(subject.value(spec, now)), 3'600'000.0, 3'600'000.0 / 2048);
}

TEST(FaultTally, WhatIsEnoughNeedsNoMoreMarks) {
  const counter_spec spec{
      quantity::messages_accepted, {}, {window::kind::sliding, 1h, 0, 0, 0ms}, 11};
  tally subject;
  model::instant now{1000h};
  for (int i = 0; i < 10'000; ++i) subject.add(spec, now += 1ms, 1);
  EXPECT_LE(subject.marks(), 11U);
  EXPECT_GE(subject.value(spec, now), 11U);
}

// Through the engine

TEST(FaultCounters, CountWhetherOrNotTheirRuleActs) {
  world here;
  here.load_when(
      "mail",
      R"({"count": {"of": "messages.accepted", "per": "mail_from", "window": "15m", "ge": 3}})");
  client app(here);
  for (int i = 0; i < 2; ++i) app.send("a@a.test");
  app.send("b@b.test");
  EXPECT_FALSE(app.meets(model::stage::mail, "A@a.test"));
  app.send("a@A.test");
  EXPECT_TRUE(app.meets(model::stage::mail, "A@a.test"));
  EXPECT_FALSE(app.meets(model::stage::mail, "b@b.test"));
  here.clock.advance(15min);
  EXPECT_FALSE(app.meets(model::stage::mail, "a@a.test"));
}

TEST(FaultCounters, OpenConnectionsAreKnownToARuleThatComesLater) {
  world here;
  auto first = std::make_unique<client>(here);
  client second(here);
  client foreign(here, "127.0.0.2");
  here.load_when("mail", R"({"count": {"of": "connections.open", "per": "client_ip", "gt": 1}})");
  EXPECT_TRUE(second.meets(model::stage::mail, "a"));
  EXPECT_FALSE(foreign.meets(model::stage::mail, "a"));
  client third(here);
  first.reset();
  EXPECT_TRUE(second.meets(model::stage::mail, "a"));
  third.happen(happening::connection_closed);
  EXPECT_FALSE(second.meets(model::stage::mail, "a"));
}

TEST(FaultCounters, OpenConnectionsOfAUser) {
  world here;
  here.load_when("mail", R"({"count": {"of": "connections.open", "per": "auth_user", "ge": 2}})");
  client one(here);
  client two(here, "127.0.0.2");
  for (client* each : {&one, &two}) {
    EXPECT_FALSE(each->meets(model::stage::mail, "a"));
    each->session.auth_user = each == &one ? "bob" : "BOB";
    each->session.auth_result = true;
    each->happen(happening::auth_succeeded);
  }
  EXPECT_TRUE(one.meets(model::stage::mail, "a"));
  two.happen(happening::connection_closed);
  EXPECT_FALSE(one.meets(model::stage::mail, "a"));
}

TEST(FaultCounters, AConnectionsOwnCountsNeedNoRuleToBegin) {
  world here;
  client app(here);
  for (int i = 0; i < 3; ++i) app.send("a@a.test");
  here.load_when("mail", R"({"count": {"of": "messages.accepted", "per": "connection", "ge": 3}})");
  EXPECT_TRUE(app.meets(model::stage::mail, "a"));
  client other(here);
  EXPECT_FALSE(other.meets(model::stage::mail, "a"));
  EXPECT_FALSE(here.rules.counts(happening::message_accepted));
}

TEST(FaultCounters, ATransactionsRecipients) {
  world here;
  here.load_when("rcpt", R"({"count": {"of": "rcpt.accepted", "per": "transaction", "ge": 2}})");
  client app(here);
  app.begin("a@a.test");
  app.add("1@b.test");
  EXPECT_FALSE(app.meets(model::stage::rcpt, "2@b.test"));
  app.add("2@b.test");
  EXPECT_TRUE(app.meets(model::stage::rcpt, "3@b.test"));
  app.begin("a@a.test");
  EXPECT_FALSE(app.meets(model::stage::rcpt, "3@b.test"));
}

TEST(FaultCounters, DifferentSenderDomainsOfAnAddress) {
  world here;
  here.load_when(
      "mail",
      R"({"count": {"of": "mail.distinct_sender_domains", "per": "client_ip", "window": "1h", "ge": 3}})");
  client app(here);
  for (const char* const from : {"a@1.test", "b@1.test", "a@2.test", "c@2.TEST"}) app.send(from);
  EXPECT_FALSE(app.meets(model::stage::mail, "a"));
  app.send("x@3.test");
  EXPECT_TRUE(app.meets(model::stage::mail, "a"));
}

TEST(FaultCounters, TheSameMailAgain) {
  world here;
  here.load(R"({"rules": [
      {"id": "spam", "where": {"protocol": "smtp", "stage": "end_of_data"}, "when": {"count": {"of": "messages.same_fingerprint", "per": "mail_from", "window": "1h", "ge": 2}}, "actions": [{"reply": {"code": 554, "text": "DT:SPM"}}]},
      {"id": "id", "where": {"protocol": "smtp", "stage": "end_of_data"}, "when": {"count": {"of": "message_id.same", "per": "global", "ge": 1}}, "actions": [{"reply": {"code": 421, "text": "quota"}}]}]})");
  EXPECT_TRUE(
      here.rules.wanted_at(protocol::smtp, model::stage::end_of_data).contains(fact::fingerprint));
  EXPECT_FALSE(
      here.rules.wanted_at(protocol::smtp, model::stage::end_of_data).contains(fact::subject));
  parsed_facts parsed;
  parsed.fingerprint = "f1";
  client app(here);
  app.parsed = &parsed;
  const auto answer = [&](const std::string& message_id) {
    app.message = "Message-ID: " + message_id + "\r\n\r\n";
    app.begin("a@a.test");
    app.add("b@b.test");
    const verdict* decided = app.ask(model::stage::end_of_data);
    std::string text = decided == nullptr ? "250" : std::string(decided->reply->text);
    if (decided == nullptr) app.accept();
    app.end();
    return text;
  };
  EXPECT_EQ(answer("<1@a>"), "250");
  EXPECT_EQ(answer("<1@a>"), "quota");
  EXPECT_EQ(answer("<2@a>"), "250");
  EXPECT_EQ(answer("<3@a>"), "DT:SPM");
  parsed.fingerprint = "f2";
  EXPECT_EQ(answer("<3@a>"), "250");
}

TEST(FaultCounters, OctetsOfAcceptedMail) {
  world here;
  here.load_when(
      "mail",
      R"({"count": {"of": "messages.bytes", "per": "mail_from.domain", "window": {"day": "UTC"}, "ge": 100}})");
  client app(here);
  app.message = std::string(60, 'x');
  app.send("a@a.test");
  EXPECT_FALSE(app.meets(model::stage::mail, "b@a.test"));
  app.send("b@a.test");
  EXPECT_TRUE(app.meets(model::stage::mail, "c@a.test"));
  here.clock.advance(16h);  // from 08:00 to midnight
  EXPECT_FALSE(app.meets(model::stage::mail, "c@a.test"));
}

TEST(FaultCounters, ABucketSaysWhenItIsEmpty) {
  world here;
  here.load_when(
      "end_of_data",
      R"({"count": {"of": "messages.accepted", "per": "global", "window": {"bucket": {"rate": 2, "per": "1s", "burst": 3}}}})");
  client app(here);
  std::string seen;
  for (int i = 0; i < 12; ++i) {
    app.begin("a");
    const bool refused = app.meets(model::stage::end_of_data);
    if (!refused) app.accept();
    app.end();
    seen += refused ? 'x' : '.';
    here.clock.advance(250ms);
  }
  EXPECT_EQ(seen, ".....x.x.x.x");
}

TEST(FaultCounters, AFloodOfKeysIsBoundedInMarks) {
  std::uint64_t forgotten = 0;
  counter subject(
      {quantity::mail, {key_part::client_ip}, {window::kind::sliding, 1h, 0, 0, 0ms}, 1'000'000},
      forgotten);
  std::string scratch;
  model::instant now{1000h};
  for (int key = 0; key < 300; ++key) {
    const std::string address = std::to_string(key);
    event facts;
    facts.client_address = address;
    for (int i = 0; i < 4096; ++i) subject.feed(facts, now += 1ms, scratch);
  }
  EXPECT_LE(subject.keys(), 245U);
  EXPECT_EQ(forgotten, subject.forgotten());
  EXPECT_GT(forgotten, 50U);
}

}  // namespace
}  // namespace mailrig::faults
