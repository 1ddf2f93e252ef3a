// Rules of delivery in a rig: its own engine, its own clock, and a reader of a mailbox.
#include "capture/model/mail_builder.hpp"
#include "capture/rig/mailbox_visit.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/store/memory_store.hpp"
#include "tests/dialogues/world.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::rig {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RigDelivery : public testing::Test, public observer {
 protected:
  RigDelivery() { home().add_observer(*this); }

  rig& home() { return rigs.default_rig(); }
  void rule(const std::string& actions, const std::string& stage = "deliver") {
    const auto wrong =
        home().rules().put(R"({"rules": [{"where": {"protocol": "delivery", "stage": ")" + stage +
                           R"("}, "actions": [)" + actions + "]}]}");
    EXPECT_TRUE(wrong.empty());
  }
  model::mail_ref send(const std::string& to = "bob@b.test") {
    model::mail_builder builder(rigs, {"alice@a.test", "", {{to, "", 250, {2, 1, 5}, "Ok"}}}, 0);
    builder.append("Subject: hello\r\n\r\nbody\r\n");
    model::attempt_facts facts;
    facts.attempt = ids.draw(clock.now());
    facts.ended_at = clock.now();
    facts.result = model::outcome::accepted;
    model::mail_ref mail = builder.finish(facts, "");
    home().deliver(mail, [](const auto& put) { EXPECT_TRUE(put.has_value()); });
    return mail;
  }
  std::vector<std::string> read(std::string_view name) {
    mailbox_visit visit(rigs, home(), {1, 1});
    std::vector<std::string> texts;
    for (const model::mailbox_entry& each : visit.open(name, {}).entries)
      texts.emplace_back(visit.fetch(each, mailbox_visit::purpose::look)->bytes());
    return texts;
  }
  void message_announced(const rig&, store::message_uid, const model::mail_ref& mail) override {
    announced.push_back(mail);
  }

  dialogue::standing_clock clock;
  dialogue::counting_ids ids{1};
  rig_table rigs{{}, clock, ids, [] { return std::make_unique<store::memory_store>(); }};
  std::vector<model::mail_ref> announced;
};

TEST_F(RigDelivery, AdvancingTheClockDeliversWhatWasDelayed) {
  rule(R"({"delay_delivery": {"for": "1h"}})");
  send();
  EXPECT_THAT(read("bob@b.test"), IsEmpty());
  home().advance(59min);
  EXPECT_THAT(read("bob@b.test"), IsEmpty());
  home().advance(1min);
  EXPECT_EQ(read("bob@b.test").size(), 1U);
}

TEST_F(RigDelivery, TimeThatPassesDeliversToo) {
  rule(R"({"delay_delivery": {"for": "10s"}})");
  send();
  EXPECT_EQ(rigs.next_timer(), clock.now() + 10s);
  clock.advance(10s);
  rigs.run_timers();
  EXPECT_EQ(read("bob@b.test").size(), 1U);
  EXPECT_EQ(rigs.next_timer(), std::nullopt);
}

TEST_F(RigDelivery, ABounceIsAnnouncedInItsTimeAndCountedApart) {
  rule(R"({"drop": {}}, {"bounce": {"after": "90s"}})");
  send();
  home().advance(90s);
  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(announced.front()->facts().source, model::origin::generated);
  EXPECT_THAT(read("alice@a.test"), ElementsAre(HasSubstr("report-type=delivery-status")));
  EXPECT_EQ(rigs.count().messages_generated, 1U);
  EXPECT_EQ(rigs.count().fates[static_cast<std::size_t>(model::fate::bounced)], 1U);
}

TEST_F(RigDelivery, WhatIsDueAtOnceDoesNotWaitForAFrozenClock) {
  rule(R"({"complaint": {}})");
  home().set_frozen(true);
  send();
  EXPECT_EQ(rigs.next_timer(), clock.now());
  rigs.run_timers();
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(RigDelivery, AReaderGetsWhatTheRuleMadeOfIt) {
  rule(R"({"transform": {"kind": "truncate", "bytes": 7}})");
  send();
  EXPECT_THAT(read("bob@b.test"), ElementsAre("Subject"));
  rule(R"({"transform": {"kind": "truncate", "bytes": 3}})", "mailbox_read");
  EXPECT_THAT(read("bob@b.test"), ElementsAre("Sub"));
  EXPECT_EQ(rigs.receiving_octets(), 0U);
}

TEST_F(RigDelivery, EmptyingARigForgetsWhatWasToCome) {
  rule(R"({"delay_delivery": {"for": "1h"}}, {"bounce": {"after": "1h"}})");
  send();
  home().empty();
  home().advance(2h);
  EXPECT_THAT(announced, IsEmpty());
  EXPECT_THAT(read("bob@b.test"), IsEmpty());
}

TEST_F(RigDelivery, MagicRulesConcernOnlyMagicRecipients) {
  auto loaded = faults::load_rule_set(
      R"({"rules": [{"id": "magic", "where": {"protocol": "delivery", "stage": "deliver"},
          "actions": [{"drop": {}}]}]})");
  ASSERT_TRUE(loaded.rules);
  home().set_magic("fault.test", std::move(*loaded.rules));
  send("bob@b.test");
  send("x@FAULT.test");
  EXPECT_EQ(read("bob@b.test").size(), 1U);
  EXPECT_THAT(read("x@fault.test"), IsEmpty());
}

}  // namespace
}  // namespace mailrig::rig
