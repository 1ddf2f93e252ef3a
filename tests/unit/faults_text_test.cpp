// Durations, networks and texts as rules write them.
#include "faults/duration_text.hpp"
#include "faults/ip_network.hpp"
#include "faults/text.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, IsReadWithItsUnit) {
  EXPECT_EQ(parse_duration("300ms"), 300ms);
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("2d"), 48h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  for (const char* const bad : {"", "10", "10 s", " 10s", "s", "-1s", "10sec", "1e3s", "nan", "inf",
                                "99999999999999999999s", "4000d", "0x10s", ".5s", "10s5"})
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
}

TEST(DurationText, IsWrittenAsItIsRead) {
  for (const model::duration each : {0ms, 1ms, 999ms, 1000ms, 61'001ms, 90'000'000ms, 86'400'000ms})
    EXPECT_EQ(parse_duration(duration_text(each)), each) << duration_text(each);
  EXPECT_EQ(duration_text(90min), "1h30m");
}

struct network_row {
  std::string network;
  std::string address;
  bool is_within;
};

TEST(IpNetwork, HoldsTheAddressesOfItsPrefix) {
  const std::vector<network_row> rows = {
      {"10.0.0.0/8", "10.255.1.2", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.2", false},
      {"0.0.0.0/0", "1.2.3.4", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::1", "::1", true},
      {"fd00::/8", "fdab::7", true},
      {"fd00::/8", "fe80::1%eth0", false},
      {"192.168.4.0/22", "192.168.7.255", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"::ffff:10.0.0.0/104", "10.1.2.3", true},
      {"2001:db8:0:0:1::/80", "2001:db8::1:0:0:9", true},
  };
  for (const network_row& row : rows) {
    const auto network = parse_network(row.network);
    const auto address = parse_ip(row.address);
    ASSERT_TRUE(network && address) << row.network << ' ' << row.address;
    EXPECT_EQ(network->contains(*address), row.is_within) << row.network << ' ' << row.address;
  }
  for (const char* const bad :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4/33", "::1/129", ":::", "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::1", "1.2.3.4/", "1.2.3.4.", "1:2:"})
    EXPECT_FALSE(parse_network(bad)) << bad;
}

TEST(Text, GlobsMatchWithoutCase) {
  EXPECT_TRUE(matches_glob("Bob@A.test", "*@a.TEST"));
  EXPECT_TRUE(matches_glob("abc", "a?c"));
  EXPECT_TRUE(matches_glob("", "*"));
  EXPECT_TRUE(matches_glob("aXbXc", "a*b*c"));
  EXPECT_FALSE(matches_glob("ab", "a?c"));
  EXPECT_FALSE(matches_glob("abc", "ab"));
  EXPECT_FALSE(matches_glob("x@b.test", "*@a.test"));
  // The worst case is the product of both lengths, not a power.
  EXPECT_FALSE(matches_glob(std::string(20'000, 'a'), "a*a*a*a*a*a*a*a*a*b"));
}

TEST(Text, WhatIsShownIsCutBetweenCharacters) {
  EXPECT_EQ(shown("a\r\nb"), "a??b");
  EXPECT_EQ(shown("发票发票", 4), "发…");
}

}  // namespace
}  // namespace mailrig::faults
