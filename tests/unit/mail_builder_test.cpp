#include "capture/model/mail_builder.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

class bounded_budget final : public memory_budget {
 public:
  explicit bounded_budget(std::size_t octets) : left_(octets) {}
  [[nodiscard]] bool take(std::size_t octets) override {
    if (octets > left_) return false;
    left_ -= octets;
    return true;
  }
  void give_back(std::size_t octets) override { left_ += octets; }
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

constexpr std::size_t plenty = std::size_t{1} << 30;

envelope some_envelope() {
  return {"alice@a.test",
          "SIZE=5",
          {{"bob@b.test", "", 250, {2, 1, 5}, "Ok"},
           {std::string("c\0l", 3) + "@c.test", "NOTIFY=NEVER", 550, {5, 1, 1}, "No such user"}}};
}

attempt_facts facts_of(outcome result) {
  attempt_facts facts;
  facts.attempt = {1, 2};
  facts.result = result;
  return facts;
}

class MailBuilder : public testing::Test {
 protected:
  bounded_budget budget{plenty};
};

TEST_F(MailBuilder, TheRecordHoldsEnvelopeBytesAndReply) {
  mail_builder builder(budget, some_envelope(), 0);
  builder.append("Subject: x\r\n");
  builder.append("");
  builder.append(std::string_view("\0\r\n", 3));
  attempt_facts facts = facts_of(outcome::rejected);
  facts.reply_code = 554;
  const mail_ref record = builder.finish(facts, "Spam");
  EXPECT_EQ(record->id(), (id{1, 2}));
  EXPECT_EQ(record->envelope(), some_envelope());
  EXPECT_EQ(record->reverse_path(), "alice@a.test");
  EXPECT_EQ(record->bytes(), std::string_view("Subject: x\r\n\0\r\n", 15));
  EXPECT_EQ(record->reply_text(), "Spam");
  EXPECT_FALSE(record->is_message());
}

TEST_F(MailBuilder, TheTextOfAQueuedMailIsMadeFromItsId) {
  mail_builder builder(budget, envelope{}, 0);
  attempt_facts facts = facts_of(outcome::accepted);
  facts.reply_code = 250;
  const mail_ref record = builder.finish(facts, "");
  EXPECT_EQ(record->reply_text(), "Ok: queued as " + to_string(id{1, 2}));
  EXPECT_TRUE(record->is_message());
  EXPECT_TRUE(record->bytes().empty());
  EXPECT_EQ(record->envelope(), envelope{});
}

TEST_F(MailBuilder, AMailThatNobodyAnsweredHasNoText) {
  attempt_facts facts = facts_of(outcome::accepted);
  facts.reply_code = 0;
  EXPECT_EQ(mail_builder(budget, envelope{}, 0).finish(facts, "")->reply_text(), "");
}

TEST_F(MailBuilder, AReplyMayBeLostLater) {
  mail_builder builder(budget, envelope{}, 0);
  attempt_facts facts = facts_of(outcome::accepted);
  facts.reply_code = 250;
  const mail_ref record = builder.finish(facts, "");
  EXPECT_EQ(record->reply_code(), 250);
  record->lose_reply();
  EXPECT_EQ(record->reply_code(), 0);
  EXPECT_EQ(record->reply_text(), "");
  EXPECT_EQ(without_octets(*record, 7)->reply_code(), 0);
}

TEST_F(MailBuilder, WhatIsLeftOfAMessageTellsItsReply) {
  attempt_facts facts = facts_of(outcome::accepted);
  facts.reply_code = 250;
  const mail_ref usual = mail_builder(budget, some_envelope(), 0).finish(facts, "");
  const mail_ref other = mail_builder(budget, some_envelope(), 0).finish(facts, "Taken");
  EXPECT_EQ(without_octets(*usual, 7)->reply_text(), usual->reply_text());
  EXPECT_EQ(without_octets(*usual, 7)->footprint(), usual->footprint());
  EXPECT_EQ(without_octets(*other, 7)->reply_text(), "Taken");
}

TEST_F(MailBuilder, AnotherTextOfAnAcceptedMailIsKept) {
  mail_builder builder(budget, envelope{}, 0);
  EXPECT_EQ(builder.finish(facts_of(outcome::accepted), "Taken")->reply_text(), "Taken");
}

TEST_F(MailBuilder, GrowsFromNothingToThirtyMebibytes) {
  std::string whole;
  mail_builder builder(budget, some_envelope(), 0);
  for (std::size_t i = 0; whole.size() < std::size_t{30} << 20; ++i) {
    const std::string piece(1 + i * 977 % 300'000, static_cast<char>('a' + i % 26));
    builder.append(piece);
    whole += piece;
    ASSERT_EQ(builder.size(), whole.size());
  }
  const mail_ref record = builder.finish(facts_of(outcome::accepted), "");
  EXPECT_TRUE(record->bytes() == whole);
  EXPECT_EQ(record->envelope(), some_envelope());
  EXPECT_LT(record->footprint(), whole.size() + 400);
}

TEST_F(MailBuilder, ChargesWhatItTakesAndGivesItBack) {
  {
    mail_builder builder(budget, some_envelope(), 0);
    builder.append(std::string(100'000, 'x'));
    EXPECT_LE(budget.left(), plenty - 100'000);
    (void)builder.finish(facts_of(outcome::accepted), "");
    EXPECT_EQ(budget.left(), plenty);
  }
  {
    mail_builder dropped(budget, some_envelope(), 0);
    dropped.append(std::string(100'000, 'x'));
  }
  EXPECT_EQ(budget.left(), plenty);
}

TEST_F(MailBuilder, AnAnnouncedSizeIsBelievedWithinReason) {
  mail_builder builder(budget, some_envelope(), plenty);
  EXPECT_GT(budget.left(), plenty - 2 * 1024 * 1024);
  mail_builder announced(budget, some_envelope(), 500'000);
  const std::size_t before = budget.left();
  announced.append(std::string(500'000, 'x'));
  EXPECT_EQ(budget.left(), before);
}

TEST_F(MailBuilder, WhatIsExpectedGrowsItOnce) {
  mail_builder builder(budget, some_envelope(), 0);
  builder.expect(200'000);
  const std::size_t before = budget.left();
  for (int i = 0; i < 200; ++i) builder.append(std::string(1000, 'x'));
  EXPECT_EQ(budget.left(), before);
  EXPECT_EQ(builder.size(), 200'000U);
}

TEST_F(MailBuilder, TruncatingKeepsTheBeginningAndNothingLater) {
  mail_builder builder(budget, some_envelope(), 0);
  builder.append("0123456789");
  builder.truncate(4);
  builder.append("more");
  EXPECT_FALSE(builder.ran_out_of_memory());
  const mail_ref record = builder.finish(facts_of(outcome::rejected), "Too big");
  EXPECT_EQ(record->bytes(), "0123");
  EXPECT_EQ(record->reply_text(), "Too big");
  EXPECT_EQ(record->envelope(), some_envelope());
}

TEST_F(MailBuilder, TruncatingBehindTheEndKeepsAll) {
  mail_builder builder(budget, some_envelope(), 0);
  builder.append("0123");
  builder.truncate(100);
  EXPECT_EQ(builder.finish(facts_of(outcome::rejected), "")->bytes(), "0123");
}

TEST(MailBuilderOutOfMemory, KeepsWhatItHasWhenTheBudgetSaysNo) {
  bounded_budget small(10'000);
  mail_builder builder(small, some_envelope(), 0);
  builder.append("first");
  builder.append(std::string(20'000, 'x'));
  EXPECT_TRUE(builder.ran_out_of_memory());
  builder.append("later");
  const mail_ref record = builder.finish(facts_of(outcome::rejected), "No room");
  EXPECT_EQ(record->bytes(), "first");
  EXPECT_EQ(record->envelope(), some_envelope());
  EXPECT_EQ(small.left(), 10'000U);
}

TEST(MailBuilderOutOfMemory, KeepsTheEnvelopeEvenWithoutABudget) {
  bounded_budget none(0);
  mail_builder builder(none, some_envelope(), 0);
  EXPECT_TRUE(builder.ran_out_of_memory());
  builder.append("x");
  const mail_ref record = builder.finish(facts_of(outcome::aborted), "");
  EXPECT_EQ(record->envelope(), some_envelope());
  EXPECT_TRUE(record->bytes().empty());
  EXPECT_EQ(none.left(), 0U);
}

TEST(MailBuilderOutOfMemory, UsesTheLastOctetsThatFit) {
  bounded_budget small(10'000);
  mail_builder builder(small, some_envelope(), 0);
  builder.append(std::string(9'000, 'x'));
  EXPECT_FALSE(builder.ran_out_of_memory());
  EXPECT_EQ(builder.size(), 9'000U);
}

}  // namespace
}  // namespace mailrig::model
