#include "inspector_fixture.hpp"
#include "webui/inspector/event_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;

event numbered(store::message_uid uid) {
  return {event_kind::message, uid, {}};
}

TEST(EventRing, ForgetsTheOldest) {
  event_ring ring("t", 3);
  for (store::message_uid uid = 1; uid <= 5; ++uid) ring.push(numbered(uid));
  EXPECT_EQ(ring.begin(), 3U);
  EXPECT_EQ(ring.end(), 6U);
  EXPECT_EQ(ring.at(3), numbered(3));
  EXPECT_EQ(ring.at(5), numbered(5));
}

TEST(EventRing, GoesOnAfterAnId) {
  event_ring ring("t", 3);
  EXPECT_EQ(ring.after("t.0"), 1U);
  for (store::message_uid uid = 1; uid <= 5; ++uid) ring.push(numbered(uid));
  EXPECT_EQ(ring.after("t.5"), 6U);
  EXPECT_EQ(ring.after("t.2"), 3U);
  EXPECT_EQ(ring.after("t.1"), std::nullopt);  // 2 is forgotten
  for (const char* id : {"t.6", "u.3", "3", "t", "t.", "t.3x", "t.-1", ""})
    EXPECT_EQ(ring.after(id), std::nullopt) << id;
}

class EventHub : public testing::Test, protected inspector_test {
 protected:
  struct reader final : event_reader {
    void events_ready() override { ++told; }
    void give_up() override { has_given_up = true; }
    int told = 0;
    bool has_given_up = false;
  };

  std::string mail(int number) { return "Subject: mail " + std::to_string(number) + "\n\nx\n"; }
  // All that is ready for a subscription, once as many events are.
  std::string read(event_hub::subscription& from, event_number until) {
    loop.run_until([&] { return hub.ready() >= until; });
    return hub.write(from.next, 1 << 20);
  }

  event_hub hub{here.rig(), here.reader, "t", 100};
  reader one;
};

TEST_F(EventHub, TellsOfArrivalsInOrder) {
  auto from = hub.subscribe(one, "");
  here.put(mail(1));
  here.put(mail(2));
  const std::string text = read(from, 3);
  const std::size_t first = text.find("id: t.1\nevent: message\ndata: {\"id\":\"");
  const std::size_t second = text.find("\n\nid: t.2\nevent: message\ndata: {");
  EXPECT_EQ(first, 0U);
  EXPECT_NE(second, std::string::npos);
  EXPECT_LT(text.find("\"subject\":\"mail 1\""), second);
  EXPECT_TRUE(text.ends_with("}\n\n"));
  EXPECT_GE(one.told, 1);
  hub.unsubscribe(one);
}

TEST_F(EventHub, ARemovalNeverOvertakesItsMessage) {
  auto from = hub.subscribe(one, "");
  const auto kept = here.put(mail(1));
  const auto gone = here.put(mail(2));
  here.rig().remove(gone->id());
  const std::string text = read(from, 4);
  EXPECT_THAT(text, HasSubstr("\"subject\":\"mail 1\""));
  EXPECT_EQ(text.find("\"subject\":\"mail 2\""), std::string::npos);
  EXPECT_TRUE(text.ends_with("id: t.3\nevent: removed\ndata: {\"ids\":[\"" +
                             model::to_string(gone->id()) + "\"]}\n\n"))
      << text;
  hub.unsubscribe(one);
}

TEST_F(EventHub, EmptyingIsOneEvent) {
  auto from = hub.subscribe(one, "");
  here.put(mail(1));
  here.rig().remove_all();
  EXPECT_EQ(read(from, 3), "id: t.2\nevent: removed\ndata: {\"all\":true}\n\n");
  hub.unsubscribe(one);
}

TEST_F(EventHub, NothingIsParsedWhileNobodyReads) {
  here.put(mail(1));
  EXPECT_EQ(here.rig().messages().get(1).row, nullptr);
  EXPECT_EQ(hub.ready(), 1U);
}

TEST_F(EventHub, AReaderThatComesBackGetsWhatItMissed) {
  for (int i = 1; i <= 80; ++i) here.put(mail(i));
  auto from = hub.subscribe(one, "t.2");
  EXPECT_FALSE(from.has_gap);
  const std::string text = read(from, 81);
  EXPECT_TRUE(text.starts_with("id: t.3\n")) << text.substr(0, 200);
  EXPECT_THAT(text, HasSubstr("\"subject\":\"mail 80\""));
  EXPECT_EQ(from.next, 81U);
  hub.unsubscribe(one);
}

TEST_F(EventHub, ComingBackWhileRowsAreMadeLosesNothing) {
  for (int i = 1; i <= 3; ++i) here.put(mail(i));
  auto live = hub.subscribe(one, "");
  here.put(mail(4));  // its row is being made now
  reader other;
  auto resumed = hub.subscribe(other, "t.0");
  std::string text;
  loop.run_until([&] {
    text += hub.write(resumed.next, 1 << 20);
    return resumed.next == 5;
  });
  for (int i = 1; i <= 4; ++i)
    EXPECT_THAT(text, HasSubstr("\"subject\":\"mail " + std::to_string(i) + "\""));
  EXPECT_THAT(read(live, 5), HasSubstr("id: t.4\n"));
  hub.unsubscribe(one);
  hub.unsubscribe(other);
}

// A stream that is told before subscribe() has answered does not know yet what it may send.
TEST_F(EventHub, AReaderIsNotToldWhileItSubscribes) {
  auto live = hub.subscribe(one, "");
  here.put(mail(1));
  read(live, 2);  // from now on the row of mail 1 is there
  reader other;
  auto resumed = hub.subscribe(other, "t.0");
  EXPECT_EQ(other.told, 0);
  EXPECT_THAT(hub.write(resumed.next, 1 << 20), HasSubstr("\"subject\":\"mail 1\""));
  EXPECT_EQ(hub.write(live.next, 1 << 20), "");
  hub.unsubscribe(one);
  hub.unsubscribe(other);
}

TEST_F(EventHub, WhatIsForgottenIsAGap) {
  for (int i = 1; i <= 150; ++i) here.put(mail(i));
  const auto lost = hub.subscribe(one, "t.10");
  EXPECT_TRUE(lost.has_gap);
  EXPECT_EQ(lost.next, 151U);
  EXPECT_TRUE(hub.subscribe(one, "other.10").has_gap);
  hub.unsubscribe(one);
}

TEST_F(EventHub, WithoutThePoolReadersGiveUp) {
  here.pool.stop();
  static_cast<void>(hub.subscribe(one, ""));
  here.put(mail(1));
  loop.run_until([this] { return one.has_given_up; });
  hub.unsubscribe(one);
}

}  // namespace
}  // namespace mailrig::inspector
