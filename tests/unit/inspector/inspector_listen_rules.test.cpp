// Rules at `listen` over the API: which ports they touch, and whose clients that concerns.
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* closed_door =
    R"({"rules":[{"where":{"protocol":"smtp","stage":"listen"},"actions":[{"listener":{"mode":"refuse"}}]}]})";

class ListenRules : public testing::Test, protected inspector_test {
 protected:
  void route_to_another_rig() {
    rig::rig_config config;
    config.name = "run-1";
    config.routes = {{rig::route_fact::helo, "c.test"}};
    (void)here.rigs.make(config);
  }
};

TEST_F(ListenRules, NameThePortsThatTheyTouch) {
  const json said = json_of(send("PUT", "/v1/faults", closed_door));
  ASSERT_EQ(said.at("listeners").size(), 1U);
  EXPECT_EQ(said.at("listeners")[0].at("port"), 2525);
  EXPECT_EQ(said.at("listeners")[0].at("url"), "smtp://localhost:2525");
  const json none = json_of(send("PUT", "/v1/faults", R"({"rules":[]})"));
  EXPECT_EQ(none.at("listeners"), json::array());
}

TEST_F(ListenRules, NameThePortsOneByOneToo) {
  const std::string touching =
      R"({"id":"door","where":{"protocol":"smtp","stage":"listen"},"actions":[{"listener":{"mode":"refuse"}}]})";
  const std::string other =
      R"({"id":"no","where":{"protocol":"smtp","stage":"rcpt"},"actions":[{"reply":{"code":450,"text":"no"}}]})";
  const json touched = json_of(send("POST", "/v1/faults/rules", touching)).at("listeners");
  ASSERT_EQ(touched.size(), 1U);
  EXPECT_EQ(touched[0].at("port"), 2525);
  EXPECT_EQ(json_of(send("POST", "/v1/faults/rules", other)).at("listeners"), json::array());
  EXPECT_EQ(json_of(send("PUT", "/v1/faults/rules/door", touching)).at("listeners"), touched);
  EXPECT_EQ(get_json("/v1/faults/rules/door").at("listeners"), touched);
  EXPECT_EQ(get_json("/v1/faults/rules/no").at("listeners"), json::array());
}

TEST_F(ListenRules, AreRefusedForPortsThatRoutedRigsShareUnlessTheRequestSaysSo) {
  route_to_another_rig();
  const answer refused = send("PUT", "/v1/faults", closed_door);
  EXPECT_EQ(refused.status, 400U);
  EXPECT_THAT(json_of(refused).dump(), HasSubstr("?shared=true"));
  EXPECT_EQ(send("PUT", "/v1/faults?shared=true", closed_door).status, 200U);
  // What is in force already needs not be said again.
  EXPECT_EQ(send("PUT", "/v1/faults/lists/l", R"({"rcpt":["a@b.test"]})").status, 200U);
}

TEST_F(ListenRules, OfAScenarioAreAskedForTheSame) {
  route_to_another_rig();
  EXPECT_EQ(send("POST", "/v1/scenarios/connect-timeout/apply", "{}").status, 400U);
  const answer applied = send("POST", "/v1/scenarios/connect-timeout/apply", R"({"shared":true})");
  EXPECT_EQ(applied.status, 200U);
  EXPECT_EQ(json_of(applied).at("listeners").size(), 1U);
  EXPECT_EQ(send("POST", "/v1/scenarios/connect-timeout/apply", R"({"shared":"yes"})").status,
            400U);
}

}  // namespace
}  // namespace mailrig::inspector
