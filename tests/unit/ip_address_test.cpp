#include "capture/wire/ip_address.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

std::string normal(const std::string& text) {
  const auto parsed = parse_ip(text);
  return parsed ? to_string(*parsed) : "none";
}

TEST(IpAddress, IsReadAndWrittenInItsShortestForm) {
  for (const auto& [text, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"192.0.2.1", "192.0.2.1"},
           {"0.0.0.0", "0.0.0.0"},
           {"255.255.255.255", "255.255.255.255"},
           {"::", "::"},
           {"::1", "::1"},
           {"1::", "1::"},
           {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
           {"2001:db8::0:0:1", "2001:db8::1"},
           {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
           {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
           {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
           {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
           {"::ffff:192.0.2.1", "192.0.2.1"},
           {"::FFFF:C000:201", "192.0.2.1"},
           {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
       })
    EXPECT_EQ(normal(text), expected) << text;
}

TEST(IpAddress, WhatIsNoneIsRefused) {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "1.2.3.-4",
                           "1.2.3.+4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1..3.4",
                           "0x1.2.3.4",
                           "1.2.3.0004",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1::",
                           "12345::",
                           "g::",
                           "1:",
                           ":1",
                           "::1:",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "fe80::1%eth0",
                           "1:2:3:4::5:6:7:8"})
    EXPECT_EQ(normal(text), "none") << text;
}

TEST(IpAddress, PortsStandBehindBrackets) {
  EXPECT_EQ(with_port(*parse_ip("192.0.2.1"), 25), "192.0.2.1:25");
  EXPECT_EQ(with_port(*parse_ip("2001:db8::1"), 25), "[2001:db8::1]:25");
}

TEST(IpNetwork, ContainsItsAddresses) {
  const auto holds = [](const char* network, const char* address) {
    return parse_network(network)->contains(*parse_ip(address));
  };
  EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.255"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(holds("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(holds("2001:db8::/32", "2001:db9::"));
  EXPECT_TRUE(holds("::/0", "192.0.2.1"));
  EXPECT_TRUE(holds("192.0.2.1/31", "192.0.2.0"));
}

TEST(IpNetwork, WhatIsNoneIsRefused) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "::/x",
                           "10.0.0.0/8/8", "example.test", "*"})
    EXPECT_FALSE(parse_network(text)) << text;
}

}  // namespace
}  // namespace mailrig::wire
