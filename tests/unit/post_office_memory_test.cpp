// Rules of delivery that change what the engine or a message remembers: states, bans and labels, at
// `deliver` and at `mailbox_read`.
#include "tests/unit/post_office_world.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_world::office_world;

class PostOfficeMemory : public testing::Test, public office_world {
 protected:
  // Two rules at one stage: the first acts once, the second where `when` holds.
  void load(const std::string& stage, const std::string& first, const std::string& when,
            const std::string& then) {
    const std::string where = R"("where": {"protocol": "delivery", "stage": ")" + stage + R"("}, )";
    judge.load(R"({"states": {"m": {"up": {}, "down": {}}}, "start": "up", "rules": [{)" + where +
               R"("limit": {"max_hits": 1}, "actions": [)" + first + "]}, {" + where +
               R"("when": )" + when + R"(, "actions": [)" + then + "]}]}");
  }
};

constexpr const char* when_down = R"({"state": {"of": "m", "is": "down"}})";
constexpr const char* when_banned = R"({"banned": {"by": "rcpt"}})";
constexpr const char* go_down = R"({"set_state": {"of": "m", "to": "down"}})";
constexpr const char* ban_recipient = R"({"ban": {"by": "rcpt", "for": "1h"}})";

TEST_F(PostOfficeMemory, ADeliveryMaySetAStateForTheNextOnes) {
  load("deliver", go_down, when_down, R"({"drop": {}})");
  post();
  post();
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
}

TEST_F(PostOfficeMemory, ADeliveryMayBanItsRecipient) {
  load("deliver", ban_recipient, when_banned, R"({"drop": {}})");
  post();
  post();
  post({.to = {"carol@c.test"}});
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
  EXPECT_THAT(seen_by("carol@c.test"), ElementsAre("3"));
}

TEST_F(PostOfficeMemory, AReaderMaySetAStateForTheNextOnes) {
  load("mailbox_read", go_down, when_down, R"({"hide": {}})");
  post({.text = "x\r\n"});
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 3"));
  EXPECT_THAT(listed_for("bob@b.test"), IsEmpty());
}

TEST_F(PostOfficeMemory, AReaderMayBanAMailbox) {
  load("mailbox_read", ban_recipient, when_banned, R"({"hide": {}})");
  post({.to = {"bob@b.test", "carol@c.test"}, .text = "x\r\n"});
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 3"));
  EXPECT_THAT(listed_for("bob@b.test"), IsEmpty());
  EXPECT_THAT(listed_for("carol@c.test"), ElementsAre("1 3"));
}

TEST_F(PostOfficeMemory, AReaderLeavesALabelAtTheMessage) {
  rule(R"({"tag": {"label": "fetched"}})", "", "mailbox_read");
  const auto uid = post({.text = "x\r\n"});
  EXPECT_EQ(messages.get(uid).marks, nullptr);
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 3"));
  ASSERT_NE(messages.get(uid).marks, nullptr);
  EXPECT_THAT(messages.get(uid).marks->tags, ElementsAre("fetched"));
}

}  // namespace
}  // namespace mailrig::delivery
