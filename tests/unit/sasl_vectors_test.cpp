// The examples of the RFCs, word for word.
#include "tests/unit/sasl_talk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using namespace std::string_literals;

// RFC 4616 4.
TEST(SaslVectors, PlainOfRfc4616) {
  sasl_client client;
  client.users.add_user("tim", "tanstaaftanstaaf");
  client.users.add_user("Kurt", "xipj3plmq");
  EXPECT_EQ(client.says(sasl_mechanism::plain, {"\0tim\0tanstaaftanstaaf"s}),
            "done PLAIN user=tim");
  EXPECT_EQ(client.says(sasl_mechanism::plain, {"Ursel\0Kurt\0xipj3plmq"s}),
            "done PLAIN user=Kurt for=Ursel");
}

// RFC 4954 4.
TEST(SaslVectors, PlainOfRfc4954) {
  sasl_client client;
  client.users.add_user("test", "1234");
  sasl_exchange exchange(sasl_mechanism::plain, client.terms());
  EXPECT_EQ(told(exchange.start("dGVzdAB0ZXN0ADEyMzQ=")), "done PLAIN user=test for=test");
}

// RFC 2195 2.
TEST(SaslVectors, CramMd5OfRfc2195) {
  sasl_client client;
  client.users.add_user("tim", "tanstaaftanstaaf");
  client.nonces = given_nonces({"1896.697170952"});
  client.host_name = "postoffice.reston.mci.net";
  sasl_exchange exchange(sasl_mechanism::cram_md5, client.terms());
  const auto challenge = exchange.start(std::nullopt);
  EXPECT_EQ(std::get<sasl_challenge>(challenge).text,
            "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+");
  EXPECT_EQ(told(exchange.step("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw")),
            "done CRAM-MD5 user=tim");
}

// RFC 5802 5.
TEST(SaslVectors, ScramSha1OfRfc5802) {
  sasl_client client;
  client.users.add_user("user", "pencil");
  client.nonces = given_nonces({"3rfcNHYJY1ZVvWVs7j", decoded("QSXCR+Q6sek8bf92")});
  const std::string first = "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL";
  const std::string last =
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
  sasl_exchange exchange(sasl_mechanism::scram_sha_1, client.terms());
  EXPECT_EQ(told(exchange.start(encode_base64(first))),
            "challenge r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
  EXPECT_EQ(told(exchange.step(encode_base64(last))), "challenge v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
  EXPECT_EQ(told(exchange.step("")), "done SCRAM-SHA-1 user=user");
}

// RFC 7677 3.
TEST(SaslVectors, ScramSha256OfRfc7677) {
  sasl_client client;
  client.users.add_user("user", "pencil");
  client.nonces =
      given_nonces({"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", decoded("W22ZaJ0SNY7soEsUEjb6gQ==")});
  const std::string first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
  const std::string last =
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  sasl_exchange exchange(sasl_mechanism::scram_sha_256, client.terms());
  EXPECT_EQ(told(exchange.start(encode_base64(first))),
            "challenge r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  EXPECT_EQ(told(exchange.step(encode_base64(last))),
            "challenge v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  EXPECT_EQ(told(exchange.step("")), "done SCRAM-SHA-256 user=user");
}

constexpr std::string_view bearer_of_rfc7628 =
    "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZG"
    "OWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB";

// RFC 7628 4.1.
TEST(SaslVectors, OauthbearerOfRfc7628) {
  sasl_client client;
  client.users.add_user("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  sasl_exchange exchange(sasl_mechanism::oauthbearer, client.terms());
  EXPECT_EQ(told(exchange.start(bearer_of_rfc7628)), "done OAUTHBEARER user=user@example.com");
}

// RFC 7628 4.3: the dummy of the client is ^A.
TEST(SaslVectors, OauthbearerThatFailsOfRfc7628) {
  sasl_client client;
  client.users.add_user("user@example.com", "another token");
  sasl_exchange exchange(sasl_mechanism::oauthbearer, client.terms());
  EXPECT_EQ(told(exchange.start(bearer_of_rfc7628)), R"(challenge {"status":"invalid_token"})");
  EXPECT_EQ(told(exchange.step("AQ==")),
            "refused OAUTHBEARER user=user@example.com: "s + wrong_password);
}

// RFC 4505 3.
TEST(SaslVectors, AnonymousOfRfc4505) {
  sasl_client client;
  sasl_exchange exchange(sasl_mechanism::anonymous, client.terms());
  EXPECT_EQ(told(exchange.start("c2lyaGM=")), "done ANONYMOUS user=sirhc");
}

}  // namespace
}  // namespace mailrig::wire
