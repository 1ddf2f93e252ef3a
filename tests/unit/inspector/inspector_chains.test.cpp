// Chains and rules as readers see them: in lists, in searches, and in what a wait missed.
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <memory>
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
using testing::Not;

class Chains : public testing::Test, protected inspector_test {
 protected:
  // Each try has a Message-ID and a Date of its own, as most clients make them.
  model::mail_ref put(const std::string& number, const std::string& text) {
    return here.put(mail_of(number, text), {.rcpt_to = {"anna@example.org"}});
  }
  // An attempt that ended before its content came: refused at RCPT.
  void refuse(const std::string& rcpt = "anna@example.org") {
    here.rig().attempt_ended(
        here.make_mail("", {.rcpt_to = {rcpt}, .result = model::outcome::rejected}));
  }
  static std::string mail_of(const std::string& number, const std::string& text) {
    return "Date: Sun, 22 Nov 2026 10:00:0" + number + " +0000\nMessage-ID: <" + number +
           "@app>\nSubject: Order\n\n" + text + "\n";
  }
  void load_rule() {
    const answer put = send("PUT", "/v1/faults",
                            R"({"rules":[{"id":"busy","where":{"protocol":"smtp","stage":"rcpt"},)"
                            R"("actions":[{"reply":{"code":450,"text":"no"}}]}]})");
    ASSERT_LT(put.status, 300U) << text_of(put);
  }
  // The rule acts in the transaction of that mail.
  void act_on(const model::mail_record& mail) {
    const faults::event event{
        .point = model::stage::rcpt, .path = "anna@example.org", .attempt = &mail.facts().attempt};
    ASSERT_NE(here.rig().judge().decide(event), nullptr);
  }
  std::vector<json> chains_of(const std::string& target, const char* list) {
    std::vector<json> found;
    const json all = get_json(target);
    for (const json& each : all.at(list)) found.push_back(each.at("chain"));
    return found;
  }
};

TEST_F(Chains, TriesOfOneMailShareTheirName) {
  put("1", "same");
  put("2", "other");
  put("3", "same");
  const auto names = chains_of("/v1/messages", "messages");  // newest first
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].get<std::string>().size(), 32U);
  EXPECT_EQ(names[0], names[2]);
  EXPECT_NE(names[0], names[1]);
  const std::string name = names[0];
  EXPECT_EQ(get_json("/v1/messages/latest").at("chain"), name);
  EXPECT_EQ(get_json("/v1/messages?chain=" + name).at("matched"), 2);
  EXPECT_EQ(get_json("/v1/messages?query=-chain:" + name).at("matched"), 1);
}

TEST_F(Chains, WhatCameWithoutContentBelongsToTheMailOfItsEnvelope) {
  refuse();
  here.clock.tick(std::chrono::seconds(1));
  put("1", "first");
  here.clock.tick(std::chrono::seconds(1));
  refuse();
  here.clock.tick(std::chrono::seconds(1));
  put("2", "second");
  refuse("nobody@example.org");
  const auto messages = chains_of("/v1/messages", "messages");
  const std::string second = messages[0], first = messages[1];
  EXPECT_EQ(get_json("/v1/attempts?chain=" + first).at("matched"), 3);
  EXPECT_EQ(get_json("/v1/attempts?chain=" + second).at("matched"), 1);
  const json lost = get_json("/v1/attempts?rcpt=nobody@example.org").at("attempts");
  EXPECT_TRUE(lost.at(0).at("chain").is_null());
}

TEST_F(Chains, AnAttemptNamesTheRulesThatActedInIt) {
  load_rule();
  const auto hit = put("1", "a");
  const auto spared = put("2", "b");
  act_on(*hit);
  const json found = get_json("/v1/attempts?rule=busy").at("attempts");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].at("id"), model::to_string(hit->id()));
  EXPECT_EQ(found[0].at("faults"),
            json::parse(R"([{"rule":"busy","stage":"rcpt","hit":1,"ended_by":null}])"));
  EXPECT_EQ(get_json("/v1/messages?rule=busy").at("matched"), 1);
  EXPECT_EQ(get_json("/v1/messages?query=-rule:busy").at("matched"), 1);
  EXPECT_EQ(get_json("/v1/messages/" + model::to_string(hit->id())).at("faults").size(), 1U);
  EXPECT_EQ(get_json("/v1/messages/" + model::to_string(spared->id())).at("faults").size(), 0U);
}

TEST_F(Chains, AWaitForARuleEndsWithTheMailThatItActedOn) {
  load_rule();
  std::optional<answer> given;
  request asked = make_request("GET", "/v1/messages/wait?rule=busy&timeout=60s");
  dispatch(asked, with, [&given](answer what) { given = std::move(what); });
  put("1", "spared");
  const auto hit = here.make_mail(mail_of("2", "b"));
  act_on(*hit);
  here.rig().deliver(hit, [](const auto& put) { EXPECT_TRUE(put.has_value()); });
  here.rig().announce(hit->id());
  loop.run_until([&given] { return given.has_value(); });
  EXPECT_EQ(given->status, 200U) << text_of(*given);
  EXPECT_EQ(json_of(*given).at("messages").at(0).at("id"), model::to_string(hit->id()));
}

TEST_F(Chains, AMissedWaitNamesTheRulesThatFiredMeanwhile) {
  load_rule();
  const auto miss = [this] {
    std::optional<answer> given;
    request asked = make_request("GET", "/v1/messages/wait?subject=none&timeout=1ms");
    dispatch(asked, with, [&given](answer what) { given = std::move(what); });
    const auto early = put("1", "a");
    act_on(*early);
    act_on(*early);
    while (!given) {
      with.waits().tick();
      (void)get("/v1/messages?query=subject:nothing");
    }
    return text_of(*given);
  };
  EXPECT_THAT(miss(), HasSubstr("Rules that fired meanwhile: busy (2 hits)."));
  here.clock.tick(std::chrono::seconds(1));
  ASSERT_LT(ask("DELETE", "/v1/faults").status, 300U);
  std::optional<answer> given;
  request asked = make_request("GET", "/v1/messages/wait?subject=none&timeout=1ms");
  dispatch(asked, with, [&given](answer what) { given = std::move(what); });
  while (!given) {
    with.waits().tick();
    (void)get("/v1/messages?query=subject:nothing");
  }
  EXPECT_THAT(text_of(*given), Not(HasSubstr("fired")));
}

}  // namespace
}  // namespace mailrig::inspector
