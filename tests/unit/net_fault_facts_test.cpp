// Facts that a session has from its connection, as rules see them over real sockets.
#include "capture/rig/mail_examiner.hpp"
#include "capture/rig/worker_pool.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using namespace std::chrono_literals;
using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;
using dialogue::world_settings;

std::uint16_t own_port(const socket_client& client) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  (void)::getsockname(client.descriptor(), reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

class FaultFacts : public testing::Test {
 protected:
  explicit FaultFacts(const world_settings& settings = judged_by_rigs())
      : in(settings, {}), server(in) {}

  // A rule at `stage` that says `reply` where `when` holds.
  void load(const std::string& stage, const std::string& when, const std::string& protocol = "smtp",
            const std::string& code = "450") {
    const std::string rules = R"({"rules":[{"where":{"protocol":")" + protocol + R"(","stage":")" +
                              stage + R"("},"when":)" + when + R"(,"actions":[{"reply":{"code":)" +
                              code + R"(,"text":"by the rule"}}]}]})";
    server.call([&] {
      const auto wrong = in.home().rules().put(rules);
      ASSERT_TRUE(wrong.empty()) << wrong.front().wrong << "; right would be "
                                 << wrong.front().right;
    });
  }

  world in;
  socket_server server;
};

TEST_F(FaultFacts, BothPortsOfTheConnection) {
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  const std::string ports = R"({"all":[{"client.port":{"eq":)" + std::to_string(own_port(client)) +
                            R"(}},{"server.port":{"eq":)" + std::to_string(server.port()) + "}}]}";
  load("noop", ports);
  client.send("NOOP\r\n");
  expect_lines(client, {"450 by the rule"});
  socket_client other(server.port());
  other.send("NOOP\r\n");
  expect_lines(other, {"220 ", "250 "});
}

TEST_F(FaultFacts, BothPortsInPop3Too) {
  const std::uint16_t port = server.port(dialogue::protocol::pop3);
  socket_client client(port);
  expect_lines(client, {"+OK"});
  load("capa",
       R"({"all":[{"client.port":{"eq":)" + std::to_string(own_port(client)) +
           R"(}},{"server.port":{"eq":)" + std::to_string(port) + "}}]}",
       "pop3", R"("-ERR")");
  client.send("CAPA\r\n");
  expect_lines(client, {"-ERR by the rule"});
}

TEST_F(FaultFacts, TheHowManiethSessionOfTheRig) {
  load("connect", R"({"session.n":{"eq":2}})");
  for (const char* const greeting : {"220 ", "450 by the rule", "220 "}) {
    socket_client client(server.port());
    expect_lines(client, {greeting});
  }
  // They are counted anew with everything else that rules remember.
  server.call([&] { in.home().reset_counters(); });
  for (const char* const greeting : {"220 ", "450 by the rule"}) {
    socket_client client(server.port());
    expect_lines(client, {greeting});
  }
}

TEST_F(FaultFacts, TheAgeOfTheSessionOnTheClockOfTheRig) {
  server.call([&] {
    in.home().set_frozen(true);
    in.home().advance(1h);
  });
  load("noop", R"({"session.age":{"ge":"10m"}})");
  socket_client client(server.port());
  client.send("NOOP\r\n");
  expect_lines(client, {"220 ", "250 "});
  server.call([&] { in.home().advance(10min); });
  client.send("NOOP\r\n");
  expect_lines(client, {"450 by the rule"});
}

TEST_F(FaultFacts, TheAgeGoesAlongIntoAnotherRig) {
  server.call([&] {
    in.home().set_frozen(true);
    rig::rig_config config;
    config.name = "run-1";
    config.routes = {{rig::route_fact::helo, "c.test"}};
    rig::rig& other = in.rigs().make(config);
    other.set_frozen(true);
    other.advance(24h);
    ASSERT_TRUE(other.rules()
                    .put(R"({"rules":[{"where":{"protocol":"smtp","stage":"noop"},
                             "when":{"session.age":{"between":["5m","6m"]}},
                             "actions":[{"reply":{"code":450,"text":"by the rule"}}]}]})")
                    .empty());
  });
  socket_client client(server.port());
  expect_lines(client, {"220 "});
  server.call([&] { in.home().advance(5min); });
  client.send("HELO c.test\r\nNOOP\r\n");
  expect_lines(client, {"250 ", "450 by the rule"});
}

TEST_F(FaultFacts, WhetherCommandsCameBeforeTheirReplies) {
  load("quit", R"({"pipelined":{"eq":true}})");
  socket_client patient(server.port());
  expect_lines(patient, {"220 "});
  for (int i = 0; i < 2; ++i) {
    patient.send("NOOP\r\n");
    expect_lines(patient, {"250 "});
  }
  patient.send("QUIT\r\n");
  expect_lines(patient, {"221 "});
  socket_client hasty(server.port());
  expect_lines(hasty, {"220 "});
  hasty.send("NOOP\r\nNOOP\r\nQUIT\r\n");
  expect_lines(hasty, {"250 ", "250 ", "450 by the rule"});
}

dialogue::tls_peer_options asking_for(const std::string& name) {
  dialogue::tls_peer_options result;
  result.server_name = name;
  return result;
}

class FaultFactsOfTls : public FaultFacts {
 protected:
  FaultFactsOfTls() : FaultFacts(in_tls()) {}
  static world_settings in_tls() {
    world_settings result = judged_by_rigs();
    result.rules.tls = smtp::tls_mode::implicit;
    return result;
  }
};

TEST_F(FaultFactsOfTls, WhatTheClientHelloSaysBeforeTheHandshake) {
  server.call([&] {
    ASSERT_TRUE(in.home()
                    .rules()
                    .put(R"({"rules":[{"where":{"protocol":"smtp","stage":"tls_handshake"},
                             "when":{"all":[{"tls.sni":{"eq":"mail.test"}},
                                            {"tls.versions":{"contains":"TLSv1.3"}}]},
                             "actions":[{"tls":{"alert":"handshake_failure"}}]}]})")
                    .empty());
  });
  socket_client named(server.port());
  EXPECT_FALSE(named.begin_tls(asking_for("mail.test")));
  socket_client other(server.port());
  EXPECT_TRUE(other.begin_tls(asking_for("other.test")));
  expect_lines(other, {"220 "});
}

std::string mail_with(const std::string& attachment, std::size_t octets) {
  return "Subject: =?UTF-8?B?5Y+R56Wo?=\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
         "Content-Disposition: attachment; filename=\"" +
         attachment + "\"\r\n\r\n" + std::string(octets, 'x') + "\r\n--b--\r\n.\r\n";
}

// A pool that reads mails while the session waits.
class FaultFactsOfMails : public FaultFacts {
 protected:
  FaultFactsOfMails() {
    server.call([&] { in.rigs().set_examiner(&examiner); });
  }
  ~FaultFactsOfMails() override {
    server.call([&] { in.rigs().set_examiner(nullptr); });
    pool.stop();
  }

  rig::worker_pool pool{
      [this](rig::worker_pool::completion done) { server.post(std::move(done)); }};
  rig::mail_examiner examiner{pool};
};

TEST_F(FaultFactsOfMails, AreReadWhetherTheMailIsSmallOrBig) {
  load("end_of_data",
       R"({"all":[{"attachment.any.ext":{"in":["exe","bat"]}},{"subject":{"eq":"发票"}}]})");
  for (const std::size_t size : {std::size_t{10}, 10 * rig::mail_examiner::most_at_once}) {
    socket_client client(server.port());
    client.send(to_data + mail_with("a.exe", size) + "NOOP\r\n");
    expect_lines(client, {"220 ", "250 ", "250 ", "250 ", "354 ", "450 by the rule", "250 "});
    socket_client harmless(server.port());
    harmless.send(to_data + mail_with("a.txt", size) + "NOOP\r\n");
    expect_lines(harmless, {"220 ", "250 ", "250 ", "250 ", "354 ", "250 ", "250 "});
  }
}

TEST_F(FaultFactsOfMails, AClientThatGoesMeanwhileLeavesNothingBehind) {
  load("end_of_data", R"({"attachment.count":{"ge":1}})");
  socket_client client(server.port());
  client.send(to_data + mail_with("a.exe", 10 * rig::mail_examiner::most_at_once));
  client.reset();
  server.wait_until("the session ends", [&] { return in.sessions_ended() == 1; });
  server.call([&] { EXPECT_EQ(in.home().open_sessions(), 0U); });
}

}  // namespace
}  // namespace mailrig::net
