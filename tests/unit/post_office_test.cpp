#include "capture/delivery/post_office.hpp"

#include "tests/unit/post_office_world.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::delivery {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing_world::office_world;

constexpr const char* for_bob = R"({"rcpt": {"eq": "bob@b.test"}})";

class PostOffice : public testing::Test, public office_world {};

TEST_F(PostOffice, WithoutRulesNothingIsAskedAndNothingKeptBeside) {
  const auto uid = post();
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(messages.get(uid).fates, nullptr);
  EXPECT_EQ(office.next_due(), std::nullopt);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
}

TEST_F(PostOffice, ARuleThatDoesNotMatchLeavesTheMailAsItIs) {
  rule(R"({"drop": {}})", for_bob);
  const auto uid = post({.to = {"carol@c.test"}});
  EXPECT_EQ(messages.get(uid).fates, nullptr);
  EXPECT_THAT(seen_by("carol@c.test"), ElementsAre("1"));
}

TEST_F(PostOffice, DroppedMailIsAMessageInNoMailbox) {
  rule(R"({"drop": {}})");
  const auto uid = post();
  EXPECT_NE(messages.get(uid).mail, nullptr);
  EXPECT_EQ(fates_of(uid), "bob@b.test: dropped copies 0");
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  EXPECT_THAT(seen_by("*"), IsEmpty());
  EXPECT_EQ(given[model::fate::dropped], 1);
}

std::string big_text() {
  return "Subject: big\r\n\r\n" + std::string(most_parsed_at_once, 'x') + "\r\n";
}

constexpr const char* is_big = R"({"subject": {"eq": "big"}})";

TEST_F(PostOffice, WhatItsRulesWantToKnowIsReadBeforeAnybodySeesTheMail) {
  rule(R"({"drop": {}})", is_big);
  examines_later = true;
  post({.text = big_text()});
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  EXPECT_EQ(messages.get(1).mail, nullptr);
  ASSERT_EQ(to_examine.size(), 1U);
  to_examine.front()();
  EXPECT_EQ(fates_of(1), "bob@b.test: dropped copies 0");
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
}

TEST_F(PostOffice, OnlyTheMailThatIsReadWaits) {
  rule(R"({"drop": {}})", is_big);
  examines_later = true;
  post({.text = big_text()});
  post();
  ASSERT_EQ(to_examine.size(), 2U);
  to_examine.back()();
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("2"));
  to_examine.front()();
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("2"));
}

TEST_F(PostOffice, RulesThatComeWhileAMailIsReadKnowOfItWhatTheyWant) {
  rule(R"({"drop": {}})", R"({"attachment.count": {"ge": 1}})");
  examines_later = true;
  post({.text = big_text()});
  rule(R"({"drop": {}})", is_big);
  to_examine.front()();
  ASSERT_EQ(to_examine.size(), 2U);
  to_examine.back()();
  EXPECT_EQ(fates_of(1), "bob@b.test: dropped copies 0");
}

TEST_F(PostOffice, AListingWaitsForBigMailsOnlyAndSeesThemAll) {
  post();
  post({.text = big_text()});
  post();
  rule(R"({"hide": {}})", is_big, "mailbox_read");
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 48", "3 48"));
  EXPECT_THAT(examined_to_read, ElementsAre(2U));
}

TEST_F(PostOffice, IsAskedOnceForEachRecipient) {
  rule(R"({"drop": {}})", for_bob);
  const auto uid = post({.to = {"bob@b.test", "carol@c.test", "BOB@b.test"}});
  EXPECT_EQ(fates_of(uid), "bob@b.test: dropped copies 0");
  EXPECT_EQ(judge.rules.hits().size(), 1U);
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  EXPECT_THAT(seen_by("carol@c.test"), ElementsAre("1"));
  EXPECT_THAT(seen_by("*"), ElementsAre("1"));
}

TEST_F(PostOffice, DropMayNameRecipients) {
  rule(R"({"drop": {"recipients": ["*@B.test"]}})");
  const auto uid = post({.to = {"bob@b.test", "carol@c.test"}});
  EXPECT_EQ(fates_of(uid), "bob@b.test: dropped copies 0, carol@c.test: delivered");
  EXPECT_THAT(seen_by("carol@c.test"), ElementsAre("1"));
}

TEST_F(PostOffice, RefusedRecipientsAreNotAskedAbout) {
  rule(R"({"drop": {}})");
  (void)post({.to = {}});
  EXPECT_EQ(judge.rules.hits().size(), 0U);
}

TEST_F(PostOffice, DelayedMailComesWhenItIsTime) {
  rule(R"({"delay_delivery": {"for": "30s"}})", for_bob);
  const auto uid = post({.to = {"bob@b.test", "carol@c.test"}});
  EXPECT_EQ(due_told, 1);
  EXPECT_EQ(fates_of(uid), "bob@b.test: delayed until 08:00:30");
  advance(30s - 1ms);
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  EXPECT_THAT(seen_by("carol@c.test"), ElementsAre("1"));
  post({.to = {"carol@c.test"}});
  advance(1ms);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
  EXPECT_EQ(fates_of(uid), "bob@b.test: delivered until 08:00:30");
  EXPECT_THAT(changed, ElementsAre(1));
  EXPECT_THAT(seen_by("*"), ElementsAre("1", "2"));
}

TEST_F(PostOffice, LostMailIsDeliveredAndGoneLater) {
  rule(R"({"lose": {"after": "1m"}})", for_bob);
  const auto uid = post({.to = {"bob@b.test", "carol@c.test"}});
  EXPECT_EQ(fates_of(uid), "bob@b.test: lost_later until 08:01:00");
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
  advance(1min);
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  EXPECT_THAT(seen_by("carol@c.test"), ElementsAre("1"));
  EXPECT_THAT(seen_by("*"), ElementsAre("1"));
  EXPECT_NE(messages.get(uid).mail, nullptr);
}

TEST_F(PostOffice, MailThatAllLoseIsInNoMailbox) {
  rule(R"({"lose": {"after": "1m"}})");
  post({.to = {"bob@b.test", "carol@c.test"}});
  EXPECT_THAT(seen_by("*"), ElementsAre("1"));
  advance(1min);
  EXPECT_THAT(seen_by("*"), IsEmpty());
}

TEST_F(PostOffice, CopiesComeAtOnceWithoutAGap) {
  rule(R"({"duplicate": {"copies": 3}})", for_bob);
  const auto uid = post();
  EXPECT_EQ(fates_of(uid), "bob@b.test: duplicated copies 3");
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1", "1.2", "1.3"));
  EXPECT_THAT(seen_by("*"), ElementsAre("1", "1.2", "1.3"));
}

TEST_F(PostOffice, CopiesComeOneByOneWithAGap) {
  rule(R"({"duplicate": {"copies": 3, "gap": "10s"}})");
  post();
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
  advance(10s);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1", "1.2"));
  advance(1h);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1", "1.2", "1.3"));
  EXPECT_EQ(office.next_due(), std::nullopt);
}

TEST_F(PostOffice, AHundredThousandCopiesAreMadeAndForgottenInNoTime) {
  rule(R"({"duplicate": {"copies": 100000}})");
  const auto uid = post();
  EXPECT_EQ(seen_by("bob@b.test").size(), 100'000U);
  boxes.forget(uid, *messages.remove(uid).mail);
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
}

TEST_F(PostOffice, ReorderedMailComesNewestFirstAtTheEndOfItsWindow) {
  rule(R"({"reorder": {"window": "10s"}})");
  post();
  advance(4s);
  post();
  const auto third = post();
  EXPECT_EQ(fates_of(third), "bob@b.test: reordered until 08:00:10");
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  advance(6s);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("3", "2", "1"));
  post();
  advance(9s);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("3", "2", "1"));
  advance(1s);
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("3", "2", "1", "4"));
}

TEST_F(PostOffice, WhatIsDueIsDoneInOrderOfTime) {
  rule(R"({"delay_delivery": {"for": "20s"}})", for_bob);
  rule(R"({"delay_delivery": {"for": "10s"}})", R"({"rcpt": {"eq": "carol@c.test"}})");
  post({.to = {"bob@b.test"}});
  post({.to = {"carol@c.test"}});
  EXPECT_EQ(due_told, 2);
  judge.clock.advance(1min);
  office.run_due(judge.clock.now());
  EXPECT_THAT(seen_by("*"), ElementsAre("2", "1"));
}

TEST_F(PostOffice, AnAlteredMailIsWhatItsReaderGetsAndNothingElse) {
  rule(R"({"transform": {"kind": "truncate", "bytes": 20}}, {"transform": {"kind": "bare_lf"}})",
       for_bob);
  const auto uid = post({.to = {"bob@b.test", "carol@c.test"}});
  const std::string original(messages.get(uid).mail->bytes());
  EXPECT_EQ(read_by("bob@b.test", 1), "Subject: hello\nMess");
  EXPECT_EQ(read_by("carol@c.test", 1), original);
  EXPECT_EQ(fates_of(uid), "bob@b.test: corrupted by truncate, bare_lf");
  const auto opened = boxes.open({"bob@b.test", {9, 9}, {}}, {});
  EXPECT_EQ(opened.entries.front().octets, 19U + 2U);
}

TEST_F(PostOffice, ATransformThatChangesNothingIsNoCorruption) {
  rule(R"({"transform": {"kind": "strip_attachments"}})");
  const auto uid = post();
  EXPECT_EQ(fates_of(uid), "bob@b.test: delivered");
}

TEST_F(PostOffice, OctetsOfWhatIsAlteredAreCountedAndGivenBack) {
  rule(R"({"transform": {"kind": "add_footer", "text": "bye"}}, {"duplicate": {"copies": 5}},
          {"delay_delivery": {"for": "1s"}})");
  store::usage total;
  boxes.count_into(total);
  office.count_into(total);
  const auto uid = post({.text = std::string(10'000, 'x')});
  EXPECT_GT(office.octets_in_use(), 10'000U);
  advance(1s);
  EXPECT_EQ(office.octets_in_use(), 0U);
  EXPECT_GT(boxes.octets_in_use(), 2 * 10'000U);  // in its mailbox and in that of all
  EXPECT_EQ(total.octets, boxes.octets_in_use());
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1", "1.2", "1.3", "1.4", "1.5"));
  boxes.forget(uid, *messages.remove(uid).mail);
  EXPECT_LT(boxes.octets_in_use(), 1'000U);
}

TEST_F(PostOffice, TagsAreMarksOfTheMessage) {
  rule(R"({"tag": {"label": "seen"}})", for_bob);
  const auto uid = post({.to = {"bob@b.test", "carol@c.test"}});
  ASSERT_NE(messages.get(uid).marks, nullptr);
  EXPECT_THAT(messages.get(uid).marks->tags, ElementsAre("seen"));
}

TEST_F(PostOffice, RulesMayReadTheSessionAndTheParsedMail) {
  rule(R"({"drop": {}})",
       R"({"all": [{"client.ip": {"eq": "192.0.2.7"}}, {"subject": {"eq": "发票"}},
                   {"attachment.count": {"eq": 0}}]})");
  const auto uid = post({.text = "Subject: =?UTF-8?B?5Y+R56Wo?=\r\n\r\nx\r\n"});
  EXPECT_EQ(fates_of(uid), "bob@b.test: dropped copies 0");
}

TEST_F(PostOffice, AMessageThatIsGoneIsNotDelivered) {
  rule(R"({"delay_delivery": {"for": "1s"}})");
  const auto uid = post();
  boxes.forget(uid, *messages.remove(uid).mail);
  advance(1s);
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  EXPECT_LT(boxes.octets_in_use(), 1'000U);
}

TEST_F(PostOffice, ClearingForgetsWhatWasToBeDone) {
  rule(R"({"delay_delivery": {"for": "1s"}})");
  post();
  office.clear();
  EXPECT_EQ(office.next_due(), std::nullopt);
  EXPECT_EQ(office.octets_in_use(), 0U);
}

TEST_F(PostOffice, AFullQueueDeliversAtOnceAndCounts) {
  rule(R"({"delay_delivery": {"for": "1h"}})", for_bob);
  for (std::size_t i = 0; i < due_queue::most; ++i) post();
  EXPECT_EQ(office.waiting(), due_queue::most);
  EXPECT_THAT(seen_by("bob@b.test"), IsEmpty());
  post();
  EXPECT_EQ(seen_by("bob@b.test").size(), 1U);
  EXPECT_EQ(office.refused(), 1U);
}

// What a reader sees

TEST_F(PostOffice, WithoutRulesAReaderSeesWhatTheMailboxHolds) {
  post({.text = "x\r\n"});
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 3"));
}

TEST_F(PostOffice, HiddenMailIsInTheMailboxAndNotSeen) {
  rule(R"({"hide": {}})",
       R"({"all": [{"rcpt": {"eq": "bob@b.test"}}, {"message.age": {"lt": "30s"}}]})",
       "mailbox_read");
  const auto uid = post({.to = {"bob@b.test", "carol@c.test"}, .text = "x\r\n"});
  EXPECT_THAT(listed_for("bob@b.test"), IsEmpty());
  EXPECT_THAT(listed_for("carol@c.test"), ElementsAre("1 3"));
  EXPECT_EQ(fates_of(uid), "bob@b.test: quarantined");
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1"));
  advance(30s);
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 3"));
  EXPECT_EQ(fates_of(uid), "bob@b.test: delivered");
}

TEST_F(PostOffice, AReaderMayGetOtherOctetsThanTheMailboxHolds) {
  rule(R"({"transform": {"kind": "truncate", "bytes": 5}})", "", "mailbox_read");
  const auto uid = post({.text = "0123456789\r\n"});
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 7 01234"));
  EXPECT_EQ(read_by("bob@b.test", 1), "0123456789\r\n");
  EXPECT_EQ(fates_of(uid), "");
}

TEST_F(PostOffice, AReaderMaySeeCopiesThatAreNotThere) {
  rule(R"({"duplicate": {"copies": 3}})", R"({"size": {"lt": 4}})", "mailbox_read");
  post({.text = "x\r\n"});
  post({.text = "long\r\n"});
  EXPECT_THAT(listed_for("bob@b.test"), ElementsAre("1 3", "1.2 3", "1.3 3", "2 6"));
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre("1", "2"));
}

TEST_F(PostOffice, CopiesWithAGapAreSeenOneByOne) {
  rule(R"({"duplicate": {"copies": 100000, "gap": "10s"}})", "", "mailbox_read");
  post({.text = "x\r\n"});
  EXPECT_EQ(listed_for("bob@b.test").size(), 1U);
  advance(25s);
  EXPECT_EQ(listed_for("bob@b.test").size(), 3U);
}

TEST_F(PostOffice, AnOversizedMailboxIsBounded) {
  rule(R"({"duplicate": {"copies": 100000}})", "", "mailbox_read");
  for (int i = 0; i < 12; ++i) post({.text = "x\r\n"});
  EXPECT_EQ(listed_for("bob@b.test").size(), 1'000'000U);
}

// Generated mail

TEST_F(PostOffice, ABounceComesToTheSenderInItsTime) {
  rule(R"({"drop": {}}, {"bounce": {"after": "90s", "status": "5.1.1"}})");
  const auto uid = post();
  EXPECT_EQ(fates_of(uid), "bob@b.test: bounced copies 0");
  advance(90s - 1ms);
  EXPECT_THAT(mails_for("alice@a.test"), IsEmpty());
  advance(1ms);
  ASSERT_EQ(announced.size(), 1U);
  const auto bounce = messages.get(*messages.find(announced.front()));
  EXPECT_EQ(bounce.mail->facts().source, model::origin::generated);
  EXPECT_EQ(bounce.mail->reverse_path(), "");
  EXPECT_EQ(bounce.fates->caused_by, messages.get(uid).mail->id());
  EXPECT_EQ(mails_for("alice@a.test").size(), 1U);
  EXPECT_EQ(judge.rules.hits().size(), 1U);  // it is judged by no rule itself
}

TEST_F(PostOffice, ANullSenderIsNeverAnswered) {
  rule(R"({"drop": {}}, {"bounce": {}}, {"complaint": {}}, {"auto_reply": {}})");
  const auto uid = post({.from = ""});
  advance(1h);
  EXPECT_THAT(announced, IsEmpty());
  EXPECT_EQ(fates_of(uid), "bob@b.test: dropped copies 0");
}

TEST_F(PostOffice, ABounceWithoutRoomIsCounted) {
  rule(R"({"bounce": {}})");
  has_room = false;
  post();
  advance(0s);
  EXPECT_THAT(announced, IsEmpty());
  EXPECT_EQ(office.refused(), 1U);
}

}  // namespace
}  // namespace mailrig::delivery
