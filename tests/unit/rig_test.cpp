#include "capture/model/mail_builder.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_recorder.hpp"
#include "capture/store/memory_store.hpp"
#include "tests/dialogues/world.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::rig {
namespace {

using dialogue::counting_ids;
using dialogue::standing_clock;

class listening_observer final : public observer {
 public:
  std::vector<std::string> heard;

 private:
  void message_announced(const rig&, store::message_uid uid, const model::mail_ref& mail) override {
    heard.push_back("announced " + std::to_string(uid) + ' ' + std::string(mail->bytes()));
  }
  void messages_removed(const rig&, const std::vector<model::id>& which, removal why) override {
    for (const model::id& each : which)
      heard.push_back((why == removal::evicted ? "evicted " : "deleted ") +
                      std::to_string(each.low));
  }
  void all_messages_removed(const rig&, std::size_t count) override {
    heard.push_back("cleared " + std::to_string(count));
  }
  void attempt_ended(const rig&, const model::mail_ref& attempt) override {
    heard.push_back("attempt " + std::to_string(attempt->id().low));
  }
  void session_ended(const rig&, const session_record& session) override {
    heard.push_back("session " + session.peer);
  }
};

class RigTable : public testing::Test {
 protected:
  explicit RigTable(table_limits limits = {})
      : rigs(limits, clock, ids, [] { return std::make_unique<store::memory_store>(); }) {
    rigs.default_rig().add_observer(heard);
  }

  model::mail_ref make_mail(std::uint64_t n, std::size_t size, model::outcome result) {
    model::mail_builder builder(rigs, model::envelope{}, 0);
    builder.append(std::string(size, 'x'));
    model::attempt_facts facts;
    facts.attempt = {9, n};
    facts.result = result;
    return builder.finish(facts, "");
  }
  void deliver(std::uint64_t n, std::size_t size) {
    rigs.default_rig().deliver(make_mail(n, size, model::outcome::accepted),
                               [](const auto& put) { EXPECT_TRUE(put.has_value()); });
  }

  standing_clock clock;
  counting_ids ids{1};
  listening_observer heard;
  rig_table rigs;
};

class SmallRigTable : public RigTable {
 protected:
  SmallRigTable() : RigTable(table_limits{3, 50'000, 4096}) {}
};

TEST_F(RigTable, BeginsWithTheRigDefault) {
  EXPECT_EQ(rigs.default_rig().name(), "default");
  EXPECT_EQ(rigs.find("default"), &rigs.default_rig());
  EXPECT_EQ(rigs.find("other"), nullptr);
  EXPECT_EQ(rigs.in_use(), store::usage{});
}

TEST_F(RigTable, AMessageIsAnnouncedWhenTheDriverSaysSo) {
  deliver(1, 2);
  EXPECT_TRUE(heard.heard.empty());
  rigs.default_rig().announce({9, 1});
  EXPECT_EQ(heard.heard, (std::vector<std::string>{"announced 1 xx"}));
}

TEST_F(RigTable, AMessageRemovedBeforeItsReplyIsNotAnnounced) {
  deliver(1, 2);
  EXPECT_TRUE(rigs.default_rig().remove({9, 1}));
  rigs.default_rig().announce({9, 1});
  EXPECT_EQ(heard.heard, (std::vector<std::string>{"deleted 1"}));
}

TEST_F(RigTable, ObserversHearOfRemovals) {
  deliver(1, 1);
  deliver(2, 1);
  deliver(3, 1);
  EXPECT_TRUE(rigs.default_rig().remove({9, 2}));
  EXPECT_FALSE(rigs.default_rig().remove({9, 2}));
  EXPECT_TRUE(rigs.default_rig().evict_oldest());
  EXPECT_EQ(rigs.default_rig().remove_all(), 1U);
  EXPECT_FALSE(rigs.default_rig().evict_oldest());
  EXPECT_EQ(rigs.default_rig().evicted_count(), 1U);
  EXPECT_EQ(heard.heard, (std::vector<std::string>{"deleted 2", "evicted 1", "cleared 1"}));
}

TEST_F(RigTable, AnObserverThatWentHearsNothing) {
  rigs.default_rig().remove_observer(heard);
  deliver(1, 1);
  rigs.default_rig().announce({9, 1});
  EXPECT_TRUE(heard.heard.empty());
}

TEST_F(RigTable, AttemptsAreKeptUpToSixteenMebibytes) {
  for (std::uint64_t n = 1; n <= 20; ++n)
    rigs.default_rig().attempt_ended(make_mail(n, 1 << 20, model::outcome::aborted));
  const auto& kept = rigs.default_rig().attempts();
  EXPECT_EQ(kept.size(), 15U);
  EXPECT_EQ(kept.back()->id().low, 20U);
  EXPECT_EQ(heard.heard.size(), 20U);
}

TEST_F(RigTable, OneAttemptLargerThanTheLimitIsKeptAlone) {
  rigs.default_rig().attempt_ended(make_mail(1, 10, model::outcome::aborted));
  rigs.default_rig().attempt_ended(make_mail(2, 17 << 20, model::outcome::aborted));
  ASSERT_EQ(rigs.default_rig().attempts().size(), 1U);
  EXPECT_EQ(rigs.default_rig().attempts().front()->id().low, 2U);
}

TEST_F(RigTable, TenThousandAttemptsAndSessionsAreKept) {
  for (std::uint64_t n = 1; n <= 10'100; ++n) {
    rigs.default_rig().attempt_ended(make_mail(n, 0, model::outcome::rejected));
    session_recorder recorder(rigs, rigs.default_rig(), "smtp", std::to_string(n));
  }
  EXPECT_EQ(rigs.default_rig().attempts().size(), 10'000U);
  EXPECT_EQ(rigs.default_rig().attempts().front()->id().low, 101U);
  EXPECT_EQ(rigs.default_rig().sessions().size(), 10'000U);
  EXPECT_EQ(rigs.default_rig().sessions().front()->peer, "101");
}

TEST_F(RigTable, ASessionIsRecordedWhileItRuns) {
  session_recorder recorder(rigs, rigs.default_rig(), "smtp", "[::1]:40123");
  const auto record = rigs.default_rig().sessions().front();
  EXPECT_FALSE(record->ended_at.has_value());
  recorder.helo_given("client.test");
  recorder.octets_read(10);
  recorder.octets_read(5);
  recorder.octets_written(7);
  clock.advance(model::duration{250});
  recorder.tick();
  recorder.said(model::direction::from_client, "HELO client.test\r\n");
  recorder.body_received(31);
  recorder.noted("bare_lf", "A sentence");
  recorder.ended(model::ended_by::client_fin);
  EXPECT_EQ(record->helo, "client.test");
  EXPECT_EQ(record->octets_in, 15U);
  EXPECT_EQ(record->octets_out, 7U);
  EXPECT_EQ(record->notes, (std::vector<note>{{"bare_lf", "A sentence"}}));
  EXPECT_EQ(record->ended_by, model::ended_by::client_fin);
  EXPECT_EQ(*record->ended_at - record->started_at, model::duration{250});
  const std::vector<transcript_line> said = {
      {transcript_kind::from_client, 250, "HELO client.test\r\n"},
      {transcript_kind::note, 250, "mail data, octets: 31"},
      {transcript_kind::note, 250, "A sentence"}};
  EXPECT_EQ(rigs.transcripts().read(record->transcript).lines, said);
  EXPECT_EQ(heard.heard, (std::vector<std::string>{"session [::1]:40123"}));
}

TEST_F(RigTable, ASessionNamesAHundredAttemptsAndNotesAndCountsTheAttempts) {
  session_recorder recorder(rigs, rigs.default_rig(), "smtp", "x");
  for (std::uint64_t n = 1; n <= 150; ++n) {
    recorder.attempt_ended(make_mail(n, 0, model::outcome::aborted));
    recorder.noted("n", std::to_string(n));
  }
  const auto record = rigs.default_rig().sessions().front();
  EXPECT_EQ(record->attempts.size(), 100U);
  EXPECT_EQ(record->attempt_count, 150U);
  EXPECT_EQ(record->notes.size(), 100U);
}

TEST_F(SmallRigTable, MakesRoomForOneMoreMessageByEvictingTheOldest) {
  for (std::uint64_t n = 1; n <= 5; ++n) deliver(n, 1);
  EXPECT_EQ(rigs.in_use().messages, 3U);
  EXPECT_EQ(heard.heard, (std::vector<std::string>{"evicted 1", "evicted 2"}));
}

TEST_F(SmallRigTable, MakesRoomForOctetsByEvictingTheOldest) {
  deliver(1, 20'000);
  deliver(2, 20'000);
  EXPECT_TRUE(rigs.take(15'000));
  EXPECT_EQ(heard.heard, (std::vector<std::string>{"evicted 1"}));
  EXPECT_TRUE(rigs.take(14'000));
  EXPECT_EQ(heard.heard.size(), 1U);
  rigs.give_back(29'000);
}

TEST_F(SmallRigTable, WhatNeverFitsEvictsNothing) {
  deliver(1, 20'000);
  EXPECT_FALSE(rigs.take(50'001));
  EXPECT_TRUE(rigs.take(25'000));
  EXPECT_FALSE(rigs.take(25'001));
  EXPECT_EQ(rigs.in_use().messages, 1U);
  EXPECT_TRUE(heard.heard.empty());
  rigs.give_back(25'000);
}

TEST_F(SmallRigTable, WhatIsGivenBackCanBeTakenAgain) {
  EXPECT_TRUE(rigs.take(50'000));
  EXPECT_FALSE(rigs.take(1));
  rigs.give_back(50'000);
  EXPECT_TRUE(rigs.take(50'000));
  rigs.give_back(50'000);
}

}  // namespace
}  // namespace mailrig::rig
