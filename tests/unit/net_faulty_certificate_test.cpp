#include "tests/dialogues/tls_peer.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include <gtest/gtest.h>

namespace mailrig::net {
namespace {

constexpr std::array<std::string_view, 13> names = {
    "expired",    "not_yet_valid", "self_signed",          "wrong_host",
    "unknown_ca", "wrong_host_ip", "missing_intermediate", "weak_rsa1024",
    "ca_as_leaf", "sha1_signed",   "no_san_cn_only",       "wildcard",
    "many_sans"};

certificate_facts facts_of(std::string_view name) {
  return read_certificate(dialogue::test_authority().make_faulty(name)->certificate);
}

std::size_t certificates_in(std::string_view name) {
  const std::string pem = dialogue::test_authority().make_faulty(name)->certificate;
  std::size_t count = 0;
  for (auto at = pem.find("BEGIN"); at != std::string::npos; at = pem.find("BEGIN", at + 1))
    ++count;
  return count;
}

TEST(FaultyCertificate, EveryNameOfARuleHasAContextOfItsOwn) {
  for (const std::string_view name : names) {
    ssl_ctx_st* const found = dialogue::test_contexts().find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_NE(found, dialogue::test_contexts().find("good")) << name;
    EXPECT_EQ(found, dialogue::test_contexts().find(name)) << name;
  }
  EXPECT_EQ(dialogue::test_contexts().find("revoked"), nullptr);
}

TEST(FaultyCertificate, IsWrongInTheWayOfItsName) {
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(facts_of("expired").not_after, now);
  EXPECT_GT(facts_of("not_yet_valid").not_after, now + std::chrono::days{400});
  EXPECT_TRUE(facts_of("self_signed").is_self_signed);
  EXPECT_FALSE(facts_of("unknown_ca").is_self_signed);
  EXPECT_EQ(facts_of("wrong_host").names, std::vector<std::string>{"other-host.test"});
  EXPECT_EQ(facts_of("wrong_host_ip").names, std::vector<std::string>{"192.0.2.1"});
  EXPECT_TRUE(facts_of("no_san_cn_only").names.empty());
  EXPECT_EQ(facts_of("wildcard").names, std::vector<std::string>{"*.localhost"});
  EXPECT_GT(facts_of("many_sans").names.size(), 1000U);
  EXPECT_FALSE(facts_of("weak_rsa1024").is_ecdsa);
  EXPECT_EQ(certificates_in("missing_intermediate"), 1U);
  EXPECT_EQ(certificates_in("expired"), 2U);
}

}  // namespace
}  // namespace mailrig::net
