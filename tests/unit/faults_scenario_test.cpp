// Scenarios: the file, its parameters, and the catalogue that mailrig brings along.
#include "faults/scenario.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

constexpr const char* small = R"({
  "name": "full", "title": "The mailbox is full",
  "params": {"times": {"title": "How often", "kind": "number", "default": null},
             "wait": {"title": "How long", "kind": "duration", "default": "1s"},
             "stage": {"title": "Where", "kind": "text", "default": "rcpt", "choices": ["rcpt", "data"]}},
  "rules": [{"id": "a", "where": {"protocol": "smtp", "stage": "$stage"},
             "limit": {"max_hits": "$times"},
             "actions": [{"delay": {"for": "$wait"}}, {"reply": {"code": 452, "text": "wait ${wait} {rcpt}"}}]}]})";

scenario parsed(std::string_view text) {
  auto result = scenario::parse(text);
  if (const auto* wrong = std::get_if<std::vector<load_error>>(&result))
    ADD_FAILURE() << wrong->front().pointer << ": " << wrong->front().wrong;
  return std::get<scenario>(std::move(result));
}

std::string wrong_with(const scenario& which, const scenario::wish& wanted) {
  const auto filled = which.fill(wanted);
  const auto* const wrong = std::get_if<std::vector<load_error>>(&filled);
  if (wrong == nullptr) return {};
  std::string text;
  for (const load_error& each : *wrong)
    text += each.pointer + ": " + each.wrong + " (" + each.right + ")\n";
  return text;
}

scenario::instance filled(const scenario& which, const scenario::wish& wanted) {
  EXPECT_EQ(wrong_with(which, wanted), "");
  return std::get<scenario::instance>(which.fill(wanted));
}

scenario::wish with(std::string params) {
  return {.params = std::move(params), .ttl = "", .max_hits = 0};
}

TEST(Scenario, DefaultsAreFilledInAndNullLeavesAKeyOut) {
  scenario which = parsed(std::string(small).replace(std::string(small).find("{rcpt}"), 6, "now"));
  const scenario::instance made = filled(which, {});
  EXPECT_EQ(made.params, R"({"stage":"rcpt","times":null,"wait":"1s"})");
  EXPECT_THAT(made.document, testing::HasSubstr(R"("limit":{})"));
  EXPECT_THAT(made.document, testing::HasSubstr(R"("text":"wait 1s now")"));
  EXPECT_THAT(made.document, testing::HasSubstr(R"("stage":"rcpt"})"));
}

TEST(Scenario, ParametersAndLimitsAreTaken) {
  const scenario which = parsed(small);
  const scenario::instance made =
      filled(which, {.params = R"({"times": "3", "wait": "2m"})", .ttl = "10m", .max_hits = 0});
  EXPECT_EQ(made.params, R"({"stage":"rcpt","times":3,"wait":"2m"})");
  EXPECT_THAT(made.document, testing::HasSubstr(R"("limit":{"max_hits":3,"ttl":"10m"})"));
  EXPECT_THAT(filled(which, {.params = "{}", .ttl = "", .max_hits = 7}).document,
              testing::HasSubstr(R"("limit":{"max_hits":7})"));
}

TEST(Scenario, WrongParametersAreAllNamed) {
  const std::string wrong = wrong_with(
      parsed(small), {.params = R"({"tmies": 1, "times": "many", "wait": 3, "stage": "quit"})",
                      .ttl = "5",
                      .max_hits = 0});
  EXPECT_THAT(wrong, testing::HasSubstr("/params/tmies: full has no parameter `tmies` (one of "));
  EXPECT_THAT(wrong, testing::HasSubstr("/params/times: "));
  EXPECT_THAT(wrong, testing::HasSubstr("/params/wait: 3 does not fit (a duration"));
  EXPECT_THAT(wrong, testing::HasSubstr("/params/stage: \"quit\" does not fit (one of `rcpt`"));
  EXPECT_THAT(wrong, testing::HasSubstr("/ttl: "));
}

constexpr const char* with_a_flag = R"({"name": "kept", "params": {
  "stage": {"kind": "text", "default": "end_of_data", "choices": ["rcpt", "end_of_data"]},
  "stored": {"kind": "flag", "default": true, "when": {"stage": "end_of_data"}}},
  "rules": [{"where": {"protocol": "smtp", "stage": "$stage"},
             "actions": [{"stall": {"stored": "$stored"}}]}]})";

TEST(Scenario, AFlagIsTakenAsItsTextToo) {
  const scenario which = parsed(with_a_flag);
  EXPECT_THAT(filled(which, {}).document, testing::HasSubstr(R"("stall":{"stored":true})"));
  EXPECT_THAT(filled(which, with(R"({"stored": "false"})")).document,
              testing::HasSubstr(R"("stall":{"stored":false})"));
  EXPECT_EQ(which.parameters()[1].choices, (std::vector<std::string>{"true", "false"}));
  EXPECT_THAT(wrong_with(which, with(R"({"stored": "perhaps"})")),
              testing::HasSubstr("true or false"));
}

TEST(Scenario, AParameterCountsOnlyWhereItsConditionHolds) {
  const scenario::instance made =
      filled(parsed(with_a_flag), with(R"({"stage": "rcpt", "stored": true})"));
  EXPECT_EQ(made.params, R"({"stage":"rcpt","stored":null})");
  EXPECT_THAT(made.document, testing::HasSubstr(R"("stall":{})"));
  const auto refused = scenario::parse(
      R"({"name": "a", "params": {"n": {"kind": "number", "default": 1, "when": {"m": "x"}}}, "rules": []})");
  const auto* const wrong = std::get_if<std::vector<load_error>>(&refused);
  ASSERT_NE(wrong, nullptr);
  EXPECT_EQ(wrong->front().pointer, "/params/n/when");
}

TEST(Catalogue, ATimeoutBehindTheDotLeavesTheMailThere) {
  const scenario& which = *find_scenario("read-timeout-after-dot");
  EXPECT_THAT(filled(which, {}).document, testing::HasSubstr(R"("stored":true)"));
  for (const char* stage : {"banner", "ehlo", "mail", "rcpt", "data", "quit"}) {
    const auto made = filled(which, with(std::string(R"({"stage": ")") + stage + "\"}"));
    EXPECT_TRUE(load_rule_set(made.document, document::scenario).errors.empty()) << stage;
  }
}

TEST(Scenario, AFileIsRefusedWithWhatIsWrong) {
  const auto first = [](std::string_view text) {
    auto result = scenario::parse(text);
    const auto* const wrong = std::get_if<std::vector<load_error>>(&result);
    return wrong == nullptr ? std::string("taken") : wrong->front().pointer;
  };
  EXPECT_EQ(first("[]"), "");
  EXPECT_EQ(first(R"({"title": "no name", "rules": []})"), "");
  EXPECT_EQ(first(R"({"name": "a/b", "rules": []})"), "/name");
  EXPECT_EQ(
      first(R"({"name": "a", "params": {"n": {"kind": "colour", "default": 1}}, "rules": []})"),
      "/params/n/kind");
  EXPECT_EQ(
      first(R"({"name": "a", "params": {"n": {"kind": "number", "default": "x"}}, "rules": []})"),
      "/params/n/default");
  EXPECT_EQ(first(R"({"name": "a", "rules": [], "more": 1})"), "/more");
  EXPECT_EQ(first(R"({"name": "a", "rules": [{"where": {"protocol": "smtp", "stage": "$s"},
                      "actions": [{"close": {}}]}]})"),
            "/rules/0/where/stage");
}

// Each of the numbered failures that a server can cause has its name.
TEST(Catalogue, HasTheFirstScenarios) {
  std::vector<std::string> names;
  for (const scenario& each : catalogue()) names.push_back(each.name());
  EXPECT_THAT(names, testing::ElementsAre("accepted-then-lost", "auth-login-hangs", "auth-required",
                                          "bounced-later", "certificate-expired-sometimes",
                                          "connect-timeout", "duplicate-after-lost-reply",
                                          "eof-before-banner", "greylisted", "mailbox-unknown",
                                          "netease-421-hl-icc", "oversize-552", "oversize-reset",
                                          "pop3-cut-in-mid-retr", "pop3-mailbox-locked",
                                          "read-timeout-after-dot", "relay-denied-sometimes",
                                          "success-text-differs", "throttled-then-closed"));
}

TEST(Catalogue, EachSaysWhatItIs) {
  for (const scenario& each : catalogue()) {
    EXPECT_FALSE(each.title().empty()) << each.name();
    EXPECT_FALSE(each.parameters().empty()) << each.name();
    for (const scenario_parameter& one : each.parameters())
      EXPECT_FALSE(one.title.empty()) << each.name() << ' ' << one.name;
    for (const char* key : {"client_sees", "robust_app", "expect", "example", "rules"})
      EXPECT_THAT(each.text(), testing::HasSubstr('"' + std::string(key) + "\":")) << each.name();
  }
  EXPECT_EQ(find_scenario("netease-421-hl-icc")->name(), "netease-421-hl-icc");
  EXPECT_EQ(find_scenario("netease"), nullptr);
  EXPECT_EQ(nearest_scenario("oversize-reste"), "oversize-reset");
}

}  // namespace
}  // namespace mailrig::faults
