#include "capture/rig/query_parser.hpp"
#include "capture/rig/session_recorder.hpp"
#include "inspector_fixture.hpp"
#include "webui/inspector/event_hub.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;

event numbered(store::message_uid uid) {
  return {.kind = event_kind::message, .uid = uid};
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
    void events_ready(std::size_t count, std::size_t octets) override {
      ++told;
      counted += count;
      counted_octets += octets;
    }
    void give_up() override { has_given_up = true; }
    void rig_gone() override { its_rig_is_gone = true; }
    int told = 0;
    std::size_t counted = 0;
    std::size_t counted_octets = 0;
    bool has_given_up = false;
    bool its_rig_is_gone = false;
  };

  std::string mail(int number) { return "Subject: mail " + std::to_string(number) + "\n\nx\n"; }
  // All that is ready for a subscription, once as many events are.
  std::string read(event_hub::subscription& from, event_number until) {
    loop.run_until([&] { return hub.ready() >= until; });
    return write(from);
  }
  std::string write(event_hub::subscription& from) { return write(one, from); }
  std::string write(const event_reader& who, event_hub::subscription& from) {
    return hub.write(who, from.next, 1 << 20).text;
  }
  event_hub::subscription subscribe(event_reader& who, std::string_view last_event_id) {
    return hub.subscribe(who, here.rig(), last_event_id);
  }

  event_hub hub{here.rigs, here.reader, "t", 100};
  reader one;
};

TEST_F(EventHub, TellsOfArrivalsInOrder) {
  auto from = subscribe(one, "");
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
  auto from = subscribe(one, "");
  const auto kept = here.put(mail(1));
  const auto gone = here.put(mail(2));
  here.rig().remove(gone->id());
  const std::string text = read(from, 4);
  EXPECT_THAT(text, HasSubstr("\"subject\":\"mail 1\""));
  EXPECT_EQ(text.find("\"subject\":\"mail 2\""), std::string::npos);
  EXPECT_TRUE(text.ends_with("id: t.3\nevent: removed\ndata: {\"ids\":[\"" +
                             model::to_string(gone->id()) + "\"],\"reason\":\"deleted\"}\n\n"))
      << text;
  hub.unsubscribe(one);
}

TEST_F(EventHub, EmptyingIsOneEvent) {
  auto from = subscribe(one, "");
  here.put(mail(1));
  here.rig().remove_all();
  EXPECT_EQ(read(from, 3),
            "id: t.2\nevent: removed\ndata: {\"all\":true,\"reason\":\"deleted\"}\n\n");
  hub.unsubscribe(one);
}

TEST_F(EventHub, NothingIsParsedWhileNobodyReads) {
  here.put(mail(1));
  EXPECT_EQ(here.rig().messages().get(1).row, nullptr);
  EXPECT_EQ(hub.ready(), 1U);
}

TEST_F(EventHub, AReaderThatComesBackGetsWhatItMissed) {
  for (int i = 1; i <= 80; ++i) here.put(mail(i));
  auto from = subscribe(one, "t.2");
  EXPECT_FALSE(from.has_gap);
  const std::string text = read(from, 81);
  EXPECT_TRUE(text.starts_with("id: t.3\n")) << text.substr(0, 200);
  EXPECT_THAT(text, HasSubstr("\"subject\":\"mail 80\""));
  EXPECT_EQ(from.next, 81U);
  hub.unsubscribe(one);
}

TEST_F(EventHub, ComingBackWhileRowsAreMadeLosesNothing) {
  for (int i = 1; i <= 3; ++i) here.put(mail(i));
  auto live = subscribe(one, "");
  here.put(mail(4));  // its row is being made now
  reader other;
  auto resumed = subscribe(other, "t.0");
  std::string text;
  loop.run_until([&] {
    text += write(other, resumed);
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
  auto live = subscribe(one, "");
  here.put(mail(1));
  read(live, 2);  // from now on the row of mail 1 is there
  reader other;
  auto resumed = subscribe(other, "t.0");
  EXPECT_EQ(other.told, 0);
  EXPECT_THAT(write(other, resumed), HasSubstr("\"subject\":\"mail 1\""));
  EXPECT_EQ(write(one, live), "");
  hub.unsubscribe(one);
  hub.unsubscribe(other);
}

TEST_F(EventHub, WhatIsForgottenIsAGap) {
  for (int i = 1; i <= 150; ++i) here.put(mail(i));
  const auto lost = subscribe(one, "t.10");
  EXPECT_TRUE(lost.has_gap);
  EXPECT_EQ(lost.next, 151U);
  EXPECT_TRUE(subscribe(one, "other.10").has_gap);
  hub.unsubscribe(one);
}

TEST_F(EventHub, WithoutThePoolReadersGiveUp) {
  here.pool.stop();
  static_cast<void>(subscribe(one, ""));
  here.put(mail(1));
  loop.run_until([this] { return one.has_given_up; });
  hub.unsubscribe(one);
}

TEST_F(EventHub, TellsOfAttemptsAndSessions) {
  auto from = subscribe(one, "");
  const auto attempt =
      here.make_mail("x", {.rcpt_to = {"a@b.test"}, .result = model::outcome::rejected});
  here.rig().attempt_ended(attempt);
  rig::session_recorder recorder(here.rigs, here.rig(), "smtp", "127.0.0.1:7");
  recorder.helo_given("c.test");
  recorder.ended(model::ended_by::client_fin);
  const std::string text = read(from, 3);
  EXPECT_TRUE(text.starts_with("id: t.1\nevent: attempt\ndata: {\"id\":\"" +
                               model::to_string(attempt->id()) + '"'))
      << text;
  EXPECT_THAT(text, HasSubstr("\"outcome\":\"rejected\""));
  EXPECT_THAT(text, HasSubstr("\"rcpt_to\":[\"a@b.test\"]"));
  EXPECT_THAT(text, HasSubstr("\n\nid: t.2\nevent: session\ndata: {\"id\":\"" +
                              model::to_string(recorder.session()) + "\",\"rig\":\"default\""));
  EXPECT_THAT(text, HasSubstr("\"helo\":\"c.test\""));
  EXPECT_EQ(one.counted, 2U);
  hub.unsubscribe(one);
}

TEST_F(EventHub, AnEvictionIsToldAsOne) {
  auto from = subscribe(one, "");
  const auto gone = here.put(mail(1));
  here.rig().evict_oldest();
  EXPECT_TRUE(read(from, 3).ends_with("event: removed\ndata: {\"ids\":[\"" +
                                      model::to_string(gone->id()) +
                                      "\"],\"reason\":\"evicted\"}\n\n"));
  hub.unsubscribe(one);
}

rig::rig& make_rig(rig::rig_table& rigs, const std::string& name) {
  rig::rig_config config;
  config.name = name;
  rig::rig& made = rigs.make(config);
  made.announce_made();
  return made;
}

void put_into(world& here, rig::rig& where, std::string_view text) {
  const auto mail = here.make_mail(text);
  where.deliver(mail, [](const auto& put) { ASSERT_TRUE(put.has_value()); });
  where.announce(mail->id());
}

TEST_F(EventHub, EachReaderFollowsItsRig) {
  rig::rig& a = make_rig(here.rigs, "a");
  auto from = subscribe(one, "");
  reader other;
  auto others = hub.subscribe(other, a, "");
  put_into(here, a, mail(1));
  put_into(here, here.rig(), mail(2));
  loop.run_until([&] { return hub.ready() == hub.ring().end(); });
  const std::string of_default = write(from);
  const std::string of_a = write(other, others);
  EXPECT_EQ(of_default.find("mail 1"), std::string::npos);
  EXPECT_THAT(of_default, HasSubstr("\"subject\":\"mail 2\""));
  EXPECT_THAT(of_a, HasSubstr("\"subject\":\"mail 1\""));
  EXPECT_EQ(of_a.find("mail 2"), std::string::npos);
  EXPECT_EQ(one.counted, 1U);
  EXPECT_EQ(other.counted, 1U);
  EXPECT_GT(other.counted_octets, 100U);
  EXPECT_EQ(from.next, others.next) << "what is another's is passed over";
  hub.unsubscribe(one);
  hub.unsubscribe(other);
}

TEST_F(EventHub, TheDefaultRigHearsOfAllRigs) {
  auto from = subscribe(one, "");
  rig::rig& a = make_rig(here.rigs, "a");
  reader inside;
  auto of_a = hub.subscribe(inside, a, "");
  a.empty();
  here.rigs.remove(a);
  EXPECT_EQ(read(from, 4),
            "id: t.1\nevent: rig\ndata: {\"id\":\"a\",\"change\":\"made\"}\n\n"
            "id: t.2\nevent: rig\ndata: {\"id\":\"a\",\"change\":\"emptied\"}\n\n"
            "id: t.3\nevent: rig\ndata: {\"id\":\"a\",\"change\":\"deleted\"}\n\n");
  EXPECT_FALSE(one.its_rig_is_gone);
  EXPECT_TRUE(inside.its_rig_is_gone);
  EXPECT_THAT(write(inside, of_a), HasSubstr("\"deleted\""));
  hub.unsubscribe(one);
  hub.unsubscribe(inside);
}

// Its rows were asked for before it went; nothing of it is touched when they come.
TEST_F(EventHub, ARigMayGoWhileItsRowsAreMade) {
  rig::rig& a = make_rig(here.rigs, "a");
  auto from = hub.subscribe(one, a, "");
  put_into(here, a, mail(1));
  here.rigs.remove(a);
  loop.run_until([&] { return hub.ready() == hub.ring().end(); });
  EXPECT_EQ(write(one, from).find("mail 1"), std::string::npos);
  hub.unsubscribe(one);
}

TEST_F(EventHub, TheHubMayGoWhileRowsAreMade) {
  auto brief = std::make_unique<event_hub>(here.rigs, here.reader, "u", 100);
  static_cast<void>(brief->subscribe(one, here.rig(), ""));
  here.put(mail(1));
  brief.reset();
  bool is_done = false;
  here.reader.summarise({here.make_mail(mail(2))}, [&is_done](const auto&) { is_done = true; });
  loop.run_until([&is_done] { return is_done; });
  EXPECT_EQ(one.counted, 0U);
}

rig::query_ref query(std::string_view text) {
  return std::make_shared<const rig::query>(std::get<rig::query>(rig::parse_query(text)));
}

TEST_F(EventHub, AQueryTellsOnlyWhatItFinds) {
  auto from = hub.subscribe(one, here.rig(), "", query("subject:two OR outcome:rejected"));
  reader other;
  auto all = subscribe(other, "");
  for (const char* text : {"Subject: one\n\nx\n", "Subject: two\n\nx\n", "Subject: three\n\nx\n"})
    here.put(text);
  here.rig().attempt_ended(here.make_mail("x", {.result = model::outcome::rejected}));
  here.rig().attempt_ended(here.make_mail("x", {.result = model::outcome::aborted}));
  rig::session_recorder(here.rigs, here.rig(), "smtp", "x").ended(model::ended_by::server);
  here.rig().evict_oldest();
  loop.run_until([&] { return hub.ready() == hub.ring().end(); });
  const std::string text = write(from);
  EXPECT_THAT(text, HasSubstr("\"subject\":\"two\""));
  EXPECT_THAT(text, HasSubstr("\"outcome\":\"rejected\""));
  EXPECT_THAT(text, HasSubstr("\"reason\":\"evicted\""));
  for (const char* unwanted : {"\"subject\":\"three\"", "aborted", "event: session"})
    EXPECT_EQ(text.find(unwanted), std::string::npos) << text;
  EXPECT_EQ(one.counted, 3U);
  EXPECT_THAT(write(other, all), HasSubstr("\"subject\":\"three\""));
  hub.unsubscribe(one);
  hub.unsubscribe(other);
}

TEST_F(EventHub, AReaderThatComesBackWithAQueryGetsWhatItMissed) {
  for (int i = 1; i <= 80; ++i) here.put(mail(i));
  auto from = hub.subscribe(one, here.rig(), "t.2", query("subject:\"mail 77\""));
  loop.run_until([&] { return hub.ready() == hub.ring().end(); });
  const std::string text = write(from);
  EXPECT_TRUE(text.starts_with("id: t.77\n")) << text.substr(0, 200);
  EXPECT_EQ(text.find("mail 78"), std::string::npos);
  hub.unsubscribe(one);
}

}  // namespace
}  // namespace mailrig::inspector
