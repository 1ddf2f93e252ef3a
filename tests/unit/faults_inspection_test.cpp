// States, replacement, the hit log, explanations: what a tester sees of the engine.
#include "tests/unit/faults_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using namespace std::chrono_literals;
using namespace testing_world;
using enum model::stage;
using testing::ElementsAre;
using testing::IsEmpty;

// States

std::string with_states(const std::string& states, const std::string& start) {
  return R"({"states": {"m": )" + states + R"(}, "start": {"m": ")" + start + R"("}, "rules": [)" +
         world::rule("mail", R"({"state": {"of": "m", "is": "down"}})") + "]}";
}

TEST(FaultStates, TimeMovesThemInTheOrderInWhichItFellDue) {
  world here;
  here.load(with_states(
      R"({"up": {"leave": {"after": "10s", "to": "down"}}, "down": {"leave": {"after": "30s", "to": "slow"}}, "slow": {"leave": {"after": "5s", "to": "up"}}})",
      "up"));
  client app(here);
  EXPECT_FALSE(app.meets(mail, "a"));
  here.clock.advance(10s);
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(34'999ms);
  EXPECT_EQ(here.rules.states()[0].state, "slow");
  here.clock.advance(1ms);
  EXPECT_EQ(here.rules.states()[0].state, "up");
  here.clock.advance(45s * 1000 + 10s);
  EXPECT_TRUE(app.meets(mail, "a"));
}

TEST(FaultStates, ACycleOfMillisecondsCostsNoYears) {
  world here;
  here.load(with_states(
      R"({"up": {"leave": {"after": "1ms", "to": "down"}}, "down": {"enter": {"after": "3000d"}, "leave": {"after": "2ms", "to": "up"}}})",
      "up"));
  client app(here);
  here.clock.advance(24h * 365 * 8);
  EXPECT_FALSE(app.meets(mail, "a"));  // a whole number of rounds of 3 ms
  here.clock.advance(1ms);
  EXPECT_TRUE(app.meets(mail, "a"));
  here.clock.advance(24h * 365 * 5);
  EXPECT_FALSE(here.rules.states()[0].state.empty());
}

TEST(FaultStates, HitsAndActionsAndTheApiMoveThem) {
  world here;
  here.load(
      R"({"states": {"m": {"up": {"leave": {"hits": 2, "of": "no", "to": "down"}}, "down": {}}}, "start": "up", "rules": [
      {"id": "no", "where": {"protocol": "smtp", "stage": "mail"}, "when": {"state": {"of": "m", "is": "up"}}, "actions": [{"reply": {"code": 450, "text": "up"}}]},
      {"id": "back", "where": {"protocol": "smtp", "stage": "mail"}, "when": {"mail_from": {"eq": "reset"}}, "actions": [{"set_state": {"of": "m", "to": "up"}}]}]})");
  client app(here);
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_FALSE(app.meets(mail, "a"));
  EXPECT_TRUE(app.meets(mail, "reset"));
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_TRUE(here.rules.set_state("m", "down"));
  EXPECT_FALSE(app.meets(mail, "a"));
  EXPECT_FALSE(here.rules.set_state("m", "sideways"));
  EXPECT_FALSE(here.rules.set_state("n", "up"));
}

// Replacement

TEST(FaultReplace, RulesThatStayTheSameKeepWhatTheyRemember) {
  world here;
  const std::string kept =
      R"({"id": "kept", "where": {"protocol": "smtp", "stage": "mail"}, "when": {"all": [{"count": {"of": "mail", "per": "client_ip", "ge": 1}}, {"nth": 2}]}, "actions": [{"omit": {}}]})";
  const auto changed = [](const std::string& text) {
    return R"({"id": "changed", "where": {"protocol": "smtp", "stage": "quit"}, "actions": [{"reply": {"code": 421, "text": ")" +
           text + R"("}}]})";
  };
  here.load(R"({"rules": [)" + kept + "," + changed("a") + "]}");
  client app(here);
  app.happen(happening::mail_accepted);
  EXPECT_FALSE(app.meets(mail, "a"));
  const std::uint64_t token = app.ask(quit)->fired[0].token;
  EXPECT_THAT(here.load(R"({"rules": [)" + changed("b") + "," + kept + "]}"), ElementsAre(token));
  EXPECT_TRUE(app.meets(mail, "a"));
  const auto rules = here.rules.rules();
  EXPECT_EQ(rules[0].hits, 0U);
  EXPECT_EQ(rules[1].hits, 1U);
  EXPECT_EQ(here.load(R"({"rules": []})").size(), 2U);
  EXPECT_FALSE(here.rules.is_asked_at(protocol::smtp, mail));
}

TEST(FaultReplace, AListMayChangeUnderARuleThatStays) {
  world here;
  const auto with = [](const std::string& list) {
    return R"({"lists": {"l": )" + list + R"(}, "rules": [)" +
           world::rule("rcpt", R"({"lists": {"rcpt": "l"}, "nth": 2})") + "]}";
  };
  here.load(with(R"(["a@a"])"));
  client app(here);
  EXPECT_FALSE(app.meets(rcpt, "a@a"));
  EXPECT_THAT(here.load(with(R"(["b@b"])")), IsEmpty());
  EXPECT_FALSE(app.meets(rcpt, "a@a"));
  EXPECT_TRUE(app.meets(rcpt, "b@b"));
}

TEST(FaultReplace, ResetBeginsAnew) {
  world here;
  here.load_when("mail", R"({"nth": 1})");
  client app(here);
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_FALSE(app.meets(mail, "a"));
  here.rules.reset();
  EXPECT_EQ(here.rules.hits().size(), 0U);
  EXPECT_TRUE(app.meets(mail, "a"));
  EXPECT_EQ(here.rules.rules()[0].hits, 1U);
}

// Many rules

TEST(FaultIndex, FindsWhatALinearSearchWouldFind) {
  world here;
  std::string rules;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "u" + std::to_string(i);
    const std::string when =
        i % 3 == 0 ? R"({"rcpt": {"eq": ")" + name + R"(@a.test"}})"
        : i % 3 == 1
            ? R"({"rcpt.any": {"in": [")" + name + R"(@A.test", "x"]}})"
            : R"({"all": [{"rcpt.domain": {"eq": "d)" + std::to_string(i) + R"(.test"}}]})";
    rules += (i == 0 ? "" : ",") + world::rule("rcpt", when);
  }
  here.load(R"({"rules": [)" + rules + "," +
            world::rule("rcpt", R"({"rcpt": {"starts": "plain"}})") + "]}");
  client app(here);
  app.begin("me");
  app.add("u4@a.test");
  const auto fired = [&](std::string_view path) {
    const verdict* decided = app.ask(rcpt, path);
    return decided == nullptr ? std::string() : decided->fired[0].rule;
  };
  EXPECT_EQ(fired("U0@a.TEST"), "r1");
  EXPECT_EQ(fired("u6@a.test"), "r5");  // u4 is there already and its rule comes first
  app.envelope.recipients.clear();
  EXPECT_EQ(fired("u6@a.test"), "r7");
  EXPECT_EQ(fired("u7@a.test"), "r8");
  EXPECT_EQ(fired("any@d8.test"), "r9");
  EXPECT_EQ(fired("plain@d8.test"), "r9");
  EXPECT_EQ(fired("plain@b.test"), "r301");
  EXPECT_EQ(fired("other@b.test"), "");
}

// The hit log

TEST(FaultHits, TellEverythingThatTheRuleLookedAt) {
  world here;
  here.load(R"({"seed": 5, "rules": [{"id": "x", "where": {"protocol": "smtp", "stage": "rcpt"},
      "when": {"rcpt.domain": {"eq": "b.test"}, "count": {"of": "mail", "per": "client_ip", "window": "1m", "ge": 1}, "nth": 1, "probability": 1},
      "actions": [{"ban": {"by": "client_ip", "for": "1m"}}, {"reply": {"code": 554, "enhanced": "5.7.1", "text": "<{rcpt}>: no"}}, {"close": {"mode": "reset", "hold": "300ms"}}]}]})");
  client app(here);
  app.begin("a@a.test");
  const verdict* decided = app.ask(rcpt, "x@b.test");
  ASSERT_NE(decided, nullptr);
  here.rules.set_executed(decided->fired[0].hit, {42, 7, "done"});
  ASSERT_EQ(here.rules.hits().size(), 1U);
  const hit& kept = *here.rules.hits().find(1);
  EXPECT_EQ(kept.rule, "x");
  EXPECT_EQ(kept.seed, 5U);
  EXPECT_EQ(kept.point, rcpt);
  EXPECT_EQ(kept.session, app.session.id);
  EXPECT_EQ(kept.attempt, model::to_string(model::id{17, 4}));
  EXPECT_EQ(kept.rig_time, here.clock.now());
  EXPECT_THAT(kept.facts, ElementsAre(looked_at{"rcpt.domain", "\"b.test\""},
                                      looked_at{"mail per client_ip, the last 1m", "1"},
                                      looked_at{"event number of a@a.test", "1"}));
  ASSERT_EQ(kept.draws.size(), 1U);
  EXPECT_EQ(kept.draws[0].threshold, 1);
  EXPECT_EQ(kept.draws[0].key, "a@a.test");
  EXPECT_THAT(kept.decision,
              ElementsAre("reply 554 5.7.1 <x@b.test>: no", "close reset after holding 300ms",
                          "ban client_ip for 1m"));
  EXPECT_EQ(kept.done->octets_written, 42U);
}

TEST(FaultHits, TheLastTenThousandAreKept) {
  world here;
  here.load_when("mail", R"({"mail_from": {"exists": true}})");
  client app(here);
  for (std::size_t i = 0; i < most_hits_kept + 5; ++i) (void)app.ask(mail, std::to_string(i));
  const hit_log& log = here.rules.hits();
  EXPECT_EQ(log.size(), most_hits_kept);
  EXPECT_EQ(log.dropped(), 5U);
  EXPECT_EQ(log.find(5), nullptr);
  EXPECT_EQ(log.find(6)->facts[0].value, "\"5\"");
  std::uint64_t expected = 6;
  log.for_each([&](const hit& each) { ASSERT_EQ(each.number, expected++); });
  EXPECT_EQ(expected, most_hits_kept + 6);
  EXPECT_EQ(log.find(expected), nullptr);
  here.rules.set_executed(3, {});
  here.rules.set_executed(expected, {});
}

TEST(FaultHits, AClearedLogGoesOnCounting) {
  hit_log log;
  for (int i = 0; i < 7; ++i) log.add({});
  log.clear();
  EXPECT_EQ(log.size(), 0U);
  log.add({});
  ASSERT_NE(log.find(8), nullptr);
  EXPECT_EQ(log.find(8)->number, 8U);
  EXPECT_EQ(log.find(7), nullptr);
}

// Explanations

TEST(FaultExplain, NamesTheFirstFailingLeafOfEachRule) {
  world here;
  here.load(
      R"({"lists": {"l": ["z"]}, "states": {"m": {"up": {}, "down": {}}}, "start": "up", "rules": [
      {"id": "stage", "where": {"protocol": "smtp", "stage": "mail"}, "actions": [{"omit": {}}]},
      {"id": "off", "enabled": false, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"omit": {}}]},
      {"id": "fact", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"all": [{"nth": 1}, {"rcpt.domain": {"eq": "163.com"}}]}, "actions": [{"omit": {}}]},
      {"id": "count", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"count": {"of": "mail", "per": "client_ip", "ge": 3}}, "actions": [{"omit": {}}]},
      {"id": "state", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"state": {"of": "m", "is": "down"}}, "actions": [{"omit": {}}]},
      {"id": "list", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"lists": {"rcpt": "l"}}, "actions": [{"omit": {}}]},
      {"id": "nth", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"nth": 2}, "actions": [{"omit": {}}]},
      {"id": "none", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"any": [{"rcpt": {"eq": "q"}}]}, "actions": [{"omit": {}}]},
      {"id": "chance", "where": {"protocol": "smtp", "stage": "rcpt"}, "when": {"probability": 0.5}, "actions": [{"omit": {}}]},
      {"id": "acts", "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"omit": {}}]},
      {"id": "later", "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"omit": {}}]}]})");
  client app(here);
  app.begin("a@a.test");
  for (int twice = 0; twice < 2; ++twice) {
    std::vector<std::string> all;
    for (const explanation& each : here.rules.explain(app.at(rcpt, "x@b.test")))
      all.push_back(each.rule + " " + std::string(to_string(each.result)) + " " + each.pointer +
                    ": " + each.reason);
    EXPECT_THAT(
        all,
        ElementsAre(
            "stage fails /where: the rule is not asked at stage rcpt of smtp",
            "off fails : the rule is disabled",
            "fact fails /when/all/1/rcpt.domain: rcpt.domain is \"b.test\", wanted: eq \"163.com\"",
            "count fails /when/count: mail per client_ip is 1, wanted: ge 3",
            "state fails /when/state: m is up, wanted: down",
            "list fails /when/lists: rcpt is \"x@b.test\", which is not in the list l",
            "nth fails /when/nth: it is event 1 of a@a.test, wanted: 2",
            "none fails /when/any: none of its conditions holds",
            "chance may_act : its condition holds; chance decides",
            "acts acts : its condition holds",
            "later fails : its condition holds, but acts acts first"));
  }
  // Nothing was counted or remembered meanwhile.
  EXPECT_THAT(here.rules.unused(), ElementsAre("stage", "fact", "count", "state", "list", "nth",
                                               "none", "chance", "acts", "later"));
  for (const memory_report& each : here.rules.memories())
    EXPECT_TRUE(each.keys == 0 || !each.name.starts_with("memory")) << each.name;
}

TEST(FaultExplain, LimitsAreReasonsToo) {
  world here;
  here.load_when("mail", "{\"mail_from\": {\"exists\": true}}",
                 R"(, "limit": {"max_hits": 1, "cooldown": "1s"})");
  client app(here);
  (void)app.ask(mail, "a");
  EXPECT_EQ(here.rules.explain(app.at(mail, "a"))[0].pointer, "/limit/max_hits");
  here.load_when("mail", "{\"mail_from\": {\"exists\": true}}", R"(, "limit": {"cooldown": "1s"})");
  (void)app.ask(mail, "a");
  EXPECT_EQ(here.rules.explain(app.at(mail, "a"))[0].pointer, "/limit");
  EXPECT_THAT(here.rules.unused(), IsEmpty());
}

TEST(FaultListen, IsAskedAgainWhenTimeMayChangeTheAnswer) {
  world here;
  EXPECT_EQ(here.rules.next_listen_change(), std::nullopt);
  here.load(
      R"({"rules": [{"where": {"protocol": "smtp", "stage": "listen"}, "when": {"after": "10s", "for": "30s"}, "actions": [{"listener": {"mode": "refuse"}}]}]})");
  event facts;
  facts.point = listen;
  const model::instant start = here.clock.now();
  EXPECT_EQ(here.rules.decide(facts), nullptr);
  EXPECT_EQ(here.rules.next_listen_change(), start + 10s);
  here.clock.advance(10s);
  EXPECT_THAT(steps_of(here.rules.decide(facts)), ElementsAre("listener refuse"));
  EXPECT_EQ(here.rules.next_listen_change(), start + 40s);
  here.clock.advance(30s);
  EXPECT_EQ(here.rules.decide(facts), nullptr);
  EXPECT_EQ(here.rules.next_listen_change(), std::nullopt);
}

}  // namespace
}  // namespace mailrig::faults
