#include "webui/inspector/host_guard.hpp"

#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

const host_policy policy{{"mail.example.com", "*.lan.example"}, "builder.corp.example"};

TEST(HostGuard, PrivateNamesAndAddressesPass) {
  for (const char* host : {"mailrig:8025",
                           "mailrig",
                           "127.0.0.1",
                           "127.0.0.1:8025",
                           "192.168.1.20:8025",
                           "[::1]",
                           "[::1]:8025",
                           "[fe80::1]:8025",
                           "localhost",
                           "localhost:8025",
                           "LOCALHOST",
                           "localhost.",
                           "a.localhost",
                           "mailrig.ns.svc.cluster.local",
                           "x.internal",
                           "x.test:80",
                           "builder.corp.example",
                           "Builder.Corp.Example:8025",
                           "mail.example.com",
                           "a.lan.example"})
    EXPECT_EQ(judge_host(host, policy), host_verdict::passes) << host;
}

TEST(HostGuard, DottedNamesOfOthersAreForeign) {
  for (const char* host :
       {"evil.example.com", "127.0.0.1.evil.com", "evil.com:8025", "localhost.evil.com",
        "1.2.3.4.5", "1.2.3", "256.1.1.1", "127.0.0.01234", "xinternal.com", "test.com",
        "mail.example.com.evil.com", "lan.example", "xlan.example", "other.corp.example"})
    EXPECT_EQ(judge_host(host, policy), host_verdict::foreign) << host;
}

TEST(HostGuard, WhatIsNoHostIsMalformed) {
  for (const char* host : {"", ":8025", "local host", "localhost:http", "user@localhost", "[::1",
                           "[::1]x", "[zz]:1", "a/b", "localhost:80:80", "evil.com\\@localhost"})
    EXPECT_EQ(judge_host(host, policy), host_verdict::malformed) << host;
}

TEST(HostGuard, OwnOriginPasses) {
  EXPECT_EQ(judge_origin("http://localhost:8025", "localhost:8025", policy), origin_verdict::own);
  EXPECT_EQ(judge_origin("http://LocalHost:8025", "localhost:8025", policy), origin_verdict::own);
  EXPECT_EQ(judge_origin("http://mailrig", "mailrig:80", policy), origin_verdict::own);
  EXPECT_EQ(judge_origin("https://mailrig", "mailrig", policy), origin_verdict::own);
  EXPECT_EQ(judge_origin("http://[::1]:8025", "[::1]:8025", policy), origin_verdict::own);
}

TEST(HostGuard, ListedNamesMayBeOrigins) {
  EXPECT_EQ(judge_origin("https://mail.example.com", "localhost:8025", policy),
            origin_verdict::listed);
}

TEST(HostGuard, OtherOriginsAreForeign) {
  for (const char* origin : {"http://evil.com", "http://localhost:3000", "http://localhost", "null",
                             "", "file://", "http://127.0.0.1:8025",
                             "http://localhost:8025.evil.com", "chrome-extension://localhost:8025"})
    EXPECT_EQ(judge_origin(origin, "localhost:8025", policy), origin_verdict::foreign) << origin;
}

}  // namespace
}  // namespace mailrig::inspector
