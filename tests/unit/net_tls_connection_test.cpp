// TLS over real sockets: what the dialogues cannot say, because it is about records, handshakes
// that stall, and the way a connection is closed below TLS.
#include "capture/net/mail_server.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using namespace std::chrono_literals;
using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::test_authority;
using dialogue::tls_peer;
using dialogue::tls_peer_options;
using dialogue::world;
using dialogue::world_settings;
using end = socket_client::end;
using testing::HasSubstr;

class TlsConnection : public testing::Test {
 protected:
  TlsConnection() { settings.rules.tls = smtp::tls_mode::implicit; }

  static void wait_until_ended(socket_server& server, world& in) {
    server.wait_until("the session ends", [&in] { return in.sessions_ended() == 1; });
  }
  static std::string note_of(socket_server& server, world& in) {
    std::string name;
    server.call([&] {
      const auto& notes = in.home().sessions().front()->notes;
      name = notes.empty() ? "" : notes.front().name;
    });
    return name;
  }

  world_settings settings;
};

TEST_F(TlsConnection, AClientThatVerifiesSendsAMail) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  tls_peer_options options;
  options.trusted_ca = test_authority().root().certificate;
  options.server_name = "localhost";
  ASSERT_TRUE(client.begin_tls(options));
  expect_lines(client, {"220 "});
  client.send(to_data);
  expect_lines(client, {"250 ", "250 ", "250 ", "354 "});
  client.send(std::string(3'000'000, 'x') + "\r\n.\r\nQUIT\r\n");
  expect_lines(client, {"250 2.0.0 Ok: queued as ", "221 "});
  EXPECT_EQ(client.read_to_end(), end::eof);
  EXPECT_TRUE(client.tls()->was_told_close_notify());
  client.close();
  wait_until_ended(server, in);
  server.call([&] {
    const auto session = in.home().sessions().front();
    ASSERT_NE(session->tls, nullptr);
    EXPECT_EQ(session->tls->server_name, "localhost");
    EXPECT_EQ(session->octets_in, client.octets_sent());
    EXPECT_EQ(in.home().messages().in_use().messages, 1U);
  });
}

// The whole session in single octets of ciphertext.
TEST_F(TlsConnection, RecordsMayComeInSingleOctets) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  tls_peer peer({});
  auto where = peer.handshake({});
  const auto send_octets = [&client](const std::string& octets) {
    for (const char each : octets) client.send_raw({&each, 1});
  };
  send_octets(peer.take_output());
  while (where == tls_peer::progress::needs_input) {
    where = peer.handshake(client.receive_raw());
    send_octets(peer.take_output());
  }
  ASSERT_EQ(where, tls_peer::progress::ready);
  peer.encrypt(std::string(to_data) + "mail\r\n.\r\nQUIT\r\n");
  send_octets(peer.take_output());
  std::string said;
  while (!peer.was_told_close_notify() && !peer.is_broken())
    said += peer.decrypt(client.receive_raw());
  EXPECT_THAT(said, HasSubstr("250 2.0.0 Ok: queued as "));
  EXPECT_THAT(said, HasSubstr("221 "));
}

TEST_F(TlsConnection, AHandshakeThatStallsIsEnded) {
  settings.rules.handshake_timeout = 30ms;
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  tls_peer peer({});
  (void)peer.handshake({});
  const std::string hello = peer.take_output();
  client.send_raw(std::string_view(hello).substr(0, hello.size() / 2));
  EXPECT_EQ(client.read_to_end(), end::eof);
  client.close();
  wait_until_ended(server, in);
  EXPECT_EQ(note_of(server, in), "tls_handshake_timeout");
  server.call([&] { EXPECT_EQ(in.home().sessions().front()->ended_by, model::ended_by::timeout); });
}

TEST_F(TlsConnection, ATruncatedRecordIsAnEndLikeAnyOther) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  ASSERT_TRUE(client.begin_tls());
  expect_lines(client, {"220 "});
  client.send(to_data);
  expect_lines(client, {"250 ", "250 ", "250 ", "354 "});
  client.tls()->encrypt("half of it never arrives");
  const std::string record = client.tls()->take_output();
  client.send_raw(std::string_view(record).substr(0, record.size() / 2));
  client.finish_raw();
  EXPECT_EQ(client.read_to_end(), end::eof);
  wait_until_ended(server, in);
  server.call([&] {
    ASSERT_EQ(in.attempts().size(), 1U);
    EXPECT_EQ(in.attempts()[0]->bytes(), "");
    EXPECT_EQ(in.home().sessions().front()->ended_by, model::ended_by::client_fin);
  });
}

TEST_F(TlsConnection, AnAlteredRecordEndsTheSessionWithANote) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  ASSERT_TRUE(client.begin_tls());
  expect_lines(client, {"220 "});
  client.tls()->encrypt("NOOP\r\n");
  std::string record = client.tls()->take_output();
  record.back() = static_cast<char>(record.back() ^ 1);
  client.send_raw(record);
  (void)client.read_to_end();
  client.close();
  wait_until_ended(server, in);
  EXPECT_EQ(note_of(server, in), "tls_broken");
  server.call(
      [&] { EXPECT_EQ(in.home().sessions().front()->ended_by, model::ended_by::tls_failure); });
}

TEST_F(TlsConnection, PlainTextOnThePortIsNotAnswered) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  client.send("EHLO client.test\r\n");
  EXPECT_EQ(client.read_to_end(), end::eof);
  EXPECT_EQ(client.received(), "");
  client.close();
  wait_until_ended(server, in);
  EXPECT_EQ(note_of(server, in), "plain_text_on_tls_port");
}

TEST_F(TlsConnection, AServerThatEndsDoesNotWaitForAHandshake) {
  world in(settings, {});
  socket_server server(in);
  socket_client silent(server.port());
  socket_client half(server.port());
  tls_peer peer({});
  (void)peer.handshake({});
  half.send_raw(peer.take_output());
  server.wait_until("both are accepted", [&] { return in.home().sessions().size() == 2; });
  server.shut_down();
  EXPECT_EQ(silent.read_to_end(), end::eof);
  (void)half.read_to_end();
  silent.close();
  half.close();
  server.wait_until("the server is down", [&] { return server.is_down(); });
}

TEST_F(TlsConnection, CloseNotifyAloneIsAnsweredAndEndsTheSession) {
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  ASSERT_TRUE(client.begin_tls());
  expect_lines(client, {"220 "});
  client.tls()->encrypt("NOOP\r\n");
  client.tls()->say_close_notify();
  client.send_raw(client.tls()->take_output());  // and no FIN behind it
  expect_lines(client, {"250 "});
  EXPECT_EQ(client.read_to_end(), end::eof);
  EXPECT_TRUE(client.tls()->was_told_close_notify());
  wait_until_ended(server, in);
  server.call(
      [&] { EXPECT_EQ(in.home().sessions().front()->ended_by, model::ended_by::client_fin); });
}

TEST_F(TlsConnection, ResetAndAbruptSayNoCloseNotify) {
  for (const char* mode : {"reset", "abrupt"}) {
    const std::string rule = std::string(R"({"point": "noop", "close": ")") + mode + "\"}";
    world in(settings, fault(rule.c_str()));
    socket_server server(in);
    socket_client client(server.port());
    ASSERT_TRUE(client.begin_tls());
    expect_lines(client, {"220 "});
    client.send("NOOP\r\n");
    const bool is_reset = std::string(mode) == "reset";
    EXPECT_EQ(client.read_to_end(), is_reset ? end::reset : end::eof);
    EXPECT_FALSE(client.tls()->was_told_close_notify()) << mode;
  }
}

// Replies of 13 MB to a client that reads none of them while it speaks.
TEST_F(TlsConnection, AClientThatReadsLateGetsEveryReply) {
  constexpr std::size_t commands = 20'000;
  world in(settings, {});
  socket_server server(in);
  socket_client client(server.port());
  ASSERT_TRUE(client.begin_tls());
  expect_lines(client, {"220 "});
  std::string said;
  for (std::size_t i = 0; i < commands; ++i) said += "HELP\r\n";
  client.send(said);
  for (std::size_t i = 0; i < commands; ++i) {
    const auto line = client.read_line();
    ASSERT_TRUE(line && line->starts_with("214-2.0.0 ")) << i;
    const auto last = client.read_line();
    ASSERT_TRUE(last && last->starts_with("214 2.0.0 ")) << i;
  }
  client.shut_down_sending();
  EXPECT_EQ(client.read_to_end(), end::eof);
}

TEST_F(TlsConnection, AServerWithoutACertificateSaysSoInItsNote) {
  world in(settings, {});
  socket_server server(in);
  server.call([&server] { server.server().set_tls(nullptr); });
  socket_client client(server.port());
  EXPECT_FALSE(client.begin_tls());
  client.close();
  wait_until_ended(server, in);
  EXPECT_EQ(note_of(server, in), "tls_unavailable");
}

}  // namespace
}  // namespace mailrig::net
