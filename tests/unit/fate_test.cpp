#include "capture/model/fate.hpp"

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

TEST(CommonFate, IsDeliveredWhereNoRuleActed) {
  EXPECT_EQ(common_fate(nullptr, 3), "delivered");
  const mail_fates generated{{}, id{1, 2}};
  EXPECT_EQ(common_fate(&generated, 1), "delivered");
}

TEST(CommonFate, IsTheOneThatAllRecipientsShare) {
  const mail_fates fates{{{"a@a.test", fate::dropped}, {"b@b.test", fate::dropped}}, {}};
  EXPECT_EQ(common_fate(&fates, 2), "dropped");
}

TEST(CommonFate, IsMixedWhereTheyDiffer) {
  const mail_fates fates{{{"a@a.test", fate::dropped}, {"b@b.test", fate::bounced}}, {}};
  EXPECT_EQ(common_fate(&fates, 2), "mixed");
}

TEST(CommonFate, IsMixedWhereOneIsDeliveredAsUsual) {
  const mail_fates fates{{{"a@a.test", fate::dropped}}, {}};
  EXPECT_EQ(common_fate(&fates, 2), "mixed");
}

TEST(MailFates, AreFoundWithoutRegardToCase) {
  const mail_fates fates{{{"Bob@A.test", fate::dropped}}, {}};
  ASSERT_NE(fates.find("bOB@a.TEST"), nullptr);
  EXPECT_EQ(fates.find("bob@a.tes"), nullptr);
}

}  // namespace
}  // namespace mailrig::model
