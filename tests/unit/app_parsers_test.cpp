#include "capture/app/listen_address.hpp"
#include "capture/app/options.hpp"

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::app {
namespace {

using namespace std::chrono_literals;

std::string complaint_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Units, ATimeIsANumberWithItsUnit) {
  EXPECT_EQ(parse_duration("300ms"), 300ms);
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Units, WhatIsNoTimeIsToldWithWhatWouldBeRight) {
  for (const char* text :
       {"", "10", "s", "-1s", "1.5s", "10 s", " 10s", "10x", "99999999999999999h"})
    EXPECT_EQ(complaint_of([&] { (void)parse_duration(text); }),
              "'" + std::string(text) +
                  "' is not a time: write a number and its unit, such as 300ms, 10s, 5m or 1h");
}

TEST(Units, ASizeIsOctetsOrHasAUnit) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("1000"), 1000U);
  EXPECT_EQ(parse_size("64k"), 65'536U);
  EXPECT_EQ(parse_size("64KiB"), 65'536U);
  EXPECT_EQ(parse_size("64kB"), 64'000U);
  EXPECT_EQ(parse_size("100MiB"), 104'857'600U);
  EXPECT_EQ(parse_size("2G"), std::size_t{2} << 30);
}

TEST(Units, WhatIsNoSizeIsToldWithWhatWouldBeRight) {
  for (const char* text :
       {"", "k", "-1", "1.5M", "10 M", "10Q", "99999999999999999999", "9999999999999G"})
    EXPECT_EQ(
        complaint_of([&] { (void)parse_size(text); }),
        "'" + std::string(text) +
            "' is not a size: write octets, or a number and its unit, such as 64KiB or 100MiB");
}

using addresses = std::vector<listen_address>;

TEST(ListenAddress, IsReadInAllItsForms) {
  const std::vector<std::pair<std::string, listen_address>> rows = {
      {"2525", {{"127.0.0.1", "::1"}, 2525}}, {"localhost:2525", {{"127.0.0.1", "::1"}, 2525}},
      {"127.0.0.1:0", {{"127.0.0.1"}, 0}},    {"127.0.0.2:65535", {{"127.0.0.2"}, 65535}},
      {"[::1]:2525", {{"::1"}, 2525}},        {"*:2525", {{"0.0.0.0", "::"}, 2525}},
      {"0.0.0.0:25", {{"0.0.0.0"}, 25}},
  };
  for (const auto& [text, expected] : rows) {
    const auto parsed = parse_listen_addresses({text});
    ASSERT_TRUE(std::holds_alternative<addresses>(parsed)) << text;
    EXPECT_EQ(std::get<addresses>(parsed), addresses{expected}) << text;
  }
}

TEST(ListenAddress, SeveralAreKeptInOrderAndOffIsNone) {
  EXPECT_EQ(std::get<addresses>(parse_listen_addresses({"127.0.0.1:1", "127.0.0.1:2"})).size(), 2U);
  EXPECT_TRUE(std::get<addresses>(parse_listen_addresses({"off"})).empty());
  EXPECT_TRUE(std::get<addresses>(parse_listen_addresses({})).empty());
}

TEST(ListenAddress, WhatIsNoneIsNamed) {
  for (const char* text : {"", ":", "localhost", "localhost:", "localhost:65536", "localhost:-1",
                           "localhost:25x", "mail.example.test:25", "[::1", "1.2.3:25"}) {
    const auto parsed = parse_listen_addresses({"127.0.0.1:1", text});
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << text;
    EXPECT_TRUE(std::get<std::string>(parsed).starts_with("'" + std::string(text) + "' is not"))
        << text;
  }
}

}  // namespace
}  // namespace mailrig::app
