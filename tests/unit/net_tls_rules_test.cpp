// Rules about TLS in real handshakes: which certificate a client gets and what it says of it, which
// version and cipher come of a rule's limits, and which alert it is told.
#include "capture/net/mail_server.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/socket_server.hpp"
#include "tests/unit/net_talk.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

using dialogue::socket_client;
using dialogue::socket_server;
using dialogue::test_authority;
using dialogue::tls_peer;
using dialogue::tls_peer_options;
using dialogue::world;
using dialogue::world_settings;
using testing::EndsWith;
using end = socket_client::end;

tls_peer_options careful(const std::string& name = "localhost") {
  tls_peer_options result;
  result.trusted_ca = test_authority().root().certificate;
  result.server_name = name;
  return result;
}

tls_peer_options careless() {
  tls_peer_options result;
  result.takes_anything = true;
  return result;
}

world_settings in_tls() {
  world_settings result = judged_by_rigs();
  result.rules.tls = smtp::tls_mode::implicit;
  return result;
}

class TlsRules : public testing::Test {
 protected:
  // A rule at the handshake.
  void load(const std::string& actions, const std::string& when = "") {
    load_into(in.home(), actions, when);
  }
  void load_into(rig::rig& home, const std::string& actions, const std::string& when = "") {
    const std::string rules =
        R"({"rules": [{"where": {"protocol": "smtp", "stage": "tls_handshake"}, )" +
        (when.empty() ? "" : R"("when": )" + when + ", ") + R"("actions": [)" + actions + "]}]}";
    server.call([&] { ASSERT_TRUE(home.rules().put(rules).empty()) << rules; });
  }
  // What a client that verifies says of the certificate that it gets.
  std::string verdict(const tls_peer_options& how = careful()) {
    socket_client client(server.port());
    const bool is_taken = client.begin_tls(how);
    const tls_peer* const peer = is_taken ? client.tls() : client.failed_tls();
    std::string said = peer == nullptr ? "no handshake" : peer->verdict_on_certificate();
    EXPECT_EQ(is_taken, said == "ok") << said;
    return said;
  }
  // The last note of the n-th session, once it has ended.
  std::string last_note(std::size_t session) {
    std::string name;
    server.wait_until("the session ends",
                      [&] { return in.home().sessions()[session - 1]->ended_at.has_value(); });
    server.call([&] {
      const auto& notes = in.home().sessions()[session - 1]->notes;
      name = notes.empty() ? "" : notes.back().name;
    });
    return name;
  }

  world in{in_tls(), {}};
  socket_server server{in};
};

// Certificates

struct certificate_row {
  std::string name;
  std::string server_name;  // that the client asks for
  std::string said;         // by a client that verifies
};
void PrintTo(const certificate_row& row, std::ostream* out) {
  *out << row.name;
}

class TlsRulesOfCertificates : public TlsRules,
                               public testing::WithParamInterface<certificate_row> {};

TEST_P(TlsRulesOfCertificates, AClientThatVerifiesSaysWhatIsWrong) {
  load(R"({"certificate": {"name": ")" + GetParam().name + "\"}}");
  EXPECT_EQ(verdict(careful(GetParam().server_name)), GetParam().said);
  socket_client trusting(server.port());
  EXPECT_TRUE(trusting.begin_tls(careless()));
  expect_lines(trusting, {"220 "});
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsRulesOfCertificates,
    testing::Values(
        certificate_row{"good", "localhost", "ok"},
        certificate_row{"expired", "localhost", "certificate has expired"},
        certificate_row{"not_yet_valid", "localhost", "certificate is not yet valid"},
        certificate_row{"self_signed", "localhost", "self-signed certificate"},
        certificate_row{"wrong_host", "localhost", "hostname mismatch"},
        certificate_row{"wrong_host_ip", "localhost", "hostname mismatch"},
        certificate_row{"unknown_ca", "localhost", "unable to get local issuer certificate"},
        certificate_row{"missing_intermediate", "localhost",
                        "unable to get local issuer certificate"},
        certificate_row{"weak_rsa1024", "localhost", "EE certificate key too weak"},
        certificate_row{"sha1_signed", "localhost", "CA signature digest algorithm too weak"},
        certificate_row{"no_san_cn_only", "localhost", "hostname mismatch"},
        certificate_row{"wildcard", "localhost", "hostname mismatch"},
        certificate_row{"many_sans", "host-1000.many.test", "ok"},
        certificate_row{"ca_as_leaf", "localhost", "ok"}),
    [](const auto& row) { return row.param.name; });

TEST_F(TlsRules, ACertificateMayBeChosenForSomeConnections) {
  load(R"({"certificate": {"name": "expired"}})", R"({"nth": {"from": 2, "to": 3}})");
  EXPECT_EQ(verdict(), "ok");
  EXPECT_EQ(verdict(), "certificate has expired");
  EXPECT_EQ(verdict(), "certificate has expired");
  EXPECT_EQ(verdict(), "ok");
}

TEST_F(TlsRules, ACertificateMayBeChosenByTheNameThatIsAskedFor) {
  load(R"({"certificate": {"name": "self_signed"}})", R"({"tls.sni": {"eq": "localhost"}})");
  EXPECT_EQ(verdict(careful("localhost")), "self-signed certificate");
  EXPECT_EQ(verdict(careful("other.test")), "hostname mismatch");  // of the good one
}

TEST_F(TlsRules, ACertificateMayBeChosenForOneRig) {
  std::uint16_t port = 0;
  rig::rig* own = nullptr;
  server.call([&] {
    server.server().offer("smtps",
                          [this](rig::session_recorder& recorder, const connection_ends& ends) {
                            return in.make_session(dialogue::protocol::smtp, recorder, ends.peer);
                          });
    server.server().set_rig_ports({.addresses = {"127.0.0.1"}});
    rig::rig_config config;
    config.name = "own";
    own = &in.rigs().make(config);
    ASSERT_FALSE(server.server().open(*own, {{"smtps", {}, 0}}).has_value());
    port = server.server().list_of("own").back().port;
  });
  load_into(*own, R"({"certificate": {"name": "not_yet_valid"}})");
  socket_client client(port);
  EXPECT_FALSE(client.begin_tls(careful()));
  ASSERT_NE(client.failed_tls(), nullptr);
  EXPECT_EQ(client.failed_tls()->verdict_on_certificate(), "certificate is not yet valid");
  EXPECT_EQ(verdict(), "ok");
}

// A session that was made with one certificate is not resumed with another, which would hide it.
TEST_F(TlsRules, ResumptionHidesNoCertificate) {
  load(R"({"certificate": {"name": "expired"}})", R"({"nth": 2})");
  socket_client first(server.port());
  ASSERT_TRUE(first.begin_tls(careful()));
  expect_lines(first, {"220 "});
  tls_peer_options again = careful();
  again.session = first.tls()->session();
  EXPECT_EQ(verdict(again), "certificate has expired");
  socket_client third(server.port());
  ASSERT_TRUE(third.begin_tls(again));
  expect_lines(third, {"220 "});
  EXPECT_TRUE(third.tls()->was_resumed());
}

// Versions and ciphers

TEST_F(TlsRules, TheLatestVersionMayBeLimited) {
  for (const char* version : {"1.0", "1.1", "1.2", "1.3"}) {
    load(std::string(R"({"tls": {"min_version": "1.0", "max_version": ")") + version + "\"}}");
    socket_client client(server.port());
    ASSERT_TRUE(client.begin_tls(careless())) << version;
    const std::string expected =
        std::string(version) == "1.0" ? "TLSv1" : std::string("TLSv") + version;
    EXPECT_EQ(client.tls()->version(), expected);
    expect_lines(client, {"220 "});
  }
}

TEST_F(TlsRules, AnOldClientIsToldThatItsVersionIsRefused) {
  load(R"({"tls": {"min_version": "1.3"}})");
  tls_peer_options old = careful();
  old.max_version = "1.2";
  socket_client client(server.port());
  EXPECT_FALSE(client.begin_tls(old));
  ASSERT_NE(client.failed_tls(), nullptr);
  EXPECT_THAT(client.failed_tls()->error(), EndsWith("tlsv1 alert protocol version"));
  EXPECT_EQ(client.read_to_end(), end::eof);
  EXPECT_EQ(verdict(), "ok");
}

TEST_F(TlsRules, ANewClientMayFindNoVersionThatItStillTakes) {
  load(R"({"tls": {"min_version": "1.0", "max_version": "1.1"}})");
  socket_client client(server.port());
  EXPECT_FALSE(client.begin_tls(careful()));
  ASSERT_NE(client.failed_tls(), nullptr);
  // Of TLS 1.1 it is not the version that Debian's OpenSSL takes offence at, but what signs it.
  EXPECT_THAT(client.failed_tls()->error(),
              testing::AnyOf(EndsWith("legacy sigalg disallowed or unsupported"),
                             EndsWith("unsupported protocol"), EndsWith("alert protocol version")));
}

TEST_F(TlsRules, TheCiphersMayBeLimited) {
  load(R"({"tls": {"max_version": "1.2", "ciphers": "ECDHE-ECDSA-CHACHA20-POLY1305"}})");
  socket_client client(server.port());
  ASSERT_TRUE(client.begin_tls(careful()));
  EXPECT_EQ(client.tls()->cipher(), "ECDHE-ECDSA-CHACHA20-POLY1305");
}

// A cipher for RSA, of which the certificate has no key.
TEST_F(TlsRules, CiphersThatNobodySharesEndInAnAlert) {
  load(R"({"tls": {"max_version": "1.2", "ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}})");
  socket_client client(server.port());
  EXPECT_FALSE(client.begin_tls(careful()));
  ASSERT_NE(client.failed_tls(), nullptr);
  EXPECT_THAT(client.failed_tls()->error(), EndsWith("sslv3 alert handshake failure"));
}

TEST_F(TlsRules, CiphersThatOpensslHasNotAreNotedAndLeftOut) {
  load(R"({"tls": {"ciphers": "NO-SUCH-CIPHER"}})");
  EXPECT_EQ(verdict(), "ok");
  server.call([&] { EXPECT_EQ(in.home().sessions()[0]->notes.front().name, "unknown_ciphers"); });
}

// Alerts (RFC 8446 6.2), and what is no TLS

struct alert_row {
  std::string name;
  std::string said;  // by the client
};
void PrintTo(const alert_row& row, std::ostream* out) {
  *out << row.name;
}

class TlsRulesOfAlerts : public TlsRules, public testing::WithParamInterface<alert_row> {};

TEST_P(TlsRulesOfAlerts, AreWhatTheClientIsTold) {
  load(R"({"tls": {"alert": ")" + GetParam().name + "\"}}");
  socket_client client(server.port());
  EXPECT_FALSE(client.begin_tls(careful()));
  ASSERT_NE(client.failed_tls(), nullptr);
  EXPECT_THAT(client.failed_tls()->error(), EndsWith(GetParam().said));
  EXPECT_EQ(client.read_to_end(), end::eof);
}

INSTANTIATE_TEST_SUITE_P(
    All, TlsRulesOfAlerts,
    testing::Values(alert_row{"handshake_failure", "sslv3 alert handshake failure"},
                    alert_row{"protocol_version", "tlsv1 alert protocol version"},
                    alert_row{"internal_error", "tlsv1 alert internal error"},
                    alert_row{"unrecognized_name", "tlsv1 unrecognized name"}),
    [](const auto& row) { return row.param.name; });

// A port for TLS may answer in plain text: what is said before the handshake is said below it.
TEST_F(TlsRules, APlain421OnAPortForTlsIsWhatAHandshakeMeets) {
  server.call([&] {
    ASSERT_TRUE(in.home()
                    .rules()
                    .put(R"({"rules": [{"where": {"protocol": "smtp", "stage": "connect"},
                             "actions": [{"reply": {"code": 421, "text": "no TLS today"}},
                                         {"close": {}}]}]})")
                    .empty());
  });
  socket_client plain(server.port());
  EXPECT_EQ(plain.read_line(), "421 no TLS today");
  EXPECT_EQ(plain.read_to_end(), end::eof);
  socket_client client(server.port());
  EXPECT_FALSE(client.begin_tls(careful()));
  ASSERT_NE(client.failed_tls(), nullptr);
  EXPECT_THAT(client.failed_tls()->error(), EndsWith("wrong version number"));
}

TEST_F(TlsRules, AHandshakeThatIsStalledSaysNothingUntilItIsTime) {
  server.call([&] { in.home().set_frozen(true); });
  load(R"({"stall": {"max": "1h", "then": {"close": {"mode": "reset"}}}})");
  socket_client client(server.port());
  client.start_tls(careful());
  server.wait_until("the handshake waits", [&] { return in.home().due().count() == 1; });
  EXPECT_EQ(client.untaken(), "");
  EXPECT_FALSE(client.has_ended());
  server.call([&] { in.home().advance(std::chrono::hours{1}); });
  EXPECT_EQ(client.read_to_end(), end::reset);
}

TEST_F(TlsRules, WhoRefusesTheCertificateOfARuleIsNoted) {
  load(R"({"certificate": {"name": "expired"}})");
  EXPECT_EQ(verdict(), "certificate has expired");
  EXPECT_EQ(last_note(1), "tls_certificate_refused");
}

}  // namespace
}  // namespace mailrig::net
