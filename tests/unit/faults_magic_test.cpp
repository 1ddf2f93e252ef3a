// Magic recipients as rules of an engine.
#include "faults/engine.hpp"
#include "faults/magic.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

class fixed_clock final : public model::clock {
 public:
  [[nodiscard]] model::instant now() const override { return model::instant{model::duration{1}}; }
};

class Magic : public testing::Test {
 protected:
  Magic() { static_cast<void>(rules.replace(magic_rules("fault.test"))); }
  const verdict* at_rcpt(const std::string& rcpt) {
    return rules.decide({.point = model::stage::rcpt, .path = rcpt});
  }
  int code_for(const std::string& rcpt) {
    const verdict* const found = at_rcpt(rcpt);
    return found != nullptr && found->reply ? found->reply->code : 0;
  }

  fixed_clock clock;
  engine rules{{clock, clock}, 1};
};

TEST_F(Magic, TheLocalPartSaysTheReply) {
  EXPECT_EQ(code_for("450@fault.test"), 450);
  EXPECT_EQ(code_for("550-5.1.1@FAULT.TEST"), 550);
  EXPECT_EQ(at_rcpt("550-5.1.1+order17@fault.test")->reply->enhanced,
            (model::enhanced_code{5, 1, 1}));
  EXPECT_EQ(at_rcpt("421@fault.test")->close, model::close_mode::fin_drain);
  EXPECT_EQ(code_for("success@fault.test"), 0);
  EXPECT_EQ(code_for("550-5x1.1@fault.test"), 0);
  EXPECT_EQ(code_for("450@fault.test.example"), 0);
  EXPECT_EQ(code_for("450@sub.fault.test"), 0);
}

TEST_F(Magic, FlakyFailsForTheFirstTriesOfEachRecipient) {
  EXPECT_EQ(code_for("flaky-2@fault.test"), 451);
  EXPECT_EQ(code_for("flaky-2+b@fault.test"), 451);
  EXPECT_EQ(code_for("flaky-2@fault.test"), 451);
  EXPECT_EQ(code_for("flaky-2@fault.test"), 0);
  EXPECT_EQ(code_for("flaky-2+b@fault.test"), 451);
  EXPECT_EQ(code_for("flaky-2+b@fault.test"), 0);
}

TEST_F(Magic, TimesAreThoseOfTheName) {
  EXPECT_EQ(at_rcpt("delay-5s@fault.test")->delay, model::duration{5'000});
  EXPECT_EQ(at_rcpt("stall-10s@fault.test")->find<stall>()->max, model::duration{10'000});
}

TEST_F(Magic, DeliveryIsToldWhatToDo) {
  const auto deliver = [this](const std::string& rcpt) {
    return rules.decide({.point = model::stage::deliver, .path = rcpt, .talk = protocol::delivery});
  };
  ASSERT_NE(deliver("bounce@fault.test"), nullptr);
  EXPECT_NE(deliver("bounce@fault.test")->find<bounce>(), nullptr);
  EXPECT_EQ(deliver("bounce-552-5.2.2@fault.test")->find<bounce>()->status, "5.2.2");
  EXPECT_NE(deliver("drop@fault.test")->find<drop>(), nullptr);
  EXPECT_EQ(deliver("anna@fault.test"), nullptr);
}

TEST_F(Magic, ADomainIsOne) {
  EXPECT_TRUE(is_magic_domain("fault.test"));
  EXPECT_FALSE(is_magic_domain("Fault.test"));
  EXPECT_FALSE(is_magic_domain("a@b"));
  EXPECT_FALSE(is_magic_domain(""));
}

}  // namespace
}  // namespace mailrig::faults
