#include "tests/unit/sasl_talk.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::StartsWith;

const std::string digest_of_nobody(32, 'f');

TEST(Sasl, EveryMechanismIsFoundByItsNameInAnyCase) {
  for (std::size_t i = 0; i < sasl_mechanism_count; ++i) {
    const auto each = static_cast<sasl_mechanism>(i);
    EXPECT_EQ(find_sasl_mechanism(to_string(each)), each);
  }
  EXPECT_EQ(find_sasl_mechanism("scram-Sha-256"), sasl_mechanism::scram_sha_256);
  EXPECT_EQ(find_sasl_mechanism("SCRAM-SHA-256-PLUS"), std::nullopt);
  EXPECT_EQ(find_sasl_mechanism(""), std::nullopt);
}

TEST(Sasl, WithoutUsersAllButScramAndExternalCanBeUsed) {
  EXPECT_EQ(to_string(usable(sasl_mechanism_set::all(), {}, false)),
            "PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER ANONYMOUS");
}

TEST(Sasl, WithPasswordsScramCanBeUsedAndNobodyIsAnonymous) {
  credentials users;
  users.set_common_password("pw");
  EXPECT_EQ(to_string(usable(sasl_mechanism_set::all(), users, false)),
            "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER");
}

TEST(Sasl, WithACertificateExternalCanBeUsedIfItIsWanted) {
  EXPECT_TRUE(usable(sasl_mechanism_set::all(), {}, true).contains(sasl_mechanism::external));
  EXPECT_TRUE(usable({}, {}, true).empty());
}

struct talk {
  sasl_mechanism mechanism;
  std::vector<std::string> responses;
  std::string end;
};

std::ostream& operator<<(std::ostream& to, const talk& one) {
  return to << to_string(one.mechanism) << " that ends '" << one.end << '\'';
}

class SaslTakesAnything : public testing::TestWithParam<talk> {};

TEST_P(SaslTakesAnything, AndRecordsTheName) {
  sasl_client client;
  client.certificate_name = "CN=client";
  EXPECT_EQ(client.says(GetParam().mechanism, GetParam().responses), GetParam().end);
}

INSTANTIATE_TEST_SUITE_P(
    WithoutUsers, SaslTakesAnything,
    testing::Values(
        talk{sasl_mechanism::plain, {"\0alice\0whatever"s}, "done PLAIN user=alice"},
        talk{sasl_mechanism::plain, {"\0alice\0"s}, "done PLAIN user=alice"},
        talk{sasl_mechanism::plain, {"boss\0al\xE9\0caf\xE9"s}, "done PLAIN user=al\xE9 for=boss"},
        talk{sasl_mechanism::login, {"alice", "pw"}, "done LOGIN user=alice"},
        talk{sasl_mechanism::login, {"alice", ""}, "done LOGIN user=alice"},
        talk{sasl_mechanism::xoauth2,
             {"user=alice\x01"
              "auth=Bearer t\x01\x01"},
             "done XOAUTH2 user=alice"},
        talk{sasl_mechanism::xoauth2,
             {"user=alice\x01"
              "Auth=bearer t\x01\x01"},
             "done XOAUTH2 user=alice"},
        talk{sasl_mechanism::oauthbearer,
             {"n,a=al=2Cice=3D,\x01"
              "auth=Bearer t\x01\x01"},
             "done OAUTHBEARER user=al,ice="},
        talk{sasl_mechanism::oauthbearer,
             {"y,,\x01"
              "auth=Bearer t\x01\x01"},
             "done OAUTHBEARER user="},
        talk{sasl_mechanism::external, {""}, "done EXTERNAL user=CN=client"},
        talk{sasl_mechanism::external, {"boss"}, "done EXTERNAL user=CN=client for=boss"},
        talk{sasl_mechanism::anonymous, {""}, "done ANONYMOUS user=anonymous"}));

class SaslRefuses : public testing::TestWithParam<talk> {};

TEST_P(SaslRefuses, AndSaysWhy) {
  sasl_client client;
  client.users.add_user("alice", "secret");
  const std::string end = client.says(GetParam().mechanism, GetParam().responses);
  EXPECT_THAT(end, HasSubstr(GetParam().end));
  EXPECT_THAT(end, Not(HasSubstr("secret")));
}

const std::string refusal_of_token = "auth=Bearer wrong\x01\x01";

INSTANTIATE_TEST_SUITE_P(
    WithUsers, SaslRefuses,
    testing::Values(
        talk{sasl_mechanism::plain, {"\0alice\0wrong"s}, "refused PLAIN user=alice: the password"},
        talk{sasl_mechanism::plain, {"\0alice\0"s}, "refused PLAIN user=alice: the password"},
        talk{sasl_mechanism::plain, {"\0bob\0secret"s}, "refused PLAIN user=bob: there is no such"},
        talk{sasl_mechanism::plain, {"\0Alice\0secret"s}, "refused PLAIN user=Alice: there is no"},
        talk{sasl_mechanism::plain, {""}, "malformed PLAIN user=: PLAIN wants"},
        talk{sasl_mechanism::plain, {"alice"}, "malformed PLAIN user=: PLAIN wants"},
        talk{sasl_mechanism::plain, {"alice\0secret"s}, "malformed PLAIN user=: PLAIN wants"},
        talk{sasl_mechanism::plain, {"\0alice\0secret\0"s}, "malformed PLAIN user=: PLAIN wants"},
        talk{sasl_mechanism::plain, {"\0\0secret"s}, "malformed PLAIN user=: the user name is"},
        talk{sasl_mechanism::login, {"alice", "wrong"}, "refused LOGIN user=alice: the password"},
        talk{sasl_mechanism::login, {"bob", "secret"}, "refused LOGIN user=bob: there is no such"},
        talk{sasl_mechanism::login, {""}, "malformed LOGIN user=: the user name is empty"},
        talk{sasl_mechanism::external, {""}, "refused EXTERNAL user=: the client gave no"},
        talk{sasl_mechanism::external, {"a\0b"s}, "malformed EXTERNAL"},
        talk{sasl_mechanism::anonymous, {"x"}, "refused ANONYMOUS user=x: only the users"},
        talk{sasl_mechanism::cram_md5, {"alice " + digest_of_nobody}, "unexpected_initial_resp"},
        talk{sasl_mechanism::xoauth2,
             {"user=alice\x01" + refusal_of_token},
             "challenge {\"status\":\"401\""},
        talk{sasl_mechanism::xoauth2,
             {"user=alice\x01" + refusal_of_token, ""},
             "refused XOAUTH2 user=alice: the password"},
        talk{sasl_mechanism::xoauth2, {"alice", ""}, "malformed XOAUTH2 user=: XOAUTH2 wants"},
        talk{sasl_mechanism::xoauth2,
             {"user=\x01"
              "auth=Bearer secret\x01\x01",
              ""},
             "malformed XOAUTH2 user=: XOAUTH2 wants"},
        talk{sasl_mechanism::xoauth2,
             {"user=alice\x01"
              "auth=Bearer secret\x01",
              ""},
             "malformed XOAUTH2 user=: XOAUTH2 wants"},
        talk{sasl_mechanism::xoauth2,
             {"user=alice\x01"
              "auth=Basic secret\x01\x01",
              ""},
             "malformed XOAUTH2 user=alice: it has no auth=Bearer"},
        talk{sasl_mechanism::oauthbearer,
             {"n,a=alice,\x01" + refusal_of_token},
             "challenge {\"status\":\"invalid_token\"}"},
        talk{sasl_mechanism::oauthbearer,
             {"n,a=bob,\x01" + refusal_of_token, "\x01"},
             "refused OAUTHBEARER user=bob: there is no such"},
        talk{sasl_mechanism::oauthbearer,
             {"user=alice", "\x01"},
             "malformed OAUTHBEARER user=: the message has no GS2"},
        talk{sasl_mechanism::oauthbearer, {"x,a=alice,", "\x01"}, "the GS2 header begins with"},
        talk{sasl_mechanism::oauthbearer, {"n,alice,", "\x01"}, "the GS2 header names a user"},
        talk{sasl_mechanism::oauthbearer, {"n,a=al=2cice,", "\x01"}, "the GS2 header names a user"},
        talk{sasl_mechanism::oauthbearer,
             {"n,a=alice,"},
             "challenge {\"status\":\"invalid_request\"}"},
        talk{sasl_mechanism::oauthbearer,
             {"n,a=alice,", "\x01"},
             "malformed OAUTHBEARER user=alice: behind"}));

const std::string first = "n,,n=alice,r=abc";

INSTANTIATE_TEST_SUITE_P(
    Scram, SaslRefuses,
    testing::Values(
        talk{
            sasl_mechanism::scram_sha_1, {"alice"}, "malformed SCRAM-SHA-1 user=: the message has"},
        talk{sasl_mechanism::scram_sha_1, {"p=tls-unique,,n=alice,r=abc"}, "no -PLUS mechanism"},
        talk{sasl_mechanism::scram_sha_1, {"n,,m=x,n=alice,r=abc"}, "an extension that is not"},
        talk{sasl_mechanism::scram_sha_1, {"n,,r=abc,n=alice"}, "wants n=user,r=nonce"},
        talk{sasl_mechanism::scram_sha_1, {"n,,n=alice,r="}, "wants n=user,r=nonce"},
        talk{sasl_mechanism::scram_sha_1,
             {"n,,n=alice,r=" + std::string(1025, 'a')},
             "of 1,024 octets at most"},
        talk{sasl_mechanism::scram_sha_1, {"n,,n=alice,r=a\x7F"}, "wants n=user,r=nonce"},
        talk{sasl_mechanism::scram_sha_1, {"n,,n=al=ice,r=abc"}, "=3D and comma as =2C"},
        talk{sasl_mechanism::scram_sha_1, {"n,,n=,r=abc"}, "=3D and comma as =2C"},
        talk{
            sasl_mechanism::scram_sha_1, {"n,,n=bob,r=abc"}, "refused SCRAM-SHA-1 user=bob: there"},
        talk{sasl_mechanism::scram_sha_256, {first, "c=biws,r=abcnonce"}, "the last message wants"},
        talk{
            sasl_mechanism::scram_sha_256, {first, "r=abcnonce,c=biws,p=AAAA"}, "the last message"},
        talk{sasl_mechanism::scram_sha_256,
             {first, "c=eSws,r=abcnonce,p=AAAA"},
             "c= is not the GS2"},
        talk{
            sasl_mechanism::scram_sha_256, {first, "c=biw,r=abcnonce,p=AAAA"}, "c= is not the GS2"},
        talk{sasl_mechanism::scram_sha_256, {first, "c=biws,r=abc,p=AAAA"}, "r= is not the nonce"},
        talk{sasl_mechanism::scram_sha_256, {first, "c=biws,r=abcnonce,p=A"}, "p= is not base64"},
        talk{sasl_mechanism::scram_sha_256,
             {first, "c=biws,r=abcnonce,p=AAAA"},
             "refused SCRAM-SHA-256 user=alice: the password"},
        talk{sasl_mechanism::scram_sha_256,
             {first, "c=biws,r=abcnonce,p=" + encode_base64(std::string(32, 'x'))},
             "refused SCRAM-SHA-256 user=alice: the password"}));

TEST(Sasl, AClientThatSpeaksFirstIsAskedWithAnEmptyChallenge) {
  for (const auto each :
       {sasl_mechanism::plain, sasl_mechanism::scram_sha_1, sasl_mechanism::xoauth2,
        sasl_mechanism::oauthbearer, sasl_mechanism::external, sasl_mechanism::anonymous}) {
    sasl_client client;
    sasl_exchange exchange(each, client.terms());
    EXPECT_EQ(told(exchange.start(std::nullopt)), "challenge ") << to_string(each);
  }
}

TEST(Sasl, LoginAsksForUserAndPassword) {
  sasl_client client;
  sasl_exchange exchange(sasl_mechanism::login, client.terms());
  EXPECT_EQ(told(exchange.start(std::nullopt)), "challenge Username:");
  EXPECT_EQ(told(exchange.step("YWxpY2U=")), "challenge Password:");
  EXPECT_EQ(told(exchange.step("cHc=")), "done LOGIN user=alice");
}

TEST(Sasl, AnAsteriskCancelsAtEveryStep) {
  sasl_client client;
  sasl_exchange exchange(sasl_mechanism::login, client.terms());
  (void)exchange.start(std::nullopt);
  EXPECT_THAT(told(exchange.step("*")), StartsWith("cancelled LOGIN"));
  sasl_exchange later(sasl_mechanism::login, client.terms());
  (void)later.start("YWxpY2U=");
  EXPECT_THAT(told(later.step("*")), StartsWith("cancelled LOGIN"));
}

TEST(Sasl, WhatIsNotBase64IsSaidWithoutRepeatingIt) {
  sasl_client client;
  sasl_exchange exchange(sasl_mechanism::login, client.terms());
  (void)exchange.start(std::nullopt);
  const std::string end = told(exchange.step("my p4ssword!"));
  EXPECT_EQ(end, "not_base64 LOGIN user=: it holds an octet outside the alphabet");
  EXPECT_THAT(told(sasl_exchange(sasl_mechanism::plain, client.terms()).start("*")),
              StartsWith("not_base64"));
}

// An empty line is an empty response; "=" is one only as the initial response (RFC 4954 4).
TEST(Sasl, AnEqualsSignStandsForNothingInTheInitialResponseOnly) {
  sasl_client client;
  EXPECT_EQ(told(sasl_exchange(sasl_mechanism::anonymous, client.terms()).start("=")),
            "done ANONYMOUS user=anonymous");
  sasl_exchange exchange(sasl_mechanism::anonymous, client.terms());
  (void)exchange.start(std::nullopt);
  EXPECT_THAT(told(exchange.step("=")), StartsWith("not_base64"));
}

TEST(Sasl, CramMd5TakesAnyDigestWhereAnythingIsAccepted) {
  sasl_client client;
  sasl_exchange exchange(sasl_mechanism::cram_md5, client.terms());
  EXPECT_EQ(told(exchange.start(std::nullopt)), "challenge <nonce@mail.test>");
  EXPECT_EQ(told(exchange.step(encode_base64("al ice " + digest_of_nobody))),
            "done CRAM-MD5 user=al ice");
}

TEST(Sasl, CramMd5WantsTheRightDigestOfAUser) {
  const auto end_of = [](const std::string& response) {
    sasl_client client;
    client.users.add_user("tim", "tanstaaftanstaaf");
    sasl_exchange exchange(sasl_mechanism::cram_md5, client.terms());
    (void)exchange.start(std::nullopt);
    return told(exchange.step(encode_base64(response)));
  };
  EXPECT_THAT(end_of("tim " + digest_of_nobody), StartsWith("refused CRAM-MD5 user=tim: the pass"));
  EXPECT_THAT(end_of("bob " + digest_of_nobody), StartsWith("refused CRAM-MD5 user=bob: there is"));
  for (const std::string each : {"", "tim", "tim ", " ", "tim 1234"})
    EXPECT_THAT(end_of(each), StartsWith("malformed CRAM-MD5 user=: CRAM-MD5 wants")) << each;
  EXPECT_THAT(end_of(" " + digest_of_nobody), StartsWith("malformed CRAM-MD5 user=: the user"));
  EXPECT_THAT(end_of("tim " + std::string(32, 'g')), StartsWith("malformed CRAM-MD5"));
}

TEST(Sasl, ScramFailsWithAPasswordThatSaslprepRefuses) {
  sasl_client client;
  client.users.add_user("alice", "caf\xE9");
  EXPECT_THAT(client.says(sasl_mechanism::scram_sha_1, {first}), HasSubstr("SASLprep"));
}

TEST(Credentials, ACommonPasswordIsEverybodysButThoseWithTheirOwn) {
  credentials users;
  users.add_user("alice", "own");
  users.set_common_password("common");
  EXPECT_EQ(users.find_fault("alice", "own"), nullptr);
  EXPECT_STREQ(users.find_fault("alice", "common"), wrong_password);
  EXPECT_EQ(users.find_fault("bob", "common"), nullptr);
  EXPECT_STREQ(users.find_fault("bob", "own"), wrong_password);
  EXPECT_TRUE(users.knows("bob"));
}

TEST(Credentials, OnlyNamedUsersOnceThereIsOne) {
  credentials users;
  EXPECT_TRUE(users.accept_anything());
  users.add_user("alice", "own");
  EXPECT_FALSE(users.accept_anything());
  EXPECT_FALSE(users.knows("bob"));
  EXPECT_STREQ(users.find_fault("bob", "own"), no_such_user);
}

TEST(RandomNonces, AreNeverTheSameAndFitAChallenge) {
  random_nonces source;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string drawn = source.draw();
    EXPECT_EQ(drawn.size(), 24U);
    EXPECT_EQ(drawn.find_first_of(", <>"), std::string::npos);
    EXPECT_TRUE(seen.insert(drawn).second);
  }
}

}  // namespace
}  // namespace mailrig::wire
