// What every store must do. A store's test names a maker and instantiates the suite:
//
//   struct memory_store_maker { static std::unique_ptr<store::store> make(); };
//   INSTANTIATE_TYPED_TEST_SUITE_P(MemoryStore, StoreContract, memory_store_maker);
//
// A store that answers put() later must have answered when make()'s store is next called.
#pragma once

#include "capture/store/store.hpp"
#include "tests/contract/make_mail.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::store::contract {

inline std::vector<message_uid> uids_of(const snapshot& taken) {
  std::vector<message_uid> result;
  for (message_uid uid = taken.begin_uid(); uid < taken.end_uid(); ++uid) {
    if (taken.find(uid) != nullptr) result.push_back(uid);
  }
  return result;
}

template <typename Maker>
class StoreContract : public testing::Test {
 protected:
  message_uid put(std::uint64_t n, std::string text = {}) {
    std::optional<put_result> result;
    int calls = 0;
    kept_->put(make_mail(n, std::move(text)), [&](std::optional<put_result> given) {
      result = given;
      ++calls;
    });
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(result.has_value());
    return result ? result->uid : 0;
  }
  void put_many(std::uint64_t count) {
    for (std::uint64_t n = 1; n <= count; ++n) put(n);
  }
  store& kept() { return *kept_; }

 private:
  std::unique_ptr<store> kept_ = Maker::make();
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, IsEmptyAtFirst) {
  EXPECT_EQ(this->kept().in_use(), usage{});
  EXPECT_EQ(this->kept().find({7, 1}), std::nullopt);
  EXPECT_FALSE(this->kept().get(1).mail);
  EXPECT_FALSE(this->kept().get(0).mail);
  EXPECT_FALSE(this->kept().remove(1).mail);
  EXPECT_FALSE(this->kept().remove_oldest().mail);
  EXPECT_EQ(this->kept().clear(), 0U);
  EXPECT_EQ(this->kept().take_snapshot().size(), 0U);
  EXPECT_TRUE(uids_of(this->kept().take_snapshot()).empty());
}

TYPED_TEST_P(StoreContract, GivesBackTheVeryMailByUidAndById) {
  const model::mail_ref mail = make_mail(1);
  this->kept().put(mail, [](std::optional<put_result>) {});
  const auto uid = this->kept().find(mail->id());
  ASSERT_TRUE(uid.has_value());
  EXPECT_EQ(this->kept().get(*uid).mail, mail);
  EXPECT_EQ(this->kept().get(*uid).row, nullptr);
  EXPECT_EQ(this->kept().find({7, 2}), std::nullopt);
  EXPECT_FALSE(this->kept().get(*uid + 1).mail);
}

TYPED_TEST_P(StoreContract, UidsGrowFromOneAndAreNeverUsedTwice) {
  EXPECT_EQ(this->put(1), 1U);
  EXPECT_EQ(this->put(2), 2U);
  (void)this->kept().remove(2);
  EXPECT_EQ(this->put(3), 3U);
  EXPECT_EQ(this->kept().clear(), 2U);
  EXPECT_EQ(this->put(4), 4U);
  EXPECT_EQ(this->kept().find({7, 4}), 4U);
  EXPECT_EQ(this->kept().find({7, 1}), std::nullopt);
}

TYPED_TEST_P(StoreContract, ARemovedMessageIsGoneAndOthersStay) {
  this->put_many(3);
  const entry removed = this->kept().remove(2);
  ASSERT_TRUE(removed.mail);
  EXPECT_EQ(removed.mail->id(), (model::id{7, 2}));
  EXPECT_FALSE(this->kept().remove(2).mail);
  EXPECT_EQ(this->kept().find({7, 2}), std::nullopt);
  EXPECT_EQ(uids_of(this->kept().take_snapshot()), (std::vector<message_uid>{1, 3}));
  EXPECT_EQ(this->kept().get(3).mail->id(), (model::id{7, 3}));
}

TYPED_TEST_P(StoreContract, TheOldestIsRemovedFirst) {
  this->put_many(4);
  (void)this->kept().remove(1);
  EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, 2}));
  EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, 3}));
  EXPECT_EQ(this->put(5), 5U);
  EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, 4}));
  EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, 5}));
  EXPECT_FALSE(this->kept().remove_oldest().mail);
  EXPECT_EQ(this->put(6), 6U);
  EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, 6}));
}

TYPED_TEST_P(StoreContract, TheOldestIsFoundAgainBehindAClear) {
  this->put_many(3);
  (void)this->kept().remove_oldest();
  (void)this->kept().clear();
  EXPECT_EQ(this->put(4), 4U);
  EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, 4}));
}

TYPED_TEST_P(StoreContract, ASnapshotKeepsWhatWasRemovedLater) {
  this->put_many(3);
  const snapshot before = this->kept().take_snapshot();
  (void)this->kept().remove(2);
  const snapshot between = this->kept().take_snapshot();
  (void)this->kept().clear();
  EXPECT_EQ(uids_of(before), (std::vector<message_uid>{1, 2, 3}));
  EXPECT_EQ(before.size(), 3U);
  EXPECT_EQ(before.find(2)->mail->bytes(), "mail 2");
  EXPECT_EQ(uids_of(between), (std::vector<message_uid>{1, 3}));
  EXPECT_EQ(between.size(), 2U);
  EXPECT_TRUE(uids_of(this->kept().take_snapshot()).empty());
}

TYPED_TEST_P(StoreContract, ASnapshotDoesNotSeeWhatCameLater) {
  this->put_many(2);
  const snapshot before = this->kept().take_snapshot();
  this->put(3);
  EXPECT_EQ(uids_of(before), (std::vector<message_uid>{1, 2}));
  EXPECT_EQ(before.find(3), nullptr);
  EXPECT_EQ(uids_of(this->kept().take_snapshot()), (std::vector<message_uid>{1, 2, 3}));
}

TYPED_TEST_P(StoreContract, ASnapshotDoesNotSeeARowThatCameLater) {
  this->put(1);
  const snapshot before = this->kept().take_snapshot();
  this->kept().set_row(1, std::make_shared<const std::string>("{}"));
  EXPECT_EQ(before.find(1)->row, nullptr);
  EXPECT_EQ(*this->kept().take_snapshot().find(1)->row, "{}");
}

TYPED_TEST_P(StoreContract, ASnapshotOutlivesItsStore) {
  snapshot held;
  {
    auto other = TypeParam::make();
    other->put(make_mail(1), [](std::optional<put_result>) {});
    held = other->take_snapshot();
  }
  EXPECT_EQ(held.find(1)->mail->bytes(), "mail 1");
}

TYPED_TEST_P(StoreContract, CountsMessagesAndOctetsWithTheirRows) {
  const std::size_t first = make_mail(1)->footprint();
  const std::size_t second = make_mail(2, std::string(1000, 'x'))->footprint();
  this->put(1);
  this->put(2, std::string(1000, 'x'));
  EXPECT_EQ(this->kept().in_use(), (usage{2, first + second}));
  this->kept().set_row(1, std::make_shared<const std::string>(300, 'r'));
  EXPECT_EQ(this->kept().in_use(), (usage{2, first + second + 300}));
  this->kept().set_row(1, std::make_shared<const std::string>(100, 'r'));
  EXPECT_EQ(this->kept().in_use(), (usage{2, first + second + 100}));
  this->kept().set_row(1, nullptr);
  EXPECT_EQ(this->kept().in_use(), (usage{2, first + second}));
  this->kept().set_row(2, std::make_shared<const std::string>(50, 'r'));
  (void)this->kept().remove(2);
  EXPECT_EQ(this->kept().in_use(), (usage{1, first}));
  this->kept().set_row(2, std::make_shared<const std::string>(50, 'r'));
  this->kept().set_row(99, std::make_shared<const std::string>(50, 'r'));
  EXPECT_EQ(this->kept().in_use(), (usage{1, first}));
  (void)this->kept().clear();
  EXPECT_EQ(this->kept().in_use(), usage{});
}

TYPED_TEST_P(StoreContract, KeepsFactsAndMarksWithAMessage) {
  const std::size_t size = make_mail(1)->footprint();
  this->put(1);
  const snapshot before = this->kept().take_snapshot();
  this->kept().set_facts(1, std::make_shared<const std::string>(70, 'f'));
  this->kept().set_marks(1, std::make_shared<const message_marks>(message_marks{true, {"seen"}}));
  EXPECT_EQ(before.find(1)->facts, nullptr);
  EXPECT_EQ(before.find(1)->marks, nullptr);
  EXPECT_EQ(this->kept().get(1).facts->size(), 70U);
  EXPECT_EQ(*this->kept().get(1).marks, (message_marks{true, {"seen"}}));
  EXPECT_GT(this->kept().in_use().octets, size + 70);
  this->kept().set_facts(7, std::make_shared<const std::string>());
  this->kept().set_marks(7, nullptr);
  this->kept().set_facts(1, nullptr);
  this->kept().set_marks(1, nullptr);
  EXPECT_EQ(this->kept().in_use(), (usage{1, size}));
}

TYPED_TEST_P(StoreContract, KeepsFatesWithAMessageAndCountsThem) {
  const auto uid = this->put(1);
  const usage before = this->kept().in_use();
  EXPECT_EQ(this->kept().get(uid).fates, nullptr);
  const auto fates = std::make_shared<const model::mail_fates>(
      model::mail_fates{{{"bob@b.test", model::fate::dropped, {}, "r1"}}, {}});
  const snapshot earlier = this->kept().take_snapshot();
  this->kept().set_fates(uid, fates);
  EXPECT_EQ(this->kept().get(uid).fates, fates);
  EXPECT_EQ(earlier.find(uid)->fates, nullptr);
  EXPECT_EQ(this->kept().in_use().octets, before.octets + fates->footprint());
  this->kept().set_fates(uid, nullptr);
  EXPECT_EQ(this->kept().in_use(), before);
  this->kept().set_fates(uid + 1, fates);
  EXPECT_EQ(this->kept().get(uid + 1).fates, nullptr);
}

TYPED_TEST_P(StoreContract, KnowsTheUidToCome) {
  EXPECT_EQ(this->kept().end_uid(), 1U);
  const auto put = this->put(1);
  EXPECT_EQ(this->kept().end_uid(), put + 1);
  EXPECT_LE(this->kept().begin_uid(), 1U);
  (void)this->kept().clear();
  EXPECT_EQ(this->kept().end_uid(), 2U);
}

TYPED_TEST_P(StoreContract, ABlocksWorthOfMessagesComesAndGoes) {
  for (std::uint64_t n = 1; n <= 3 * block_size; ++n) {
    this->put(n);
    if (n > 10) {
      EXPECT_EQ(this->kept().remove_oldest().mail->id(), (model::id{7, n - 10}));
    }
  }
  EXPECT_EQ(this->kept().in_use().messages, 10U);
  const snapshot rest = this->kept().take_snapshot();
  EXPECT_EQ(rest.size(), 10U);
  EXPECT_EQ(uids_of(rest).front(), 3 * block_size - 9);
}

TYPED_TEST_P(StoreContract, AMessageIsPutBehindAnEmptiedBlock) {
  this->put_many(block_size);
  while (this->kept().remove_oldest().mail) {
  }
  const message_uid next = this->put(block_size + 1);
  EXPECT_EQ(next, block_size + 1);
  EXPECT_EQ(this->kept().get(next).mail->id(), (model::id{7, block_size + 1}));
  EXPECT_EQ(uids_of(this->kept().take_snapshot()), (std::vector<message_uid>{next}));
}

// A hundred thousand messages, two thirds of them removed in random order: what is left is what a
// set of the same uids says.
TYPED_TEST_P(StoreContract, AHundredThousandMessagesWithHoles) {
  constexpr std::uint64_t count = 100'000;
  std::set<message_uid> alive;
  for (std::uint64_t n = 1; n <= count; ++n) alive.insert(this->put(n, "m"));
  const snapshot full = this->kept().take_snapshot();
  std::mt19937_64 random(2026);
  while (alive.size() > count / 3) {
    const message_uid uid = 1 + random() % count;
    EXPECT_EQ(this->kept().remove(uid).mail != nullptr, alive.erase(uid) == 1);
  }
  EXPECT_EQ(this->kept().in_use().messages, alive.size());
  std::size_t octets = 0;
  for (const message_uid uid : alive) octets += this->kept().get(uid).mail->footprint();
  EXPECT_EQ(this->kept().in_use().octets, octets);
  const std::vector<message_uid> left = uids_of(this->kept().take_snapshot());
  EXPECT_EQ(left, std::vector<message_uid>(alive.begin(), alive.end()));
  EXPECT_EQ(full.size(), count);
  EXPECT_EQ(uids_of(full).size(), count);
  for (const message_uid uid : left) EXPECT_EQ(this->kept().find({7, uid}), uid);
}

TYPED_TEST_P(StoreContract, KnowsItsOldest) {
  EXPECT_EQ(this->kept().oldest().mail, nullptr);
  this->put_many(3);
  EXPECT_EQ(this->kept().oldest().mail->id().low, 1U);
  this->kept().remove(1);
  EXPECT_EQ(this->kept().oldest().mail->id().low, 2U);
  this->kept().remove_oldest();
  EXPECT_EQ(this->kept().oldest().mail->id().low, 3U);
  this->kept().clear();
  EXPECT_EQ(this->kept().oldest().mail, nullptr);
}

TYPED_TEST_P(StoreContract, CountsIntoASharedTotal) {
  usage total{10, 100};
  this->put(1);
  this->kept().count_into(total);
  const auto expect_sum = [&] {
    const usage own = this->kept().in_use();
    EXPECT_EQ(total, (usage{10 + own.messages, 100 + own.octets}));
  };
  expect_sum();
  const message_uid uid = this->put(2, "some text");
  expect_sum();
  this->kept().set_row(uid, std::make_shared<const std::string>("{}"));
  expect_sum();
  this->kept().remove(uid);
  expect_sum();
  this->put(3);
  this->kept().remove_oldest();
  expect_sum();
  this->kept().clear();
  EXPECT_EQ(total, (usage{10, 100}));
}

TYPED_TEST_P(StoreContract, ItsRevisionChangesWithWhatReadersSee) {
  std::uint64_t before = this->kept().revision();
  const auto expect_change = [&](const char* what) {
    EXPECT_NE(this->kept().revision(), before) << what;
    before = this->kept().revision();
  };
  const message_uid uid = this->put(1);
  expect_change("put");
  this->kept().set_marks(uid, std::make_shared<const message_marks>());
  expect_change("set_marks");
  this->kept().set_fates(uid, std::make_shared<const model::mail_fates>());
  expect_change("set_fates");
  this->kept().set_row(uid, std::make_shared<const std::string>("{}"));
  this->kept().set_facts(uid, std::make_shared<const std::string>("{}"));
  this->kept().remove(uid + 1);
  EXPECT_EQ(this->kept().revision(), before);
  this->kept().remove(uid);
  expect_change("remove");
  this->put(2);
  expect_change("put");
  this->kept().remove_oldest();
  expect_change("remove_oldest");
  this->put(3);
  expect_change("put");
  this->kept().clear();
  expect_change("clear");
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, IsEmptyAtFirst, GivesBackTheVeryMailByUidAndById,
                            UidsGrowFromOneAndAreNeverUsedTwice, ARemovedMessageIsGoneAndOthersStay,
                            TheOldestIsRemovedFirst, TheOldestIsFoundAgainBehindAClear,
                            ASnapshotKeepsWhatWasRemovedLater, ASnapshotDoesNotSeeWhatCameLater,
                            ASnapshotDoesNotSeeARowThatCameLater, ASnapshotOutlivesItsStore,
                            CountsMessagesAndOctetsWithTheirRows, KnowsItsOldest,
                            KeepsFactsAndMarksWithAMessage, KnowsTheUidToCome,
                            KeepsFatesWithAMessageAndCountsThem, CountsIntoASharedTotal,
                            ABlocksWorthOfMessagesComesAndGoes, AMessageIsPutBehindAnEmptiedBlock,
                            ItsRevisionChangesWithWhatReadersSee,
                            AHundredThousandMessagesWithHoles);

}  // namespace mailrig::store::contract
