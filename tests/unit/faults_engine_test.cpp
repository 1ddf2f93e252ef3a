// Which rule acts, and what it then decides.
#include "tests/unit/faults_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using namespace std::chrono_literals;
using namespace testing_world;
using enum model::stage;
using testing::ElementsAre;

TEST(FaultEngine, WithoutRulesNobodyIsAsked) {
  world here;
  for (std::size_t i = 0; i < model::stage_count; ++i)
    EXPECT_FALSE(here.rules.is_asked_at(protocol::smtp, static_cast<model::stage>(i)));
  EXPECT_FALSE(here.rules.counts(happening::command));
  EXPECT_EQ(here.rules.decide({.point = rcpt, .client_address = {}, .helo = {}, .path = {}}),
            nullptr);
}

TEST(FaultEngine, OnlyStagesOfRulesAreAsked) {
  world here;
  here.load_when("rcpt", R"({"rcpt": {"eq": "a@a.test"}})");
  EXPECT_TRUE(here.rules.is_asked_at(protocol::smtp, rcpt));
  EXPECT_FALSE(here.rules.is_asked_at(protocol::smtp, mail));
  EXPECT_FALSE(here.rules.is_asked_at(protocol::lmtp, rcpt));
}

TEST(FaultEngine, TheFirstMatchByPriorityThenOrderWins) {
  world here;
  const auto one = [](const std::string& id, int priority) {
    return R"({"id": ")" + id + R"(", "priority": )" + std::to_string(priority) +
           R"(, "where": {"protocol": "smtp", "stage": "mail"}, "actions": [{"reply": {"code": 450, "text": ")" +
           id + R"("}}]})";
  };
  here.load(R"({"rules": [)" + one("late", 100) + "," + one("b", 5) + "," + one("a", 5) + "]}");
  client app(here);
  EXPECT_THAT(steps_of(app.ask(mail, "a@a.test")), ElementsAre("reply 450 b"));
}

TEST(FaultEngine, ARuleThatContinuesLetsTheNextOneActToo) {
  world here;
  here.load(R"({"rules": [
      {"id": "slow", "continue": true, "where": {"protocol": "smtp", "stage": "mail"}, "actions": [{"delay": {"for": "2s"}}]},
      {"id": "off", "enabled": false, "where": {"protocol": "smtp", "stage": "mail"}, "actions": [{"omit": {}}]},
      {"id": "no", "where": {"protocol": "smtp", "stage": "mail"}, "actions": [{"delay": {"for": "1s"}}, {"reply": {"code": 421, "enhanced": "4.7.0", "text": "bye"}}, {"close": {}}]},
      {"id": "never", "where": {"protocol": "smtp", "stage": "mail"}, "actions": [{"omit": {}}]}]})");
  client app(here);
  const verdict* decided = app.ask(mail, "a@a.test");
  EXPECT_THAT(steps_of(decided),
              ElementsAre("delay 2s", "delay 1s", "reply 421 4.7.0 bye", "close fin_drain"));
  EXPECT_EQ(decided->delay, 3s);
  EXPECT_EQ(decided->reply, (model::reply{421, {4, 7, 0}, "bye"}));
  EXPECT_EQ(decided->close, model::close_mode::fin_drain);
  ASSERT_EQ(decided->fired.size(), 2U);
  EXPECT_EQ(decided->fired[0].rule, "slow");
  EXPECT_EQ(decided->fired[1].rule, "no");
}

TEST(FaultEngine, ACopyOfAVerdictOutlivesTheRules) {
  world here;
  here.load_when("mail", R"({"mail_from": {"exists": true}})");
  client app(here);
  const verdict copy = *app.ask(mail, "a@a.test");
  here.load(R"({"rules": []})");
  EXPECT_EQ(copy.reply->text, "no");
  EXPECT_EQ(std::get<reply_step>(copy.steps[0]).reply.text, "no");
}

TEST(FaultEngine, TemplatesStandForTheFactsOfThePoint) {
  world here;
  here.load(R"({"seed": 9, "rules": [{"where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [
      {"reply": {"code": 450, "text": "{ip} {host} {queueid} {epoch} {rcpt} {mail_from} [{auth_user}] {hits} {seed} {{x} {"}}]}]})");
  client app(here);
  app.begin("me@a.test");
  (void)app.ask(rcpt, "x");
  const verdict* decided = app.ask(rcpt, "evil\r\n250 ok@b.test");
  EXPECT_EQ(decided->reply->text, "127.0.0.1 mailrig.test " + model::to_string(model::id{17, 4}) +
                                      " 1795420800 evil??250 ok@b.test me@a.test [] 2 9 {x} {");
}

TEST(FaultEngine, RawOctetsAreWrittenAsTheyAre) {
  world here;
  here.load(
      R"({"rules": [{"where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"reply": {"code": 550, "raw_base64": "NTUwINPKvP57aXB9DQo="}}]}]})");
  client app(here);
  const verdict* decided = app.ask(rcpt, "x@y.test");
  const auto* const said = decided->find<reply_step>();
  ASSERT_NE(said, nullptr);
  EXPECT_TRUE(said->is_raw);
  EXPECT_EQ(*said->text, "550 \xd3\xca\xbc\xfe{ip}\r\n");
}

// Facts

struct fact_row_case {
  std::string stage;
  std::string when;
  bool holds;
};

TEST(FaultEngine, FactsAreComparedAsWritten) {
  const std::vector<fact_row_case> rows = {
      {"rcpt", R"({"rcpt": {"eq": "BOB@b.TEST"}})", true},
      {"rcpt", R"({"rcpt": {"ne": "bob@b.test"}})", false},
      {"rcpt", R"({"rcpt": {"in": ["x", "bob@b.test"]}})", true},
      {"rcpt", R"({"rcpt": {"glob": "b*@B.test"}})", true},
      {"rcpt", R"({"rcpt": {"regex": "^b.b@"}})", true},
      {"rcpt", R"({"rcpt": {"contains": "OB@"}})", true},
      {"rcpt", R"({"rcpt": {"starts": "bob", "ends": ".test"}})", true},
      {"rcpt", R"({"rcpt": {"starts": "bob", "ends": ".tes"}})", false},
      {"rcpt", R"({"rcpt.domain": {"eq": "b.test"}})", true},
      {"rcpt", R"({"rcpt.index": {"eq": 3}})", true},
      {"rcpt", R"({"rcpt.count": {"eq": 2}})", true},
      {"rcpt", R"({"rcpt.distinct_domains": {"gt": 1}})", true},
      {"rcpt", R"({"rcpt.any": {"eq": "ann@a.test"}})", true},
      {"rcpt", R"({"rcpt.all": {"ends": ".test"}})", true},
      {"rcpt", R"({"rcpt.all": {"ends": "a.test"}})", false},
      {"rcpt", R"({"mail_from": {"eq": "me@a.test"}})", true},
      {"rcpt", R"({"mail_from.null": {"eq": true}})", false},
      {"rcpt", R"({"mail_from.null": {"ne": true}})", true},
      {"rcpt", R"({"mail.size_declared": {"between": [1, 1234]}})", true},
      {"rcpt", R"({"mail.body": {"eq": "8bitmime"}})", true},
      {"rcpt", R"({"client.ip": {"cidr": ["10.0.0.0/8", "127.0.0.0/8"]}})", true},
      {"rcpt", R"({"client.ip": {"eq": "127.0.0.1"}})", true},
      {"rcpt", R"({"helo": {"eq": "client.test"}})", true},
      {"rcpt", R"({"tls": {"eq": false}})", true},
      {"rcpt", R"({"tls.version": {"exists": false}})", true},
      {"rcpt", R"({"tls.version": {"ne": "TLSv1.3"}})", false},
      {"rcpt", R"({"auth.ok": {"exists": true}})", false},
      {"rcpt", R"({"session.n": {"eq": 4}})", true},
      {"rcpt", R"({"session.age": {"ge": "1ms"}})", false},
      {"rcpt", R"({"server.name": {"eq": "mailrig.test"}})", true},
      {"rcpt", R"({"cmp": ["mail_from", "ne", "rcpt"]})", true},
      {"rcpt", R"({"cmp": ["mail_from", "eq", "auth.user"]})", false},
      {"rcpt", R"({"cmp": ["rcpt.index", "gt", "rcpt.count"]})", true},
      {"rcpt", R"({"not": {"rcpt": {"eq": "x"}}})", true},
      {"rcpt", R"({"any": [{"rcpt": {"eq": "x"}}, {"helo": {"eq": "client.test"}}]})", true},
      {"rcpt", R"({"all": [{"rcpt": {"eq": "x"}}, {"helo": {"eq": "client.test"}}]})", false},
      {"end_of_data", R"({"size": {"lt": 1000}})", true},
      {"end_of_data", R"({"header.subject": {"eq": "a b"}})", true},
      {"end_of_data", R"({"header.x-none": {"exists": false}})", true},
      {"end_of_data", R"({"header.received": {"contains": "two"}})", true},
      {"end_of_data", R"({"header.from.addr": {"eq": "ann@a.test"}})", true},
      {"end_of_data", R"({"message_id": {"eq": "<1@a.test>"}})", true},
      {"end_of_data", R"({"received.count": {"eq": 2}})", true},
      {"end_of_data", R"({"has_bare_lf": {"eq": true}})", true},
      {"end_of_data", R"({"line.max": {"gt": 10}})", true},
      {"end_of_data", R"({"dkim_signed": {"eq": false}})", true},
      {"end_of_data", R"({"list.unsubscribe": {"exists": false}})", true},
      {"end_of_data", R"({"subject": {"eq": "decoded"}})", true},
      {"end_of_data", R"({"text": {"contains": "HELLO"}})", true},
      {"end_of_data", R"({"attachment.count": {"eq": 2}})", true},
      {"end_of_data", R"({"attachment.any.ext": {"in": ["exe", "pif"]}})", true},
      {"end_of_data", R"({"attachment.any.type": {"glob": "image/*"}})", true},
      {"end_of_data", R"({"attachment.any.name": {"eq": "none"}})", false},
      {"end_of_data", R"({"attachment.max_size": {"eq": 20}})", true},
      {"end_of_data", R"({"parse_error": {"eq": false}})", true},
      {"end_of_data", R"({"lists": {"rcpt.any": "gone"}})", true},
      {"end_of_data", R"({"lists": {"mail_from": "gone"}})", false},
      {"end_of_data", R"({"lists": {"subject": "words"}})", true},
      {"end_of_data", R"({"lists": {"text": "words"}})", false},
  };
  const std::vector<attachment_facts> attached = {{"a.PIF", "application/octet-stream", 20},
                                                  {"b", "image/png", 3}};
  const parsed_facts parsed{"decoded", "well, hello there", "f1", false, attached};
  for (const fact_row_case& row : rows) {
    world here;
    here.load(
        R"({"lists": {"gone": ["nobody@x.test", "ann@*"], "words": {"subject": ["ECODE"], "text": ["free money"]}}, "rules": [)" +
        world::rule(row.stage, row.when) + "]}");
    client app(here);
    app.session.number = 4;
    app.parsed = &parsed;
    app.message =
        "Received: one\r\nreceived: two\r\nFrom: Ann <ann@a.test>\r\nSubject: a\r\n "
        "b\r\nMessage-Id: <1@a.test>\r\n\r\nbody\nbody\r\n";
    app.begin("me@a.test");
    app.envelope.parameters = "SIZE=1234 BODY=8BITMIME";
    app.add("ann@a.test");
    app.envelope.recipients.push_back({"no@c.test", {}, 550, {}, {}});
    const bool is_rcpt = row.stage == "rcpt";
    EXPECT_EQ(app.meets(is_rcpt ? rcpt : end_of_data, is_rcpt ? "bob@b.test" : ""), row.holds)
        << row.when;
  }
}

TEST(FaultEngine, RcptAllWantsARecipient) {
  world here;
  here.load_when("data", R"({"rcpt.all": {"ends": ".test"}})");
  client app(here);
  app.begin("me@a.test");
  EXPECT_FALSE(app.meets(data));
  app.add("a@a.test");
  EXPECT_TRUE(app.meets(data));
}

TEST(FaultEngine, LmtpKnowsTheRecipientAtEndOfData) {
  world here;
  here.load(
      R"({"rules": [{"where": {"protocol": "lmtp", "stage": "end_of_data"}, "when": {"rcpt": {"eq": "b@b.test"}},
      "actions": [{"reply": {"code": 452, "text": "full"}}]}]})");
  client app(here);
  app.begin("a@a.test");
  app.add("a@b.test");
  app.add("b@b.test");
  event facts = app.at(end_of_data, "a@b.test");
  facts.talk = protocol::lmtp;
  EXPECT_EQ(here.rules.decide(facts), nullptr);
  facts.path = "b@b.test";
  EXPECT_NE(here.rules.decide(facts), nullptr);
}

// Bodies and idleness

TEST(FaultEngine, ABodyIsAskedExactlyAtTheCountsOfItsRules) {
  world here;
  here.load(R"({"rules": [
      {"id": "a", "where": {"protocol": "smtp", "stage": "data_body", "after_bytes": 100}, "actions": [{"close": {"mode": "reset"}}]},
      {"id": "b", "where": {"protocol": "smtp", "stage": "data_body"}, "when": {"nth": 2}, "actions": [{"stall": {}}]}]})");
  EXPECT_EQ(here.rules.next_mark(protocol::smtp, data_body, 0), 0U);
  EXPECT_EQ(here.rules.next_mark(protocol::smtp, data_body, 1), 100U);
  EXPECT_EQ(here.rules.next_mark(protocol::smtp, data_body, 101), std::nullopt);
  client app(here);
  event facts = app.at(data_body);
  EXPECT_EQ(here.rules.decide(facts), nullptr);
  facts.octets = 100;
  EXPECT_THAT(steps_of(here.rules.decide(facts)), ElementsAre("close reset"));
  facts.octets = 99;
  EXPECT_EQ(here.rules.decide(facts), nullptr);
}

TEST(FaultEngine, AnIdleSessionIsAskedWhenARuleMayChangeItsMind) {
  world here;
  here.load(R"({"rules": [
      {"where": {"protocol": "smtp", "stage": "idle"}, "when": {"session.idle": {"ge": "30s"}}, "actions": [{"reply": {"code": 421, "enhanced": "4.4.2", "text": "idle"}}, {"close": {}}]},
      {"where": {"protocol": "smtp", "stage": "idle"}, "when": {"session.idle": {"gt": "10s"}, "helo": {"eq": "x"}}, "actions": [{"close": {}}]}]})");
  EXPECT_EQ(here.rules.next_idle_mark(protocol::smtp, 0s), 10'001ms);
  EXPECT_EQ(here.rules.next_idle_mark(protocol::smtp, 10'002ms), 30s);
  client app(here);
  event facts = app.at(idle);
  facts.idle = 30s;
  EXPECT_NE(here.rules.decide(facts), nullptr);
}

// Order and chance

TEST(FaultEngine, NthCountsEachSenderApartUnlessToldOtherwise) {
  world here;
  here.load_when("mail", R"({"nth": {"from": 2, "to": 3}})");
  client app(here);
  std::string seen;
  for (const char* const from : {"a", "a", "b", "a", "a", "b"})
    seen += app.meets(mail, from) ? 'x' : '.';
  EXPECT_EQ(seen, ".x.x.x");
  here.load_when("mail", R"({"nth": {"n": 2, "per": "client_ip"}})");
  seen.clear();
  for (const char* const from : {"a", "b", "c"}) seen += app.meets(mail, from) ? 'x' : '.';
  EXPECT_EQ(seen, ".x.");
}

TEST(FaultEngine, EveryFifthCountsOnlyWhatEarlierLeavesLetThrough) {
  world here;
  here.load_when("mail", R"({"every": {"n": 2, "per": "global"}, "mail_from": {"starts": "a"}})");
  client app(here);
  std::string seen;
  for (const char* const from : {"a", "b", "a", "b", "b", "a", "a"})
    seen += app.meets(mail, from) ? 'x' : '.';
  EXPECT_EQ(seen, "..x...x");
}

TEST(FaultEngine, AnEventThatAnEarlierRuleTookIsNotSeenByLaterOnes) {
  world here;
  here.load(R"({"rules": [)" + world::rule("mail", R"({"mail_from": {"eq": "a"}})") + "," +
            world::rule("mail", R"({"nth": {"n": 1, "per": "global"}})") + "]}");
  client app(here);
  EXPECT_EQ(app.ask(mail, "a")->fired[0].rule, "r1");
  EXPECT_EQ(app.ask(mail, "b")->fired[0].rule, "r2");
  EXPECT_EQ(app.ask(mail, "b"), nullptr);
}

TEST(FaultEngine, FirstAttemptPerRecipientFailsAndTheRetryPasses) {
  world here;
  here.load_when("rcpt", R"({"nth": {"n": 1, "per": "rcpt"}})");
  client app(here);
  EXPECT_TRUE(app.meets(rcpt, "a@x"));
  EXPECT_TRUE(app.meets(rcpt, "b@x"));
  EXPECT_FALSE(app.meets(rcpt, "A@x"));
}

TEST(FaultEngine, ProbabilityNeverAndAlwaysAreExact) {
  world here;
  here.load_when("mail", R"({"probability": 0})");
  client app(here);
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(app.meets(mail, "a"));
  here.load_when("mail", R"({"probability": 1})");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(app.meets(mail, "a"));
}

// What each of many senders meets when their events come in some order.
std::string outcome_of(const std::string& sender, std::uint64_t shuffle) {
  world here;
  here.load_when("mail", R"({"probability": 0.3})");
  client app(here);
  std::string seen;
  std::uint64_t state = shuffle;
  for (int own = 0; own < 40;) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto who = static_cast<unsigned>(state >> 60U) % 8;
    const bool met = app.meets(mail, "sender" + std::to_string(who));
    if ("sender" + std::to_string(who) != sender) continue;
    seen += met ? 'x' : '.';
    ++own;
  }
  return seen;
}

TEST(FaultEngine, ChanceRepeatsForEachKeyWhateverTheOthersDo) {
  for (int who = 0; who < 8; ++who) {
    const std::string sender = "sender" + std::to_string(who);
    const std::string first = outcome_of(sender, 1);
    EXPECT_NE(first.find('x'), std::string::npos);
    EXPECT_NE(first.find('.'), std::string::npos);
    for (std::uint64_t run = 2; run <= 20; ++run)
      ASSERT_EQ(outcome_of(sender, run), first) << sender;
  }
  EXPECT_NE(outcome_of("sender0", 1), outcome_of("sender1", 1));
}

TEST(FaultEngine, AnotherSeedIsAnotherStory) {
  std::string stories[2];
  for (int seed = 0; seed < 2; ++seed) {
    world here;
    here.load(R"({"seed": )" + std::to_string(seed) + R"(, "rules": [)" +
              world::rule("mail", R"({"probability": 0.5})") + "]}");
    client app(here);
    for (int i = 0; i < 64; ++i) stories[seed] += app.meets(mail, "a") ? 'x' : '.';
  }
  EXPECT_NE(stories[0], stories[1]);
}

TEST(FaultEngine, DrawsAreEven) {
  world here;
  here.load_when("mail", R"({"probability": 0.1})");
  client app(here);
  int hits = 0;
  for (int i = 0; i < 20'000; ++i) hits += app.meets(mail, "a") ? 1 : 0;
  EXPECT_NEAR(hits, 2000, 200);
}

TEST(FaultEngine, DrawnDelaysRepeatAndKeepTheirRange) {
  std::vector<model::duration> runs[2];
  for (auto& run : runs) {
    world here;
    here.load(R"({"seed": 3, "rules": [{"where": {"protocol": "smtp", "stage": "mail"}, "actions": [
        {"delay": {"for": {"uniform": ["100ms", "200ms"]}}}, {"delay": {"for": {"lognormal": {"median": "1s", "sigma": 1, "max": "3s"}}}}]}]})");
    client app(here);
    for (int i = 0; i < 200; ++i) {
      const verdict* decided = app.ask(mail, "a");
      const auto& uniform = std::get<delay_step>(decided->steps[0]).time;
      const auto& lognormal = std::get<delay_step>(decided->steps[1]).time;
      ASSERT_TRUE(uniform >= 100ms && uniform <= 200ms);
      ASSERT_TRUE(lognormal > 0ms && lognormal <= 3s);
      run.push_back(decided->delay);
    }
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_NE(runs[0][0], runs[0][1]);
}

}  // namespace
}  // namespace mailrig::faults
