// The octet at which a rule cuts a body, over real sockets, in plain text and under TLS: octets are
// those of the protocol, before encryption.
#include "capture/net/mail_server.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::world;
using dialogue::world_settings;
using end = socket_client::end;

enum class security { none, tls };

world_settings settings_for(security how) {
  world_settings result = judged_by_rigs();
  if (how == security::none) return result;
  result.rules.tls = smtp::tls_mode::implicit;
  result.pop3_rules.tls = pop3::tls_mode::implicit;
  return result;
}

class OctetCounts : public testing::TestWithParam<security> {
 protected:
  void cut(const std::string& protocol, const std::string& stage, std::size_t octets,
           const std::string& close) {
    const std::string rules = R"({"rules": [{"where": {"protocol": ")" + protocol +
                              R"(", "stage": ")" + stage + R"(", "after_bytes": )" +
                              std::to_string(octets) + R"(}, "actions": [{"close": )" + close +
                              "}]}]}";
    server.call([&] { ASSERT_TRUE(in.home().rules().put(rules).empty()) << rules; });
  }
  void begin(socket_client& client) {
    if (GetParam() == security::tls) {
      ASSERT_TRUE(client.begin_tls());
    }
  }
  faults::executed only_hit(socket_client& client) {
    client.close();
    server.wait_until("the session ends", [this] { return in.sessions_ended() == 1; });
    faults::executed result;
    server.call([&] {
      const faults::hit* const one = in.home().judge().hits().find(1);
      ASSERT_NE(one, nullptr);
      ASSERT_TRUE(one->done.has_value());
      result = *one->done;
    });
    return result;
  }
  // A mail of 8 MiB and more, from which so many octets are fetched before the end.
  void expect_retrieved(std::size_t octets, const std::string& close, end how) {
    const std::string text = "Subject: big\r\n\r\n" + dialogue::make_body(8'400'000, 7);
    server.call([&] { in.add_mail("b@b.test", text); });
    cut("pop3", "retr_body", octets, close);
    socket_client client(server.port(dialogue::protocol::pop3));
    begin(client);
    client.send("USER b@b.test\r\nPASS x\r\nRETR 1\r\n");
    expect_lines(client, {"+OK ", "+OK ", "+OK ", "+OK "});
    EXPECT_EQ(client.read_to_end(), how);
    EXPECT_EQ(client.untaken(), dialogue::stuff(text).substr(0, octets));
    const faults::executed done = only_hit(client);
    EXPECT_EQ(done.octets_written, octets);
  }

  world in{settings_for(GetParam()), {}};
  socket_server server{in};
};

TEST_P(OctetCounts, ABodyIsCutWhereTheRuleSays) {
  constexpr std::size_t octets = 1'000'003;
  cut("smtp", "data_body", octets, R"({"mode": "reset"})");
  socket_client client(server.port());
  begin(client);
  const std::string lead = to_data;
  client.send(lead);
  expect_lines(client, {"220 ", "250 ", "250 ", "250 ", "354 "});
  client.send(std::string(3'000'000, 'x'));
  EXPECT_EQ(client.read_to_end(), end::reset);
  EXPECT_EQ(client.untaken(), "");
  const faults::executed done = only_hit(client);
  EXPECT_EQ(done.octets_read, lead.size() + octets);
  EXPECT_EQ(done.octets_written, 0U);
  server.call([&] {
    ASSERT_EQ(in.attempts().size(), 1U);
    EXPECT_EQ(in.attempts()[0]->facts().octets_received, octets);
    EXPECT_GE(in.home().sessions()[0]->octets_in, lead.size() + octets);
  });
}

// The kernel answers what was left unread.
TEST_P(OctetCounts, AnAbruptEndInTheMidstOfABodyIsAReset) {
  cut("smtp", "data_body", 10, R"({"mode": "abrupt"})");
  socket_client client(server.port());
  begin(client);
  client.send(to_data + std::string(8'000'000, 'x'));
  EXPECT_EQ(client.read_to_end(), end::reset);
  const faults::executed done = only_hit(client);
  EXPECT_EQ(done.octets_read, std::string(to_data).size() + 10);
  server.call([&] { EXPECT_EQ(in.attempts()[0]->facts().octets_received, 10U); });
}

TEST_P(OctetCounts, AChunkIsCutWhereTheRuleSays) {
  constexpr std::size_t octets = 700'001;
  cut("smtp", "bdat", octets, R"({"mode": "fin_drain"})");
  socket_client client(server.port());
  begin(client);
  const std::string lead =
      "EHLO c\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nBDAT 1000000 LAST\r\n";
  client.send(lead + std::string(1'000'000, 'x'));
  EXPECT_EQ(client.read_to_end(), end::eof);
  const faults::executed done = only_hit(client);
  EXPECT_EQ(done.octets_read, lead.size() + octets);
  server.call([&] { EXPECT_EQ(in.attempts()[0]->facts().octets_received, octets); });
}

TEST_P(OctetCounts, AMailIsHandedOutToTheOctetBeforeAReset) {
  expect_retrieved(5'000'001, R"({"mode": "reset"})", end::reset);
}

TEST_P(OctetCounts, AMailIsHandedOutToTheOctetBeforeAFin) {
  expect_retrieved(4'194'303, R"({"mode": "fin_drain"})", end::eof);
}

INSTANTIATE_TEST_SUITE_P(All, OctetCounts, testing::Values(security::none, security::tls),
                         [](const auto& each) {
                           return each.param == security::tls ? "tls" : "plain";
                         });

}  // namespace
}  // namespace mailrig::net
