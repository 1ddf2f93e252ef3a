// Which rig a session and its mails belong to, played with real SMTP sessions; no sockets.
#include "capture/model/id.hpp"
#include "capture/model/mail_builder.hpp"
#include "capture/rig/glob.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_recorder.hpp"
#include "capture/smtp/session.hpp"
#include "capture/store/memory_store.hpp"
#include "tests/dialogues/world.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::rig {
namespace {

TEST(Glob, MatchesWholeTexts) {
  struct row {
    const char* pattern;
    const char* text;
    bool matches;
  };
  for (const row& each : std::vector<row>{{"", "", true},
                                          {"", "a", false},
                                          {"*", "", true},
                                          {"*", "anything", true},
                                          {"a", "A", true},
                                          {"a?c", "abc", true},
                                          {"a?c", "ac", false},
                                          {"*.test", "gw3.test", true},
                                          {"*.test", "gw3.test.example", false},
                                          {"gw*.test", "gw3.TEST", true},
                                          {"*a*b*c*", "xxaxxbxxcxx", true},
                                          {"*a*b*c*", "xxaxxcxxbxx", false},
                                          {"*aab", "aaaab", true},
                                          {"10.0.0.*", "10.0.0.17", true},
                                          {"**", "x", true},
                                          {"a*", "b", false}})
    EXPECT_EQ(matches_glob(each.pattern, each.text), each.matches)
        << each.pattern << ' ' << each.text;
}

TEST(Glob, AHostilePatternEndsSoon) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(matches_glob(pattern + "b", std::string(5'000, 'a')));
}

rig_config named(const std::string& name, std::vector<route> routes = {}) {
  rig_config config;
  config.name = name;
  config.routes = std::move(routes);
  return config;
}

class RigRouting : public testing::Test {
 protected:
  // One connection of a client, without a socket.
  class peer {
   public:
    peer(RigRouting& in, rig& start, const std::string& address = "127.0.0.1")
        : recorder_(in.rigs, start, "smtp", address + ":4711"),
          session_({in.rules, in.texts, recorder_.judge(), recorder_, in.mail_ids, in.clock,
                    in.rigs, in.nonces},
                   recorder_.session(), {address}) {
      carry_out();
    }
    ~peer() { recorder_.ended(model::ended_by::client_fin); }

    // The first code of the replies.
    std::string say(const std::string& lines) {
      said_.clear();
      std::string_view rest = lines;
      while (!rest.empty()) {
        rest.remove_prefix(session_.feed(rest));
        carry_out();
      }
      return said_.substr(0, 3);
    }
    void mail(const std::string& to, const std::string& body = "Subject: x\r\n\r\nx\r\n") {
      say("MAIL FROM:<a@b.test>\r\n");
      for (std::string_view rest = to; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        say("RCPT TO:<" + std::string(rest.substr(0, end)) + ">\r\n");
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      say("DATA\r\n");
      EXPECT_EQ(say(body + ".\r\n"), "250");
    }
    rig& home() { return recorder_.home(); }

   private:
    void carry_out() {
      for (;;) {
        wire::action what = session_.next();
        if (const auto* output = std::get_if<wire::send>(&what)) {
          said_ += output->bytes;
          recorder_.announce();
          session_.sent();
        } else if (auto* mail = std::get_if<wire::deliver>(&what)) {
          bool is_stored = false;
          recorder_.deliver(mail->mail, [&is_stored](bool stored) { is_stored = stored; });
          session_.delivered(is_stored ? wire::deliver_result::stored
                                       : wire::deliver_result::storage_full);
        } else {
          return;
        }
      }
    }

    session_recorder recorder_;
    smtp::session session_;
    std::string said_;
  };

  rig& make(const std::string& name, std::vector<route> routes = {}) {
    return rigs.make(named(name, std::move(routes)));
  }
  static std::size_t count(const rig& which) { return which.messages().in_use().messages; }
  static const session_record& last_session(const rig& which) { return *which.sessions().back(); }

  smtp::settings rules;
  smtp::announcements texts = smtp::announce(rules);
  dialogue::standing_clock clock;
  dialogue::counting_ids ids{1};
  dialogue::counting_ids mail_ids{2};
  wire::random_nonces nonces;
  rig_table rigs{table_limits{}, clock, ids,
                 [] { return std::make_unique<store::memory_store>(); }};
};

TEST_F(RigRouting, ASessionStartsInTheRigOfItsListener) {
  rig& own = make("own");
  peer client(*this, own);
  client.say("HELO c\r\n");
  client.mail("x@y.test");
  EXPECT_EQ(count(own), 1U);
  EXPECT_EQ(count(rigs.default_rig()), 0U);
  EXPECT_TRUE(last_session(own).rigs.empty());
  EXPECT_TRUE(rigs.default_rig().sessions().empty());
}

TEST_F(RigRouting, HeloMovesTheSessionOnce) {
  rig& a = make("a", {{route_fact::helo, "app-a"}});
  rig& b = make("b", {{route_fact::helo, "app-b"}});
  peer client(*this, rigs.default_rig());
  client.say("EHLO APP-A\r\n");
  EXPECT_EQ(&client.home(), &a);
  client.say("EHLO app-b\r\n");
  EXPECT_EQ(&client.home(), &a);
  client.mail("x@y.test");
  EXPECT_EQ(count(a), 1U);
  EXPECT_EQ(count(b), 0U);
  EXPECT_EQ(a.open_sessions(), 1U);
  EXPECT_EQ(rigs.default_rig().open_sessions(), 0U);
  EXPECT_TRUE(rigs.default_rig().sessions().empty());
  EXPECT_EQ(last_session(a).rigs, std::vector<std::string>{"a"});
}

// In SMTP who is logged in counts, in POP3 already the name that is given with the password.
TEST_F(RigRouting, TheUserMovesTheSession) {
  rig& a = make("a", {{route_fact::user, "anna@*"}});
  const auto home_behind = [this](const faults::event& event) {
    session_recorder recorder(rigs, rigs.default_rig(), "any", "127.0.0.1:7");
    EXPECT_EQ(recorder.judge().decide(event), nullptr);
    recorder.ended(model::ended_by::client_fin);
    return &recorder.home();
  };
  using faults::protocol;
  using model::stage;
  rig* const unmoved = &rigs.default_rig();
  EXPECT_EQ(home_behind({.point = stage::mail, .user = "Anna@shop.test"}), &a);
  EXPECT_EQ(home_behind({.point = stage::rcpt, .path = "anna@shop.test"}), unmoved);
  EXPECT_EQ(home_behind({.point = stage::pass, .path = "Anna@shop.test", .talk = protocol::pop3}),
            &a);
  EXPECT_EQ(home_behind({.point = stage::pass, .path = "bob@shop.test", .talk = protocol::pop3}),
            unmoved);
}

TEST_F(RigRouting, ASessionThatFedTwoRigsIsListedInBoth) {
  rig& a = make("a", {{route_fact::helo, "app-a"}});
  peer client(*this, rigs.default_rig());
  client.say("HELO other\r\n");
  client.mail("x@y.test");
  client.say("HELO app-a\r\n");
  client.mail("x@y.test");
  EXPECT_EQ(count(rigs.default_rig()), 1U);
  EXPECT_EQ(count(a), 1U);
  EXPECT_EQ(last_session(a).rigs, (std::vector<std::string>{"default", "a"}));
  EXPECT_EQ(&last_session(a), &last_session(rigs.default_rig()));
}

TEST_F(RigRouting, TheClientAddressDecidesBeforeTheBanner) {
  rig& a = make("a", {{route_fact::client_address, "10.0.0.*"}});
  peer client(*this, rigs.default_rig(), "10.0.0.7");
  EXPECT_EQ(&client.home(), &a);
  peer other(*this, rigs.default_rig(), "10.0.1.7");
  EXPECT_EQ(&other.home(), &rigs.default_rig());
}

TEST_F(RigRouting, EachMailOfOneConnectionGoesByItsOwnRecipient) {
  rig& a = make("a", {{route_fact::recipient_domain, "gw1.test"}});
  rig& b = make("b", {{route_fact::plus_tag, "t2"}});
  peer client(*this, rigs.default_rig());
  client.say("HELO pool\r\n");
  client.mail("x@GW1.test");
  client.mail("bob+t2@shop.test");
  client.mail("bob@shop.test");
  EXPECT_EQ(count(a), 1U);
  EXPECT_EQ(count(b), 1U);
  EXPECT_EQ(count(rigs.default_rig()), 1U);
  EXPECT_EQ(last_session(a).rigs, (std::vector<std::string>{"default", "a", "b"}));
  EXPECT_EQ(&client.home(), &rigs.default_rig());
}

TEST_F(RigRouting, TheFirstRecipientThatMatchesDecides) {
  rig& a = make("a", {{route_fact::recipient_domain, "gw1.test"}});
  rig& b = make("b", {{route_fact::recipient_domain, "gw2.test"}});
  peer client(*this, rigs.default_rig());
  client.say("HELO pool\r\n");
  client.mail("x@shop.test y@gw2.test z@gw1.test");
  EXPECT_EQ(count(a), 0U);
  EXPECT_EQ(count(b), 1U);
  EXPECT_EQ(a.strays(), (std::deque<stray>{{mail_ids.number(1), "z@gw1.test", "b"}}));
  EXPECT_TRUE(b.strays().empty());
  EXPECT_TRUE(a.sessions().empty());
}

TEST_F(RigRouting, ARefusedMailIsAnAttemptOfItsRig) {
  rig& a = make("a", {{route_fact::recipient_domain, "gw1.test"}});
  rules.max_message_size = 4;
  peer client(*this, rigs.default_rig());
  client.say("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<x@gw1.test>\r\nDATA\r\n");
  EXPECT_EQ(a.open_transactions(), 1U);
  EXPECT_EQ(client.say("too long\r\n.\r\n"), "552");
  EXPECT_EQ(a.attempts().size(), 1U);
  EXPECT_EQ(a.open_transactions(), 0U);
  EXPECT_TRUE(rigs.default_rig().attempts().empty());
}

TEST_F(RigRouting, ATransactionThatIsBrokenOffIsCountedNoMore) {
  rig& a = make("a", {{route_fact::recipient_domain, "gw1.test"}});
  {
    peer client(*this, rigs.default_rig());
    client.say("HELO c\r\nMAIL FROM:<>\r\n");
    EXPECT_EQ(rigs.default_rig().open_transactions(), 1U);
    client.say("RCPT TO:<x@gw1.test>\r\n");
    EXPECT_EQ(rigs.default_rig().open_transactions(), 0U);
    EXPECT_EQ(a.open_transactions(), 1U);
  }
  EXPECT_EQ(a.open_transactions(), 0U);
}

TEST_F(RigRouting, AnExactRouteWinsOverAGlob) {
  make("any", {{route_fact::recipient_domain, "*.test"}});
  rig& exact = make("exact", {{route_fact::recipient_domain, "gw1.test"}});
  EXPECT_EQ(rigs.routes().find_recipient("a@gw1.test"), &exact);
  EXPECT_EQ(rigs.routes().find_recipient("a@gw2.test")->name(), "any");
  EXPECT_EQ(rigs.routes().find_recipient("a@gw2.example"), nullptr);
  EXPECT_EQ(rigs.routes().find_recipient("postmaster"), nullptr);
}

TEST_F(RigRouting, ATakenRouteIsRefusedAndNamesItsRig) {
  make("a", {{route_fact::recipient_domain, "gw1.test"}});
  const auto refusal = rigs.refuse(
      named("b", {{route_fact::helo, "x"}, {route_fact::recipient_domain, "GW1.test"}}));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->why, rig_refusal::reason::route_taken);
  EXPECT_EQ(refusal->holder, "a");
  EXPECT_EQ(rigs.refuse(named("a"))->why, rig_refusal::reason::name_taken);
  EXPECT_FALSE(rigs.refuse(named("b", {{route_fact::helo, "gw1.test"}})).has_value());
}

TEST_F(RigRouting, ARemovedRigGivesItsRouteBack) {
  rig& a = make("a", {{route_fact::recipient_domain, "gw1.test"}});
  rigs.remove(a);
  EXPECT_EQ(rigs.find("a"), nullptr);
  EXPECT_TRUE(rigs.routes().is_empty());
  EXPECT_FALSE(rigs.refuse(named("a", {{route_fact::recipient_domain, "gw1.test"}})).has_value());
  peer client(*this, rigs.default_rig());
  client.say("HELO c\r\n");
  client.mail("x@gw1.test");
  EXPECT_EQ(count(rigs.default_rig()), 1U);
}

// The client is answered as usual, and nothing is touched that has gone.
TEST_F(RigRouting, AMailForARigThatWasRemovedMeanwhileIsDropped) {
  rig& a = make("a", {{route_fact::recipient_domain, "gw1.test"}});
  peer client(*this, rigs.default_rig());
  client.say("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<x@gw1.test>\r\nDATA\r\n");
  rigs.remove(a);
  EXPECT_EQ(client.say("late\r\n.\r\n"), "250");
  client.mail("x@gw1.test");
  EXPECT_EQ(count(rigs.default_rig()), 1U);
  EXPECT_EQ(rigs.in_use().messages, 1U);
}

TEST_F(RigRouting, AMailThatBeganBeforeAResetIsAnAttemptOnly) {
  rig& home = rigs.default_rig();
  peer client(*this, home);
  client.say("HELO c\r\n");
  client.mail("x@y.test");
  client.say("MAIL FROM:<>\r\nRCPT TO:<x@y.test>\r\nDATA\r\n");
  home.empty();
  EXPECT_EQ(count(home), 0U);
  EXPECT_EQ(client.say("late\r\n.\r\n"), "250");
  EXPECT_EQ(count(home), 0U);
  ASSERT_EQ(home.attempts().size(), 1U);
  EXPECT_TRUE(home.attempts().front()->is_message());
  client.mail("x@y.test");
  EXPECT_EQ(count(home), 1U);
  EXPECT_EQ(home.messages().take_snapshot().end_uid() - 1, 2U) << "uids go on";
  EXPECT_EQ(home.sessions().size(), 1U) << "an open session stays";
}

TEST_F(RigRouting, AThousandRigsEachGetTheirOwn) {
  for (int i = 0; i < 1'000; ++i) {
    const std::string n = std::to_string(i);
    make("r" + n, {{route_fact::recipient_domain, "gw" + n + ".test"}});
  }
  peer client(*this, rigs.default_rig());
  client.say("HELO c\r\n");
  for (int i = 0; i < 1'000; ++i) client.mail("x@gw" + std::to_string(i) + ".test");
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(count(*rigs.find("r" + std::to_string(i))), 1U) << i;
  EXPECT_EQ(rigs.in_use().messages, 1'000U);
  for (int i = 0; i < 1'000; ++i) rigs.remove(*rigs.find("r" + std::to_string(i)));
  EXPECT_EQ(rigs.in_use(), store::usage{});
  EXPECT_EQ(rigs.all().size(), 1U);
}

TEST_F(RigRouting, ARigExpiresAfterItsLastUse) {
  rig_config config = named("short");
  config.ttl = model::duration{1'000};
  rig& brief = rigs.make(config);
  make("long");
  clock.advance(model::duration{900});
  EXPECT_TRUE(rigs.expired().empty());
  brief.touch(clock.now());
  EXPECT_EQ(rigs.next_due(), clock.now() + model::duration{1'000});
  clock.advance(model::duration{999});
  EXPECT_TRUE(rigs.expired().empty());
  clock.advance(model::duration{1});
  {
    peer client(*this, rigs.default_rig());
    EXPECT_EQ(rigs.expired(), std::vector<rig*>{&brief});
  }
  peer client(*this, brief);
  clock.advance(model::duration{5'000});
  EXPECT_TRUE(rigs.expired().empty()) << "a session uses it";
}

TEST_F(RigRouting, OwnLimitsEvictTheOwnOldest) {
  rig_config config = named("small");
  config.limits.max_messages = 2;
  rig& small = rigs.make(config);
  peer client(*this, small);
  client.say("HELO c\r\n");
  for (int i = 0; i < 5; ++i) client.mail("x@y.test");
  EXPECT_EQ(count(small), 2U);
  EXPECT_EQ(small.evicted_count(), 3U);
  EXPECT_EQ(rigs.count().evictions, 3U);
  EXPECT_EQ(small.messages().oldest().mail->id(), mail_ids.number(4));
}

TEST_F(RigRouting, AMailOverTheRigsOwnMemoryIsRefused) {
  rig_config config = named("small");
  config.limits.max_memory = 5'000;
  rig& small = rigs.make(config);
  peer client(*this, small);
  client.say("HELO c\r\n");
  client.mail("x@y.test", std::string(3000, 'x') + "\r\n");
  client.mail("x@y.test", std::string(3500, 'x') + "\r\n");
  EXPECT_EQ(count(small), 1U);
  client.say("MAIL FROM:<>\r\nRCPT TO:<x@y.test>\r\nDATA\r\n");
  EXPECT_EQ(client.say(std::string(6'000, 'x') + "\r\n.\r\n"), "452");
  EXPECT_EQ(count(small), 1U);
  EXPECT_EQ(small.attempts().size(), 1U);
  EXPECT_EQ(small.open_transactions(), 0U);
}

TEST_F(RigRouting, MessagesAgeOut) {
  rig_config config = named("aged");
  config.limits.max_age = model::duration{1'000};
  rig& aged = rigs.make(config);
  peer client(*this, aged);
  client.say("HELO c\r\n");
  client.mail("x@y.test");
  clock.advance(model::duration{500});
  client.mail("x@y.test");
  EXPECT_EQ(rigs.next_due(), clock.now() + model::duration{500});
  clock.advance(model::duration{500});
  rigs.evict_aged();
  EXPECT_EQ(count(aged), 1U);
  clock.advance(model::duration{500});
  rigs.evict_aged();
  EXPECT_EQ(count(aged), 0U);
  EXPECT_EQ(aged.evicted_count(), 2U);
  EXPECT_EQ(rigs.next_due(), std::nullopt);
}

// Each eviction takes the oldest of the rig that holds most, however many there are.
TEST_F(RigRouting, TheFullestRigGivesWay) {
  rig_table tight{table_limits{.max_messages = 100'000, .max_octets = 40'000}, clock, ids,
                  [] { return std::make_unique<store::memory_store>(); }};
  rig& full = tight.make(named("full"));
  rig& lean = tight.make(named("lean"));
  const auto put = [&](rig& where, std::size_t size) {
    model::mail_builder builder(tight, model::envelope{}, 0);
    builder.append(std::string(size, 'x'));
    model::attempt_facts facts;
    facts.attempt = mail_ids.draw(clock.now());
    facts.result = model::outcome::accepted;
    where.deliver(builder.finish(facts, ""),
                  [](const auto& stored) { EXPECT_TRUE(stored.has_value()); });
  };
  for (int i = 0; i < 3; ++i) put(lean, 4'000);
  for (int i = 0; i < 6; ++i) put(full, 4'000);
  for (int i = 0; i < 10; ++i) put(full, 4'000);
  EXPECT_EQ(lean.evicted_count(), 0U);
  EXPECT_EQ(count(lean), 3U);
  EXPECT_GT(full.evicted_count(), 5U);
  for (int i = 0; i < 10; ++i) put(lean, 4'000);
  EXPECT_GT(lean.evicted_count(), 0U);
  EXPECT_LE(tight.in_use().octets, 40'000U);
}

}  // namespace
}  // namespace mailrig::rig
