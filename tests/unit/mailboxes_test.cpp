#include "capture/delivery/mailboxes.hpp"

#include "capture/model/mail_builder.hpp"
#include "capture/store/memory_store.hpp"
#include "tests/contract/make_mail.hpp"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::delivery {
namespace {

using model::mailbox_refusal;
using testing::ElementsAre;

constexpr model::id first_session{1, 1};
constexpr model::id second_session{1, 2};

struct addressee {
  std::string address;
  std::uint16_t code = 250;
};

class Mailboxes : public testing::Test {
 protected:
  // Stores the n-th mail; n grows with each.
  store::message_uid store_mail(const std::vector<addressee>& to, std::string text = "text\r\n") {
    static store::contract::endless_budget budget;
    model::envelope envelope{"sender@a.test", "", {}};
    for (const addressee& each : to)
      envelope.recipients.push_back({each.address, "", each.code, {}, ""});
    model::mail_builder builder(budget, envelope, 0);
    builder.append(text);
    model::attempt_facts facts;
    facts.attempt = {7, ++stored_};
    facts.result = model::outcome::accepted;
    store::message_uid uid = 0;
    messages.put(builder.finish(facts, ""), [&uid](const auto& put) { uid = put->uid; });
    return uid;
  }
  void remove(store::message_uid uid) { boxes.forget(uid, *messages.remove(uid).mail); }

  model::opened_mailbox open(std::string_view name, const model::id& session = first_session) {
    return boxes.open({name, session, now}, rules);
  }
  // Numbers of the mails that a login sees; the mailbox is closed again.
  std::vector<std::uint64_t> seen_by(std::string_view name) {
    const model::opened_mailbox opened = open(name);
    std::vector<std::uint64_t> result;
    for (const model::mailbox_entry& each : opened.entries) result.push_back(each.message.low);
    boxes.close(opened.name, first_session);
    return result;
  }
  std::vector<std::string> names() {
    std::vector<std::string> result;
    for (const auto& [name, each] : boxes.named()) result.push_back(name);
    return result;
  }

  store::memory_store messages;
  mailboxes boxes{messages};
  model::mailbox_rules rules;
  model::instant now = std::chrono::sys_days{std::chrono::November / 22 / 2026};

 private:
  std::uint64_t stored_ = 0;
};

TEST_F(Mailboxes, EveryAcceptedRecipientHasOne) {
  store_mail({{"alice@a.test"}, {"bob@b.test"}, {"mallory@m.test", 550}});
  store_mail({{"bob@b.test"}});
  EXPECT_THAT(names(), ElementsAre("alice@a.test", "bob@b.test"));
  EXPECT_THAT(seen_by("alice@a.test"), ElementsAre(1));
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre(1, 2));
}

TEST_F(Mailboxes, TheOneOfAllSeesEveryMessageNewestLast) {
  store_mail({{"alice@a.test"}});
  store_mail({{"mallory@m.test", 550}});
  store_mail({{"bob@b.test"}, {"alice@a.test"}});
  EXPECT_THAT(seen_by("*"), ElementsAre(1, 2, 3));
}

TEST_F(Mailboxes, NamesCompareWithoutAsciiCase) {
  store_mail({{"Alice@A.Test"}});
  store_mail({{"aLICE@a.tEST"}});
  EXPECT_THAT(names(), ElementsAre("alice@a.test"));
  EXPECT_THAT(seen_by("ALICE@A.TEST"), ElementsAre(1, 2));
}

TEST_F(Mailboxes, ATaggedAddressIsItsOwn) {
  store_mail({{"a@x.test"}});
  store_mail({{"a+b@x.test"}});
  EXPECT_THAT(seen_by("a@x.test"), ElementsAre(1));
  EXPECT_THAT(seen_by("a+b@x.test"), ElementsAre(2));
}

TEST_F(Mailboxes, ARecipientGivenTwiceGetsOneCopy) {
  store_mail({{"alice@a.test"}, {"bob@b.test"}, {"ALICE@a.test"}});
  EXPECT_THAT(seen_by("alice@a.test"), ElementsAre(1));
}

TEST_F(Mailboxes, ALocalPartOpensTheOnlyMailboxOfThatName) {
  store_mail({{"alice@a.test"}, {"bob@b.test"}, {"alicea@a.test"}});
  EXPECT_THAT(seen_by("alice"), ElementsAre(1));
  EXPECT_EQ(open("alice").name, "alice@a.test");
}

TEST_F(Mailboxes, ALocalPartOfSeveralIsAmbiguousAndNamesThem) {
  store_mail({{"alice@a.test"}, {"alice@b.test"}});
  const auto refused = open("alice");
  EXPECT_EQ(refused.refused, mailbox_refusal::ambiguous);
  EXPECT_EQ(refused.name, "alice@a.test, alice@b.test");
}

TEST_F(Mailboxes, ANameWithoutDomainIsTakenBeforeLocalParts) {
  store_mail({{"postmaster"}});
  store_mail({{"postmaster@a.test"}});
  EXPECT_THAT(seen_by("Postmaster"), ElementsAre(1));
}

TEST_F(Mailboxes, TheLocalPartOfAQuotedAddressReachesToTheLastAt) {
  store_mail({{"\"a@b\"@x.test"}});
  const auto opened = open("\"a");
  EXPECT_EQ(opened.name, "\"a");
  EXPECT_TRUE(opened.entries.empty());
}

TEST_F(Mailboxes, AnUnknownLoginSeesAnEmptyMailbox) {
  const auto opened = open("nobody@a.test");
  EXPECT_FALSE(opened.refused);
  EXPECT_TRUE(opened.entries.empty());
  boxes.close("nobody@a.test", first_session);
  EXPECT_TRUE(names().empty());
}

TEST_F(Mailboxes, AnUnknownLoginIsRefusedWhenAskedFor) {
  rules.unknown = model::mailbox_rules::unknown_login::is_refused;
  store_mail({{"alice@a.test"}});
  EXPECT_EQ(open("nobody@a.test").refused, mailbox_refusal::unknown);
  EXPECT_EQ(open("nobody").refused, mailbox_refusal::unknown);
  EXPECT_FALSE(open("alice@a.test").refused);
  EXPECT_FALSE(open("*").refused);
}

TEST_F(Mailboxes, TheNameOfTheOneOfAllCanBeAnother) {
  rules.all_name = "Everything";
  store_mail({{"alice@a.test"}});
  EXPECT_THAT(seen_by("everything"), ElementsAre(1));
  EXPECT_EQ(open("*").refused, mailbox_refusal::unknown);
}

TEST_F(Mailboxes, ASecondSessionIsRefusedWhileTheFirstHasIt) {
  store_mail({{"alice@a.test"}});
  EXPECT_FALSE(open("alice@a.test", first_session).refused);
  EXPECT_EQ(open("ALICE", second_session).refused, mailbox_refusal::in_use);
  EXPECT_FALSE(open("*", second_session).refused);
  boxes.close("alice@a.test", first_session);
  EXPECT_FALSE(open("alice@a.test", second_session).refused);
}

TEST_F(Mailboxes, AnEmptyMailboxIsLockedToo) {
  EXPECT_FALSE(open("nobody@a.test", first_session).refused);
  EXPECT_EQ(open("nobody@a.test", second_session).refused, mailbox_refusal::in_use);
}

TEST_F(Mailboxes, SeveralSessionsShareItWhenAskedFor) {
  rules.locking = model::mailbox_rules::lock::shared;
  store_mail({{"alice@a.test"}});
  EXPECT_FALSE(open("alice", first_session).refused);
  EXPECT_FALSE(open("alice", second_session).refused);
  EXPECT_THAT(boxes.find("alice@a.test")->open_by(), ElementsAre(first_session, second_session));
}

TEST_F(Mailboxes, AnotherSessionsCloseReleasesNothing) {
  EXPECT_FALSE(open("alice@a.test", first_session).refused);
  boxes.close("alice@a.test", second_session);
  EXPECT_EQ(open("alice@a.test", second_session).refused, mailbox_refusal::in_use);
}

TEST_F(Mailboxes, ALoginTooSoonAfterTheLastIsRefused) {
  rules.login_delay = std::chrono::seconds{60};
  EXPECT_FALSE(open("alice@a.test").refused);
  boxes.close("alice@a.test", first_session);
  EXPECT_EQ(open("alice@a.test").refused, mailbox_refusal::login_delay);
  EXPECT_FALSE(open("bob@b.test").refused);
  now += std::chrono::seconds{60};
  EXPECT_FALSE(open("alice@a.test").refused);
}

TEST_F(Mailboxes, ADeletedEntryIsHiddenFromReadersOnly) {
  store_mail({{"alice@a.test"}});
  store_mail({{"alice@a.test"}});
  const auto opened = open("alice@a.test");
  const mailbox_visit visit{first_session, now, mailbox_visit::deed::deleted};
  boxes.note(opened.name, opened.entries[0], visit);
  boxes.close(opened.name, first_session);
  EXPECT_THAT(seen_by("alice@a.test"), ElementsAre(2));
  EXPECT_THAT(seen_by("*"), ElementsAre(1, 2));
  EXPECT_EQ(messages.in_use().messages, 2U);
  const mailbox& kept = *boxes.find("alice@a.test");
  EXPECT_THAT(kept.visits_of(kept.entries()[0]), ElementsAre(visit));
  EXPECT_EQ(kept.visible(), 1U);
  EXPECT_EQ(kept.deleted(), 1U);
}

TEST_F(Mailboxes, AReadEntryIsKnownAsReadToLaterSessions) {
  store_mail({{"alice@a.test"}});
  const auto opened = open("alice@a.test");
  EXPECT_FALSE(opened.entries[0].was_read);
  boxes.note(opened.name, opened.entries[0], {first_session, now, mailbox_visit::deed::read});
  boxes.close(opened.name, first_session);
  EXPECT_TRUE(open("alice@a.test").entries[0].was_read);
}

TEST_F(Mailboxes, OnlyTheNewestVisitsOfAnEntryAreKept) {
  store_mail({{"alice@a.test"}});
  const auto opened = open("alice@a.test");
  for (int i = 0; i < 25; ++i)
    boxes.note(opened.name, opened.entries[0],
               {first_session, now + std::chrono::seconds{i}, mailbox_visit::deed::read});
  const mailbox& kept = *boxes.find("alice@a.test");
  const auto& visits = kept.visits_of(kept.entries()[0]);
  ASSERT_EQ(visits.size(), 20U);
  EXPECT_EQ(visits.back().at, now + std::chrono::seconds{24});
}

TEST_F(Mailboxes, ARemovedMessageLeavesAllOfThem) {
  const auto uid = store_mail({{"alice@a.test"}, {"bob@b.test"}});
  store_mail({{"bob@b.test"}});
  EXPECT_THAT(names(), ElementsAre("alice@a.test", "bob@b.test"));
  remove(uid);
  EXPECT_THAT(names(), ElementsAre("bob@b.test"));
  EXPECT_THAT(seen_by("bob@b.test"), ElementsAre(2));
  EXPECT_THAT(seen_by("*"), ElementsAre(2));
}

TEST_F(Mailboxes, AMessageThatWentBeforeAnybodyLookedIsNeverThere) {
  const auto uid = store_mail({{"alice@a.test"}});
  remove(uid);
  store_mail({{"bob@b.test"}});
  EXPECT_THAT(names(), ElementsAre("bob@b.test"));
}

TEST_F(Mailboxes, WhatIsOpenStaysLockedWhenAllMessagesGo) {
  store_mail({{"alice@a.test"}, {"bob@b.test"}});
  EXPECT_FALSE(open("alice@a.test").refused);
  messages.clear();
  boxes.clear();
  EXPECT_THAT(names(), ElementsAre("alice@a.test"));
  EXPECT_EQ(open("alice@a.test", second_session).refused, mailbox_refusal::in_use);
  store_mail({{"alice@a.test"}});
  boxes.close("alice@a.test", first_session);
  EXPECT_THAT(seen_by("alice@a.test"), ElementsAre(3 - 1));
}

TEST_F(Mailboxes, SizesAreTheOctetsHandedOut) {
  store_mail({{"a@a.test"}}, "x\r\n");
  store_mail({{"a@a.test"}}, "x");
  store_mail({{"a@a.test"}}, "x\n");
  store_mail({{"a@a.test"}}, "");
  std::vector<std::uint64_t> sizes;
  for (const auto& each : open("a@a.test").entries) sizes.push_back(each.octets);
  EXPECT_THAT(sizes, ElementsAre(3, 3, 4, 0));
}

TEST_F(Mailboxes, FurtherCopiesHaveTheirOwnUniqueIds) {
  const auto first = store_mail({{"a@a.test"}});
  boxes.deliver("a@a.test", {first});
  store_mail({{"a@a.test"}});
  boxes.deliver("a@a.test", {first});
  std::set<std::string> ids;
  const auto opened = open("a@a.test");
  for (const auto& each : opened.entries) ids.insert(unique_id(each));
  const std::string id = to_string(model::id{7, 1});
  EXPECT_THAT(ids,
              testing::UnorderedElementsAre(id, id + ".2", id + ".3", to_string(model::id{7, 2})));
  boxes.note(opened.name, opened.entries[3], {first_session, now, mailbox_visit::deed::deleted});
  boxes.close(opened.name, first_session);
  EXPECT_THAT(seen_by("a@a.test"), ElementsAre(1, 1, 2));
  remove(first);
  EXPECT_THAT(seen_by("a@a.test"), ElementsAre(2));
}

TEST_F(Mailboxes, RemovingInAnyOrderLeavesNoOctets) {
  EXPECT_EQ(boxes.octets_in_use(), 0U);
  std::vector<store::message_uid> uids;
  uids.reserve(500);
  for (int i = 0; i < 500; ++i)
    uids.push_back(store_mail({{"a" + std::to_string(i % 7) + "@a.test"}, {"b@b.test"}}));
  EXPECT_EQ(seen_by("b@b.test").size(), 500U);
  EXPECT_GT(boxes.octets_in_use(), 500U * sizeof(mailbox::entry) * 2);
  for (std::size_t i = 0; i < uids.size(); i += 2) remove(uids[i]);
  EXPECT_EQ(seen_by("b@b.test").size(), 250U);
  EXPECT_EQ(seen_by("*").size(), 250U);
  for (std::size_t i = 1; i < uids.size(); i += 2) remove(uids[i]);
  EXPECT_TRUE(names().empty());
  EXPECT_LT(boxes.octets_in_use(), 3000U);  // what the one of all may keep to write into
}

}  // namespace
}  // namespace mailrig::delivery
