#include "capture/model/fate.hpp"

#include "tests/contract/make_mail.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

mail_ref mail_to(const std::vector<std::string>& recipients) {
  static store::contract::endless_budget budget;
  envelope to{"sender@a.test", "", {{"refused@a.test", "", 550, {5, 1, 1}, "no"}}};
  for (const std::string& each : recipients) to.recipients.push_back({each, "", 250, {}, "Ok"});
  mail_builder builder(budget, to, 0);
  return builder.finish({}, "");
}

TEST(CommonFate, IsDeliveredWhereNoRuleActed) {
  EXPECT_EQ(common_fate(nullptr, *mail_to({"a@a.test"})), "delivered");
  const mail_fates generated{{}, id{1, 2}};
  EXPECT_EQ(common_fate(&generated, *mail_to({"a@a.test"})), "delivered");
}

TEST(CommonFate, IsTheOneThatAllRecipientsShare) {
  const mail_fates fates{{{"a@a.test", fate::dropped}, {"b@b.test", fate::dropped}}, {}};
  EXPECT_EQ(common_fate(&fates, *mail_to({"a@a.test", "b@b.test", "B@b.test"})), "dropped");
}

TEST(CommonFate, IsMixedWhereTheyDiffer) {
  const mail_fates fates{{{"a@a.test", fate::dropped}, {"b@b.test", fate::bounced}}, {}};
  EXPECT_EQ(common_fate(&fates, *mail_to({"a@a.test", "b@b.test", "B@b.test"})), "mixed");
}

TEST(CommonFate, IsMixedWhereOneIsDeliveredAsUsual) {
  const mail_fates fates{{{"a@a.test", fate::dropped}}, {}};
  EXPECT_EQ(common_fate(&fates, *mail_to({"a@a.test", "b@b.test", "B@b.test"})), "mixed");
}

TEST(MailFates, AreFoundWithoutRegardToCase) {
  const mail_fates fates{{{"Bob@A.test", fate::dropped}}, {}};
  ASSERT_NE(fates.find("bOB@a.TEST"), nullptr);
  EXPECT_EQ(fates.find("bob@a.tes"), nullptr);
}

}  // namespace
}  // namespace mailrig::model
