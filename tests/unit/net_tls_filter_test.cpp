// net/tls_filter against OpenSSL's own client, without sockets: every split of the octets, both
// versions, resumption, and what broken peers do.
#include "capture/net/tls_filter.hpp"
#include "tests/dialogues/tls_peer.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using dialogue::test_authority;
using dialogue::test_contexts;
using dialogue::tls_peer;
using dialogue::tls_peer_options;
using progress = tls_filter::progress;
using stage = tls_filter::stage;
using testing::HasSubstr;
using testing::IsSupersetOf;

constexpr std::size_t all_at_once = 1'000'000;

tls_peer_options trusting(std::string version = {}) {
  tls_peer_options result;
  result.trusted_ca = test_authority().root().certificate;
  result.server_name = "localhost";
  result.max_version = std::move(version);
  return result;
}

// A filter and a client, and the octets between them in pieces of a given size.
class wire_between {
 public:
  explicit wire_between(const tls_peer_options& options, std::size_t piece = all_at_once,
                        const tls_contexts& contexts = test_contexts(),
                        std::string certificate = {})
      : contexts_(contexts),
        certificate_(std::move(certificate)),
        piece_(piece),
        server(contexts.listening()),
        client(options) {}

  // Where both of them end up.
  progress shake_hands() {
    auto there = client.handshake({});
    while (where_ == progress::needs_input || there == tls_peer::progress::needs_input) {
      const std::string said = client.take_output();
      if (said.empty() && server.output().empty()) break;
      to_server(said);
      there = client.handshake(take_output());
    }
    to_server(client.take_output());
    client_ready = there == tls_peer::progress::ready;
    return where_;
  }

  std::string take_output() {
    std::string result(server.output());
    server.sent(result.size());
    return result;
  }

  // What the server reads of it.
  std::string decrypt(std::string_view ciphertext) {
    std::string result;
    std::string buffer(all_at_once, '\0');
    do {
      const std::string_view part = ciphertext.substr(0, piece_);
      ciphertext.remove_prefix(part.size());
      result.append(buffer, 0, server.decrypt(part, buffer.data(), buffer.size()));
    } while (!ciphertext.empty());
    return result;
  }

  std::string send_to_server(std::string_view plaintext) {
    client.encrypt(plaintext);
    return decrypt(client.take_output());
  }

 private:
  void to_server(std::string_view octets) {
    while (!octets.empty() && where_ != progress::failed) {
      const std::string_view part = octets.substr(0, piece_);
      octets.remove_prefix(part.size());
      if (where_ == progress::ready) {
        early += decrypt(part);
        continue;
      }
      where_ = server.handshake(part);
      if (where_ != progress::client_hello) continue;
      hello = server.hello();
      server.choose(contexts_.find(certificate_));
      where_ = server.handshake({});
    }
  }

  const tls_contexts& contexts_;
  std::string certificate_;
  std::size_t piece_;
  progress where_ = progress::needs_input;

 public:
  tls_filter server;
  tls_peer client;
  model::client_hello hello;
  std::string early;  // what the client said behind its handshake
  bool client_ready = false;
};

std::string long_text() {
  std::string result;
  for (int i = 0; i < 5000; ++i) result += "line " + std::to_string(i) + " of a longer mail\r\n";
  return result;
}

class TlsFilter : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Versions, TlsFilter, testing::Values("1.2", "1.3"),
                         [](const auto& each) { return each.param[2] == '2' ? "Tls12" : "Tls13"; });

TEST_P(TlsFilter, AgreesWithAClientThatVerifies) {
  wire_between between(trusting(GetParam()));
  ASSERT_EQ(between.shake_hands(), progress::ready);
  EXPECT_TRUE(between.client_ready) << between.client.error();
  EXPECT_EQ(between.hello.server_name, "localhost");
  const model::tls_facts facts = between.server.take_facts();
  EXPECT_EQ(facts.version, std::string("TLSv") + GetParam());
  EXPECT_EQ(facts.version, between.client.version());
  EXPECT_THAT(facts.cipher, HasSubstr("AES"));
  EXPECT_EQ(facts.server_name, "localhost");
  EXPECT_EQ(facts.client_certificate, "");
  EXPECT_FALSE(facts.is_resumed);
}

TEST_P(TlsFilter, OctetsArriveWhateverTheirSplit) {
  const std::string text = long_text();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5},
                                  std::size_t{7}, std::size_t{1000}, all_at_once}) {
    wire_between between(trusting(GetParam()), piece);
    ASSERT_EQ(between.shake_hands(), progress::ready) << piece;
    EXPECT_EQ(between.send_to_server(text), text) << piece;
    ASSERT_TRUE(between.server.encrypt(text));
    EXPECT_EQ(between.client.decrypt(between.take_output()), text) << piece;
  }
}

// Each place where one record can be cut in two.
TEST_P(TlsFilter, ARecordMayBeCutAnywhere) {
  wire_between between(trusting(GetParam()));
  ASSERT_EQ(between.shake_hands(), progress::ready);
  std::string buffer(1000, '\0');
  between.client.encrypt("NOOP\r\n");
  const std::size_t size = between.client.take_output().size();
  // The first record was lost on purpose: a new pair is needed.
  wire_between next(trusting(GetParam()));
  ASSERT_EQ(next.shake_hands(), progress::ready);
  for (std::size_t cut = 0; cut <= size; ++cut) {
    next.client.encrypt("NOOP\r\n");
    const std::string record = next.client.take_output();
    ASSERT_EQ(record.size(), size);
    const auto take = [&](std::string_view part) {
      return buffer.substr(0, next.server.decrypt(part, buffer.data(), buffer.size()));
    };
    const std::string first = take(std::string_view(record).substr(0, cut));
    EXPECT_EQ(first + take(std::string_view(record).substr(cut)), "NOOP\r\n") << cut;
  }
}

TEST_P(TlsFilter, WhatDoesNotFitIsKept) {
  wire_between between(trusting(GetParam()));
  ASSERT_EQ(between.shake_hands(), progress::ready);
  const std::string text = long_text();
  between.client.encrypt(text);
  std::string all;
  std::string buffer(1000, '\0');
  std::string ciphertext = between.client.take_output();
  do {
    const std::size_t size = between.server.decrypt(ciphertext, buffer.data(), buffer.size());
    ciphertext.clear();
    if (size == 0) break;
    all.append(buffer, 0, size);
  } while (true);
  EXPECT_EQ(all, text);
  EXPECT_FALSE(between.server.holds_input());
}

TEST_P(TlsFilter, CloseNotifyIsAnEndAndIsAnswered) {
  wire_between between(trusting(GetParam()));
  ASSERT_EQ(between.shake_hands(), progress::ready);
  between.client.encrypt("QUIT\r\n");
  between.client.say_close_notify();
  EXPECT_EQ(between.decrypt(between.client.take_output()), "QUIT\r\n");
  EXPECT_EQ(between.server.where(), stage::peer_said_close_notify);
  ASSERT_TRUE(between.server.encrypt("221 Bye\r\n"));
  between.server.say_close_notify();
  (void)between.client.decrypt(between.take_output());
  EXPECT_TRUE(between.client.was_told_close_notify());
}

TEST_P(TlsFilter, AChangedOctetBreaksIt) {
  wire_between between(trusting(GetParam()));
  ASSERT_EQ(between.shake_hands(), progress::ready);
  between.client.encrypt("MAIL FROM:<a@a.test>\r\n");
  std::string record = between.client.take_output();
  record[record.size() / 2] = static_cast<char>(record[record.size() / 2] ^ 1);
  EXPECT_EQ(between.decrypt(record), "");
  EXPECT_EQ(between.server.where(), stage::broken);
  EXPECT_EQ(between.server.failure().how, model::tls_end::refused);
  EXPECT_FALSE(between.server.encrypt("250 Ok\r\n"));
  // Nothing is said behind the alert.
  const std::string alert = between.take_output();
  between.server.say_close_notify();
  EXPECT_EQ(between.take_output(), "");
  (void)between.client.decrypt(alert);
  EXPECT_THAT(between.client.error(), HasSubstr("alert"));
}

TEST_P(TlsFilter, AClientThatTrustsNobodySaysSo) {
  tls_peer_options options;
  options.trusts_nobody = true;
  options.max_version = GetParam();
  wire_between between(options);
  EXPECT_EQ(between.shake_hands(), progress::failed);
  EXPECT_EQ(between.server.failure().how, model::tls_end::alert);
  EXPECT_EQ(model::alert_name(between.server.failure().alert), "unknown_ca");
  EXPECT_TRUE(between.server.failure().has_said_hello);
  EXPECT_EQ(model::describe(between.server.failure()).name, "tls_certificate_refused");
}

TEST_P(TlsFilter, ASessionIsResumed) {
  wire_between first(trusting(GetParam()));
  ASSERT_EQ(first.shake_hands(), progress::ready);
  (void)first.client.decrypt(first.take_output());
  tls_peer_options again = trusting(GetParam());
  again.session = first.client.session();
  wire_between second(again);
  ASSERT_EQ(second.shake_hands(), progress::ready);
  EXPECT_TRUE(second.client.was_resumed());
  EXPECT_TRUE(second.server.take_facts().is_resumed);
}

// Two certificates behind one listener: what was agreed under one is worth nothing under the other.
TEST_P(TlsFilter, ASessionOfAnotherCertificateIsNotResumed) {
  tls_contexts contexts({});
  contexts.add("good", test_authority().server());
  contexts.add("other", test_authority().server());
  wire_between first(trusting(GetParam()), all_at_once, contexts, "good");
  ASSERT_EQ(first.shake_hands(), progress::ready);
  (void)first.client.decrypt(first.take_output());
  tls_peer_options again = trusting(GetParam());
  again.session = first.client.session();
  wire_between second(again, all_at_once, contexts, "other");
  ASSERT_EQ(second.shake_hands(), progress::ready);
  EXPECT_FALSE(second.client.was_resumed());
  again.session = first.client.session();
  wire_between third(again, all_at_once, contexts, "good");
  ASSERT_EQ(third.shake_hands(), progress::ready);
  EXPECT_TRUE(third.client.was_resumed());
}

TEST_P(TlsFilter, AClientCertificateIsTakenAndNamed) {
  tls_contexts contexts({.ciphers = {}, .requests_client_certificate = true});
  contexts.add("good", test_authority().server());
  const auto now = std::chrono::system_clock::now();
  tls_peer_options options = trusting(GetParam());
  options.certificate = make_certificate(
      {.common_name = "alice", .not_before = now, .not_after = now + std::chrono::hours{1}},
      nullptr);
  wire_between between(options, all_at_once, contexts);
  ASSERT_EQ(between.shake_hands(), progress::ready);
  EXPECT_EQ(between.server.take_facts().client_certificate, "CN=alice,O=mailrig");
  wire_between without(trusting(GetParam()), all_at_once, contexts);
  ASSERT_EQ(without.shake_hands(), progress::ready);
  EXPECT_EQ(without.server.take_facts().client_certificate, "");
}

TEST(TlsFilterOfTls13, AnswersKeyUpdates) {
  wire_between between(trusting());
  ASSERT_EQ(between.shake_hands(), progress::ready);
  (void)between.client.decrypt(between.take_output());
  between.client.update_keys();
  EXPECT_EQ(between.send_to_server("NOOP\r\n"), "NOOP\r\n");
  ASSERT_TRUE(between.server.encrypt("250 Ok\r\n"));  // its own update goes ahead of it
  EXPECT_EQ(between.client.decrypt(between.take_output()), "250 Ok\r\n");
}

TEST(TlsFilterOfTls13, TellsTheVersionsThatTheClientOffers) {
  wire_between between(trusting());
  ASSERT_EQ(between.shake_hands(), progress::ready);
  EXPECT_THAT(between.hello.versions, IsSupersetOf({0x0303, 0x0304}));
}

TEST(TlsFilterOfTls13, WhatTheClientSaysBehindItsHandshakeIsNotLost) {
  wire_between between(trusting());
  auto there = between.client.handshake({});
  ASSERT_EQ(between.server.handshake(between.client.take_output()), progress::client_hello);
  between.server.choose(test_contexts().find(""));
  ASSERT_EQ(between.server.handshake({}), progress::needs_input);
  there = between.client.handshake(between.take_output());
  ASSERT_EQ(there, tls_peer::progress::ready);
  between.client.encrypt("EHLO quick.test\r\n");
  ASSERT_EQ(between.server.handshake(between.client.take_output()), progress::ready);
  EXPECT_TRUE(between.server.holds_input());
  std::string buffer(1000, '\0');
  EXPECT_EQ(buffer.substr(0, between.server.decrypt({}, buffer.data(), buffer.size())),
            "EHLO quick.test\r\n");
}

TEST(TlsFilterAndStrangers, PlainTextIsNoTls) {
  tls_filter server(test_contexts().listening());
  EXPECT_EQ(server.handshake("EHLO client.test\r\n"), progress::failed);
  EXPECT_EQ(server.failure().how, model::tls_end::not_tls);
  EXPECT_EQ(server.output(), "");
}

TEST(TlsFilterAndStrangers, GarbageInAHandshakeIsRefused) {
  tls_filter server(test_contexts().listening());
  EXPECT_EQ(server.handshake(std::string("\x16\x03\x01\x00\x05hello", 10)), progress::failed);
  EXPECT_EQ(server.failure().how, model::tls_end::refused);
  EXPECT_EQ(model::describe(server.failure()).name, "tls_handshake_failed");
}

TEST(TlsFilterAndStrangers, ATruncatedClientHelloIsAwaited) {
  tls_peer client(trusting());
  (void)client.handshake({});
  const std::string hello = client.take_output();
  for (std::size_t size = 0; size < hello.size(); ++size) {
    tls_filter server(test_contexts().listening());
    ASSERT_EQ(server.handshake(hello.substr(0, size)), progress::needs_input) << size;
    EXPECT_FALSE(server.failure_by(model::tls_end::timeout).has_said_hello);
  }
}

// Nobody reads what an extension claims to hold beyond its end.
TEST(TlsFilterAndStrangers, ChangedClientHellosNeverBreakTheReader) {
  tls_peer client(trusting());
  (void)client.handshake({});
  const std::string hello = client.take_output();
  std::size_t understood = 0;
  for (std::size_t at = 0; at < hello.size(); ++at) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string changed = hello;
      changed[at] = static_cast<char>(changed[at] ^ change);
      tls_filter server(test_contexts().listening());
      if (server.handshake(changed) == progress::client_hello) ++understood;
    }
  }
  EXPECT_GT(understood, 0U);
}

TEST(TlsFilterAndStrangers, VersionsThatNobodyWantsAreRefused) {
  tls_contexts only13({.min_version = "1.3", .ciphers = {}});
  only13.add("good", test_authority().server());
  wire_between between(trusting("1.2"), all_at_once, only13);
  EXPECT_EQ(between.shake_hands(), progress::failed);
  EXPECT_THAT(between.server.failure().detail, HasSubstr("unsupported protocol"));
}

}  // namespace
}  // namespace mailrig::net
