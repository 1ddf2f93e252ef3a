// /v1/faults, /v1/scenarios and /v1/clock through the dispatcher, without sockets.
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* one_rule =
    R"({"where":{"protocol":"smtp","stage":"rcpt"},"actions":[{"reply":{"code":450,"text":"no"}}]})";

class Faults : public testing::Test, protected inspector_test {
 protected:
  static std::string set_of(const std::string& rules) { return R"({"rules":[)" + rules + "]}"; }
  answer put(const std::string& rules) { return send("PUT", "/v1/faults", set_of(rules)); }
  std::vector<std::string> ids() {
    std::vector<std::string> result;
    const json all = get_json("/v1/faults");
    for (const json& each : all.at("rules")) result.push_back(each.at("id"));
    return result;
  }
  // A recipient is given; the code that the rules answer, or 0.
  int code_for(const std::string& rcpt) {
    faults::event event{.point = model::stage::rcpt, .path = rcpt};
    const faults::verdict* const verdict = here.rig().judge().decide(event);
    return verdict != nullptr && verdict->reply ? verdict->reply->code : 0;
  }
};

TEST_F(Faults, AWholeSetIsPutAndTakenOff) {
  const answer given = put(one_rule);
  EXPECT_EQ(given.status, 200U);
  const json said = json_of(given);
  EXPECT_EQ(said.at("rules").size(), 1U);
  EXPECT_EQ(said.at("rules")[0].at("id"), "r1");
  EXPECT_EQ(said.at("rules")[0].at("source"), "own");
  EXPECT_EQ(said.at("rules")[0].at("stages"), json({"rcpt"}));
  EXPECT_EQ(said.at("rules")[0].at("status"), "active");
  EXPECT_EQ(code_for("a@b.test"), 450);
  EXPECT_EQ(get_json("/v1/faults").at("rules")[0].at("hits"), 1);
  EXPECT_EQ(json_of(ask("DELETE", "/v1/faults")).at("deleted"), 1);
  EXPECT_EQ(code_for("a@b.test"), 0);
}

// All that is wrong is named, each at its place, and the old set stays.
TEST_F(Faults, AWrongSetIsRefusedWhole) {
  put(one_rule);
  const answer given = put(
      R"({"where":{"protocol":"smtp","stage":"rcpts"},"actions":[]},)"
      R"({"where":{"protocol":"pop3","stage":"retr"},"actions":[{"reply":{"code":"+OK","text":"a"}},{"reply":{"code":"-ERR","text":"b"}}],"colour":1})");
  expect_problem(given, 400, "in force stay as they were");
  const json errors = json_of(given).at("errors");
  EXPECT_GE(errors.size(), 3U) << errors;
  EXPECT_EQ(errors[0].at("pointer"), "/rules/0/where/stage");
  EXPECT_EQ(ids(), std::vector<std::string>{"r1"});
  EXPECT_EQ(code_for("a@b.test"), 450);
  expect_problem(send("PUT", "/v1/faults", "{"), 400, "");
  expect_problem(send("PUT", "/v1/faults", std::string(10'000, '[')), 400, "");
}

TEST_F(Faults, RulesAreChangedOneByOne) {
  put(one_rule);
  code_for("a@b.test");
  const answer added = send("POST", "/v1/faults/rules", one_rule);
  EXPECT_EQ(added.status, 201U);
  EXPECT_EQ(header_of(added, "Location"), "/v1/faults/rules/r2");
  // Who was not touched keeps its hits.
  EXPECT_EQ(get_json("/v1/faults/rules/r1").at("hits"), 1);
  EXPECT_EQ(send("PATCH", "/v1/faults/rules/r1", R"({"enabled":false})").status, 200U);
  EXPECT_EQ(get_json("/v1/faults/rules/r1").at("status"), "disabled");
  EXPECT_EQ(
      send(
          "PUT", "/v1/faults/rules/r2",
          R"({"where":{"protocol":"smtp","stage":"rcpt"},"actions":[{"reply":{"code":550,"text":"x"}}]})")
          .status,
      200U);
  EXPECT_EQ(code_for("a@b.test"), 550);
  EXPECT_EQ(ask("DELETE", "/v1/faults/rules/r2").status, 200U);
  EXPECT_EQ(ids(), std::vector<std::string>{"r1"});
}

// RFC 1047: what the client was told is not what became of its mail.
TEST_F(Faults, AnAttemptTellsWhatWasSaidAndWhetherTheMailWasStored) {
  const auto lost = here.put("Subject: a\n\nb\n", {.is_answered = false});
  const auto told = here.put("Subject: b\n\nb\n");
  const json attempt = get_json("/v1/attempts/" + to_string(lost->id()));
  EXPECT_EQ(attempt.at("reply"), nullptr);
  EXPECT_EQ(attempt.at("stored"), true);
  EXPECT_EQ(attempt.at("outcome"), "accepted");
  EXPECT_EQ(attempt.at("message"), to_string(lost->id()));
  const json found = get_json("/v1/attempts?query=outcome:unanswered").at("attempts");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at("id"), to_string(lost->id()));
  EXPECT_EQ(get_json("/v1/attempts/" + to_string(told->id())).at("reply").at("code"), 250);
}

TEST_F(Faults, AReplyThatCameTooLateIsNoneForWhoeverAsksBehindIt) {
  const auto mail = here.put("Subject: a\n\nb\n");
  const std::string url = "/v1/attempts/" + to_string(mail->id());
  EXPECT_EQ(get_json(url).at("reply").at("code"), 250);
  EXPECT_EQ(get_json("/v1/attempts?query=outcome:unanswered").at("attempts").size(), 0U);
  EXPECT_EQ(get_json("/v1/attempts?query=reply:queued").at("attempts").size(), 1U);
  mail->lose_reply();
  EXPECT_EQ(get_json(url).at("reply"), nullptr);
  EXPECT_EQ(get_json("/v1/attempts?query=outcome:unanswered").at("attempts").size(), 1U);
  EXPECT_EQ(get_json("/v1/attempts?query=reply:queued").at("attempts").size(), 0U);
  EXPECT_EQ(ask("DELETE", "/v1/messages/" + to_string(mail->id())).status, 200U);
  EXPECT_EQ(get_json(url).at("reply"), nullptr);
}

TEST_F(Faults, AnAttemptTellsHowItsRulesEnded) {
  put(one_rule);
  const auto mail = here.make_mail("Subject: a\n\nb\n", {.result = model::outcome::rejected});
  here.rig().attempt_ended(mail);
  const model::id attempt = mail->id();
  faults::event event{.point = model::stage::rcpt, .path = "a@b.test", .attempt = &attempt};
  const faults::verdict* const said = here.rig().judge().decide(event);
  ASSERT_NE(said, nullptr);
  const std::string url = "/v1/attempts/" + to_string(attempt);
  EXPECT_EQ(get_json(url).at("faults")[0].at("ended_by"), nullptr);
  here.rig().judge().executed(said->fired.front(), {0, 0, "client_fin"});
  EXPECT_EQ(get_json(url).at("faults")[0].at("ended_by"), "client_fin");
  EXPECT_EQ(get_json(url).at("stored"), false);
}

TEST_F(Faults, ARuleThatIsWrongNamesItsOwnPlace) {
  put(one_rule);
  const answer given =
      send("POST", "/v1/faults/rules",
           R"({"where":{"protocol":"smtp","stage":"rcpt"},"actions":[{"reply":{"code":45}}]})");
  expect_problem(given, 400, "");
  EXPECT_EQ(json_of(given).at("errors")[0].at("pointer"), "/actions/0/reply/code");
  expect_problem(send("PATCH", "/v1/faults/rules/r1", R"({"where":null})"), 400, "where");
  expect_problem(send("PATCH", "/v1/faults/rules/no", "{}"), 404, "no rule \"no\"");
  expect_problem(ask("DELETE", "/v1/faults/rules/no"), 404, "no rule \"no\"");
  expect_problem(send("PUT", "/v1/faults/rules/r1", R"({"id":"other"})"), 400, "another id");
}

TEST_F(Faults, HitsSayWhatTheRuleLookedAt) {
  EXPECT_LT(send("PUT", "/v1/faults",
                 R"({"seed":7,"rules":[{"id":"a","where":{"protocol":"smtp","stage":"rcpt"},)"
                 R"("when":{"all":[{"rcpt":{"glob":"*@b.test"}},{"probability":1}]},)"
                 R"("actions":[{"reply":{"code":450,"text":"no"}}]}]})")
                .status,
            300);
  code_for("a@b.test");
  code_for("a@c.test");
  code_for("z@b.test");
  const json hits = get_json("/v1/faults/hits");
  ASSERT_EQ(hits.at("hits").size(), 2U);
  const json& newest = hits.at("hits")[0];
  EXPECT_EQ(newest.at("number"), 2);
  EXPECT_EQ(newest.at("rule"), "a");
  EXPECT_EQ(newest.at("seed"), 7);
  EXPECT_EQ(newest.at("stage"), "rcpt");
  EXPECT_EQ(newest.at("facts")[0].at("value"), R"("z@b.test")");  // as `explain` shows it
  EXPECT_EQ(newest.at("draws").size(), 1U);
  EXPECT_TRUE(newest.at("executed").is_null());
  EXPECT_EQ(get_json("/v1/faults/hits?rule=b").at("hits").size(), 0U);
  const json page = get_json("/v1/faults/hits?limit=1");
  EXPECT_EQ(page.at("hits").size(), 1U);
  const json rest = get_json("/v1/faults/hits?cursor=" + page.at("next_cursor").get<std::string>());
  EXPECT_EQ(rest.at("hits")[0].at("number"), 1);
}

TEST_F(Faults, ExplainSaysWhatKeepsARuleFromActing) {
  EXPECT_LT(
      send(
          "PUT", "/v1/faults",
          R"({"rules":[{"id":"a","where":{"protocol":"smtp","stage":"rcpt"},)"
          R"("when":{"rcpt.domain":{"eq":"b.test"}},"actions":[{"reply":{"code":450,"text":"no"}}]},)"
          R"({"id":"b","where":{"protocol":"smtp","stage":"mail"},"actions":[{"close":{}}]}]})")
          .status,
      300);
  const json said = get_json("/v1/faults/explain?stage=rcpt&rcpt=x@c.test").at("rules");
  EXPECT_EQ(said[0].at("outcome"), "fails");
  EXPECT_THAT(said[0].at("reason").get<std::string>(), HasSubstr("c.test"));
  EXPECT_THAT(said[1].at("reason").get<std::string>(), HasSubstr("not asked at stage rcpt"));
  EXPECT_EQ(get_json("/v1/faults/explain?stage=rcpt&rcpt=x@b.test").at("rules")[0].at("outcome"),
            "acts");
  expect_problem(get("/v1/faults/explain"), 400, "Say at which `stage`");
  expect_problem(get("/v1/faults/explain?stage=retr&protocol=smtp"), 400, "no stage");
  expect_problem(get("/v1/faults/explain?stage=rcpt&session=abc"), 404, "");
  // Nothing was counted.
  EXPECT_EQ(get_json("/v1/faults/unused").at("unused"), json({"a", "b"}));
}

TEST_F(Faults, AScenarioIsAppliedAndTakenOff) {
  put(one_rule);
  const answer given = send("POST", "/v1/scenarios/mailbox-unknown/apply",
                            R"({"params":{"recipient":"*@x.test"},"max_hits":2})");
  EXPECT_EQ(given.status, 200U) << text_of(given);
  const json said = json_of(given);
  EXPECT_EQ(said.at("rules")[0].at("id"), "mailbox-unknown/unknown");
  EXPECT_EQ(said.at("rules")[0].at("source"), "scenario mailbox-unknown");
  EXPECT_THAT(said.at("client_sees").at("javamail").get<std::string>(), HasSubstr("550 5.1.1"));
  EXPECT_EQ(said.at("params"), json({{"recipient", "*@x.test"}, {"times", nullptr}}));
  ASSERT_EQ(ask("DELETE", "/v1/faults/rules/r1").status, 200U);
  EXPECT_EQ(code_for("a@x.test"), 550);
  EXPECT_EQ(code_for("a@y.test"), 0);
  EXPECT_EQ(code_for("a@x.test"), 550);
  EXPECT_EQ(code_for("a@x.test"), 0);
  EXPECT_EQ(get_json("/v1/faults").at("rules")[0].at("status"), "exhausted");
  // Applied again it begins anew.
  EXPECT_LT(send("POST", "/v1/scenarios/mailbox-unknown/apply", "").status, 300);
  EXPECT_EQ(code_for("a@y.test"), 550);
  EXPECT_EQ(get_json("/v1/scenarios/mailbox-unknown").at("applied").at("recipient"), "*");
  expect_problem(send("PATCH", "/v1/faults/rules/mailbox-unknown%2Funknown", "{}"), 409,
                 "came with the scenario");
  EXPECT_EQ(ask("DELETE", "/v1/scenarios/mailbox-unknown/apply").status, 200U);
  EXPECT_TRUE(ids().empty());
  expect_problem(ask("DELETE", "/v1/scenarios/mailbox-unknown/apply"), 404, "applied");
}

TEST_F(Faults, AScenarioThatIsNoneOrWrongIsRefused) {
  expect_problem(send("POST", "/v1/scenarios/netease-421/apply", ""), 404, "netease-421-hl-icc");
  const answer given =
      send("POST", "/v1/scenarios/greylisted/apply", R"({"params":{"wait":120,"weight":1}})");
  expect_problem(given, 400, "");
  EXPECT_EQ(json_of(given).at("errors").size(), 2U);
  EXPECT_EQ(get_json("/v1/scenarios").at("scenarios").size(), 19U);
  EXPECT_EQ(send("POST", "/v1/faults/apply",
                 R"({"document":{"name":"own","rules":[)" + std::string(one_rule) + "]}}")
                .status,
            200U);
  EXPECT_EQ(ids(), std::vector<std::string>{"own/r1"});
  expect_problem(send("POST", "/v1/faults/apply", "{}"), 400, "document");
}

TEST_F(Faults, TheClockIsStoppedAndMovedOn) {
  put(R"({"where":{"protocol":"smtp","stage":"rcpt"},"limit":{"ttl":"10m"},"actions":[{"reply":{"code":450,"text":"no"}}]})");
  const json stopped = json_of(send("POST", "/v1/clock", R"({"frozen":true})"));
  EXPECT_EQ(stopped.at("frozen"), true);
  here.clock.tick(std::chrono::minutes{20});
  EXPECT_EQ(get_json("/v1/clock").at("now"), stopped.at("now"));
  EXPECT_EQ(code_for("a@b.test"), 450);
  EXPECT_EQ(json_of(send("POST", "/v1/clock/advance", R"({"by":"599s"})")).at("offset_ms"),
            599'000 - 1'200'000);
  EXPECT_EQ(code_for("a@b.test"), 450);
  EXPECT_LT(send("POST", "/v1/clock/advance", R"({"by":"1s"})").status, 300);
  EXPECT_EQ(code_for("a@b.test"), 0);
  expect_problem(send("POST", "/v1/clock/advance", R"({"by":5})"), 400, "5ms");
  expect_problem(send("POST", "/v1/clock/advance", "{}"), 400, "missing");
  expect_problem(send("POST", "/v1/clock", R"({"frozen":"yes"})"), 400, "boolean");
  EXPECT_LT(send("POST", "/v1/reset", R"({"only":["clock"]})").status, 300);
  EXPECT_EQ(get_json("/v1/clock").at("offset_ms"), 0);
  EXPECT_EQ(get_json("/v1/clock").at("frozen"), false);
}

// In order of time, also what is armed on the way.
TEST_F(Faults, AMessageSaysWhenItCameByTheClockOfItsRig) {
  here.put("Subject: before\n\nx\n");
  here.clock.tick(std::chrono::seconds(1));
  ASSERT_EQ(send("POST", "/v1/clock/advance", R"({"by":"1h"})").status, 200U);
  here.put("Subject: ahead\n\nx\n");
  here.clock.tick(std::chrono::seconds(1));
  ASSERT_EQ(send("POST", "/v1/clock", R"({"frozen":true})").status, 200U);
  here.clock.tick(std::chrono::minutes(5));
  here.put("Subject: frozen\n\nx\n");
  here.clock.tick(std::chrono::seconds(1));
  ASSERT_LT(send("POST", "/v1/reset", R"({"only":["clock"]})").status, 300U);
  const json rows = get_json("/v1/messages").at("messages");
  EXPECT_EQ(rows[0].at("received_at"), "2026-11-22T06:05:02.123Z");
  EXPECT_EQ(rows[0].at("rig_time"), "2026-11-22T07:00:02.123Z");
  EXPECT_EQ(rows[1].at("received_at"), "2026-11-22T06:00:01.123Z");
  EXPECT_EQ(rows[1].at("rig_time"), "2026-11-22T07:00:01.123Z");
  EXPECT_EQ(rows[2].at("rig_time"), rows[2].at("received_at"));
  EXPECT_EQ(get_json("/v1/messages/latest").at("rig_time"), rows[0].at("rig_time"));
}

TEST_F(Faults, MeasuresCountHitsForEachRule) {
  put(one_rule);
  code_for("a@b.test");
  code_for("b@b.test");
  EXPECT_THAT(text_of(get("/metrics")),
              HasSubstr("mailrig_rule_hits_total{rig=\"default\",rule=\"r1\"} 2\n"));
}

TEST_F(Faults, MailThatRulesMadeIsAMessageAndNoAttempt) {
  ASSERT_LT(put(R"({"where":{"protocol":"delivery","stage":"deliver"},"actions":[{"bounce":{}}]})")
                .status,
            300U);
  const auto sent = here.put("Subject: x\n\ny\n");
  here.rig().run_due();
  const json messages = get_json("/v1/messages").at("messages");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].at("origin"), "generated");
  const std::string bounce = messages[0].at("id");
  for (const char* target : {"/v1/attempts", "/v1/attempts?larger=1"}) {
    const json listed = get_json(target);
    EXPECT_EQ(listed.at("total"), 1) << target;
    EXPECT_EQ(listed.at("matched"), 1) << target;
    EXPECT_EQ(listed.at("attempts").at(0).at("id"), model::to_string(sent->id())) << target;
  }
  expect_problem(get("/v1/attempts/" + bounce), 404, "no attempt");
  EXPECT_EQ(ask("DELETE", "/v1/messages/" + bounce).status, 200U);
  EXPECT_EQ(get_json("/v1/attempts").at("total"), 1);
  EXPECT_EQ(ask("DELETE", "/v1/messages?all=true").status, 200U);
  EXPECT_EQ(get_json("/v1/attempts").at("total"), 1);
}

TEST_F(Faults, AdvancingDoesWhatFallsDue) {
  rig::rig& where = here.rig();
  EXPECT_LT(send("POST", "/v1/clock", R"({"frozen":true})").status, 300);
  const model::instant now = where.clock().now();
  std::vector<std::string> done;
  const auto note = [&](const char* what) {
    done.push_back(what + std::to_string((where.clock().now() - now).count()));
  };
  using namespace std::chrono_literals;
  where.due().arm(now + 30s, [&] { note("b"); });
  where.due().arm(now + 10s, [&] {
    note("a");
    where.due().arm(now + 20s, [&] { note("c"); });
  });
  const auto cancelled = where.due().arm(now + 15s, [&] { note("x"); });
  where.due().cancel(cancelled);
  where.due().arm(now + 40s, [&] { note("d"); });
  EXPECT_LT(send("POST", "/v1/clock/advance", R"({"by":"35s"})").status, 300);
  EXPECT_EQ(done, (std::vector<std::string>{"a10000", "c20000", "b30000"}));
  EXPECT_EQ(where.due().count(), 1U);
  EXPECT_EQ(where.next_due(), std::nullopt);
  EXPECT_LT(send("POST", "/v1/clock", R"({"frozen":false})").status, 300);
  EXPECT_EQ(where.next_due(), here.clock.now() + 5s);
}

TEST_F(Faults, ARigIsMadeWithRules) {
  const answer made =
      send("POST", "/v1/rigs",
           R"({"name":"a","ports":["smtp"],"seed":9,"scenario":"greylisted","rules":[)" +
               std::string(one_rule) + "]}");
  EXPECT_EQ(made.status, 201U) << text_of(made);
  const json rules = get_json("/v1/rigs/a/faults");
  EXPECT_EQ(rules.at("seed"), 9);
  EXPECT_EQ(rules.at("rules").size(), 2U);
  EXPECT_EQ(get_json("/v1/rigs/a").at("faults")[1].at("source"), "scenario greylisted");
  // Made anew it has no rules.
  EXPECT_LT(send("PUT", "/v1/rigs/a", "{}").status, 300);
  EXPECT_EQ(get_json("/v1/rigs/a/faults").at("rules").size(), 0U);
  put(one_rule);
  EXPECT_LT(send("PUT", "/v1/rigs/b", R"({"inherit":true})").status, 300);
  EXPECT_EQ(get_json("/v1/rigs/b/faults").at("rules").size(), 1U);
  expect_problem(send("POST", "/v1/rigs", R"({"name":"c","rules":[{"where":{}}]})"), 400, "");
  expect_problem(get("/v1/rigs/c"), 404, "");
}

// Nothing can be refused at the banner when the rig is known at RCPT only.
TEST_F(Faults, ARoutedRigRefusesStagesBeforeItsFact) {
  const std::string early =
      R"({"where":{"protocol":"smtp","stage":"banner"},"actions":[{"close":{}}]})";
  const std::string route = R"("route":{"recipient_domain":"a.test"})";
  expect_problem(
      send("POST", "/v1/rigs", R"({"name":"a",)" + route + R"(,"rules":[)" + early + "]}"), 400,
      "no smtp port of its own");
  EXPECT_EQ(send("POST", "/v1/rigs", R"({"name":"a",)" + route + "}").status, 201U);
  expect_problem(send("POST", "/v1/rigs/a/faults/rules", early), 400, "recipient_domain");
  EXPECT_EQ(send("POST", "/v1/rigs/a/faults/rules", one_rule).status, 201U);
  EXPECT_EQ(
      send("POST", "/v1/rigs", R"({"name":"b","ports":["smtp"],"rules":[)" + early + "]}").status,
      201U);
}

TEST_F(Faults, AResetTakesOffWhatItIsTold) {
  put(one_rule);
  code_for("a@b.test");
  EXPECT_LT(send("POST", "/v1/reset", R"({"only":["counters"]})").status, 300);
  EXPECT_EQ(get_json("/v1/faults").at("rules")[0].at("hits"), 0);
  EXPECT_EQ(get_json("/v1/info").at("faults").size(), 1U);
  EXPECT_LT(send("POST", "/v1/reset", R"({"only":["messages"]})").status, 300);
  EXPECT_EQ(ids().size(), 1U);
  EXPECT_LT(send("POST", "/v1/reset", "").status, 300);
  EXPECT_TRUE(ids().empty());
}

TEST_F(Faults, StatesAreReadAndSet) {
  const answer given =
      send("PUT", "/v1/faults",
           R"({"states":{"outage":{"up":{"leave":[{"api":true,"to":"down"}]},"down":{}}},)"
           R"("start":{"outage":"up"},"rules":[]})");
  ASSERT_EQ(given.status, 200U) << text_of(given);
  EXPECT_EQ(get_json("/v1/faults/state").at("states")[0].at("of"), "outage");
  EXPECT_EQ(get_json("/v1/faults/state").at("states")[0].at("is"), "up");
  EXPECT_LT(send("PUT", "/v1/faults/state", R"({"of":"outage","to":"down"})").status, 300);
  EXPECT_EQ(get_json("/v1/faults/state").at("states")[0].at("is"), "down");
  expect_problem(send("PUT", "/v1/faults/state", R"({"of":"outage","to":"sideways"})"), 404, "");
  EXPECT_LT(ask("DELETE", "/v1/faults/state").status, 300);
  EXPECT_EQ(get_json("/v1/faults/state").at("states")[0].at("is"), "up");
}

// Verify

class Verify : public Faults {
 protected:
  answer claim(const std::string& body) {
    std::optional<answer> given;
    request asked = make_request("POST", "/v1/verify");
    asked.body = body;
    asked.body_size = body.size();
    dispatch(asked, with, [&given](answer what) { given = std::move(what); });
    loop.run_until([&given] { return given.has_value(); });
    return std::move(*given);
  }
  model::mail_ref put_mail(const std::string& id, const std::string& text,
                           const std::string& rcpt = "order@shop.test") {
    mail_facts facts;
    facts.rcpt_to = {rcpt};
    return here.put("Message-ID: <" + id + ">\nSubject: Order\n\n" + text + "\n", facts);
  }
  void refuse_mail(const std::string& text) {
    mail_facts facts;
    facts.rcpt_to = {"order@shop.test"};
    facts.result = model::outcome::rejected;
    here.rig().attempt_ended(
        here.make_mail("Message-ID: <x@a>\nSubject: Order\n\n" + text + "\n", facts));
  }
};

TEST_F(Verify, AClaimIsMetWithItsEvidence) {
  put(one_rule);
  code_for("a@b.test");
  const answer given = claim(R"({"rule":"r1","hits":1})");
  EXPECT_EQ(given.status, 200U) << text_of(given);
  EXPECT_EQ(json_of(given).at("claims")[0].at("evidence"), "it acted 1 time");
  const answer missed = claim(R"({"all":[{"rule":"r1","hits":{"ge":2}},{"rule":"r9"}]})");
  expect_problem(missed, 412, "rule r1 acted at least 2 times. Found: it acted 1 time.");
  EXPECT_EQ(json_of(missed).at("claims").size(), 2U);
  EXPECT_EQ(claim(R"({"any":[{"rule":"r1","hits":{"eq":1}},{"rule":"r9"}]})").status, 200U);
}

TEST_F(Verify, MailsAreCounted) {
  put_mail("1@a", "a");
  put_mail("2@a", "b", "Anna@Shop.test");
  refuse_mail("c");
  EXPECT_EQ(claim(R"({"messages":{"count":2}})").status, 200U);
  EXPECT_EQ(claim(R"({"messages":{"query":"rcpt:order@shop.test","count":{"lt":2}}})").status,
            200U);
  EXPECT_EQ(claim(R"({"attempts":{"count":{"eq":1}}})").status, 200U);
  EXPECT_EQ(claim(R"({"mailbox":{"of":"anna@shop.test","count":1}})").status, 200U);
  expect_problem(claim(R"({"messages":{"count":{"gt":2}}})"), 412, "2 found");
}

// Every try has a Message-ID of its own; the content says that it is the same mail.
TEST_F(Verify, DuplicatesAreFoundByContent) {
  put_mail("1@a", "same");
  put_mail("2@a", "other");
  EXPECT_EQ(claim(R"({"duplicates":{"max_copies":1}})").status, 200U);
  put_mail("3@a", "same");
  expect_problem(claim(R"({"duplicates":{"max_copies":1}})"), 412, "was taken in 2 times");
  EXPECT_EQ(claim(R"({"duplicates":{"rcpt":"anna@shop.test"}})").status, 200U);
  EXPECT_EQ(claim(R"({"duplicates":{"by":"message_id"}})").status, 200U);
  expect_problem(claim(R"({"duplicates":{"by":"envelope"}})"), 412, "was taken in 3 times");
}

TEST_F(Verify, RetriesAreHeldAgainstTheirGaps) {
  using namespace std::chrono_literals;
  refuse_mail("same");
  here.clock.tick(1s);
  refuse_mail("same");
  here.clock.tick(3s);
  put_mail("9@a", "same");
  EXPECT_EQ(claim(R"({"retries":{"min_gap":"1s","growth":{"ge":2},"max_attempts":3}})").status,
            200U);
  expect_problem(claim(R"({"retries":{"min_gap":"2s"}})"), 412, "again 1000 ms after try 1");
  expect_problem(claim(R"({"retries":{"growth":{"ge":4}}})"), 412, "the time before was 1000 ms");
  expect_problem(claim(R"({"retries":{"max_attempts":2}})"), 412, "was tried 3 times");
  expect_problem(claim(R"({"retries":{"never_after":["5xx"]}})"), 412, "was answered 552");
  EXPECT_EQ(claim(R"({"retries":{"never_after":[550]}})").status, 200U);
}

TEST_F(Verify, WrongClaimsAreRefused) {
  expect_problem(claim("{}"), 400, "is missing");
  expect_problem(claim(R"({"all":[]})"), 400, "no list");
  expect_problem(claim(R"({"rule":"a","messages":{}})"), 400, "stands beside");
  expect_problem(claim(R"({"messages":{"query":"colour:red:("}})"), 400, "query");
  expect_problem(claim(R"({"rule":"a","within":5})"), 400, "5ms");
  expect_problem(claim(R"({"retries":{"never_after":["soon"]}})"), 400, "codes");
  expect_problem(claim(R"({"all":[{"rule":"a"}],"any":[{"rule":"a"}]})"), 400, "one of them");
}

}  // namespace
}  // namespace mailrig::inspector
