#include "capture/model/id.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

instant at_millisecond(std::int64_t value) {
  return instant{duration{value}};
}

TEST(Id, IsWrittenAs22DigitsOfFixedWidth) {
  EXPECT_EQ(to_string(id{0, 0}), "0000000000000000000000");
  EXPECT_EQ(to_string(id{0, 61}), "000000000000000000000z");
  EXPECT_EQ(to_string(id{0, 62}), "0000000000000000000010");
  EXPECT_EQ(to_string(id{all_ones, all_ones}), "7n42DGM5Tflk9n8mt7Fhc7");
}

TEST(Id, IsReadBackAsItWasWritten) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const id drawn{random(), random()};
    EXPECT_EQ(parse_id(to_string(drawn)), drawn);
  }
  EXPECT_EQ(parse_id(to_string(id{all_ones, all_ones})), (id{all_ones, all_ones}));
}

TEST(Id, TheOrderOfTextsIsTheOrderOfValues) {
  std::mt19937_64 random(2);
  std::vector<id> values{{0, 0}, {0, all_ones}, {1, 0}, {all_ones, 0}};
  for (int i = 0; i < 1000; ++i) values.push_back({random() >> (random() % 64), random()});
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const id& each : values) texts.push_back(to_string(each));
  std::sort(values.begin(), values.end());
  std::sort(texts.begin(), texts.end());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(to_string(values[i]), texts[i]);
}

TEST(Id, WhatIsNoIdIsNotRead) {
  for (const char* text :
       {"", "0", "000000000000000000000", "00000000000000000000000", "000000000000000000000-",
        "000000000000000000000 ", "7n42DGM5Tflk9n8mt7Fhc8", "zzzzzzzzzzzzzzzzzzzzzz",
        "00000000000000000000\xc3\xa9"}) {
    EXPECT_EQ(parse_id(text), std::nullopt) << text;
  }
}

TEST(Uuid7Source, IsAUuidOfVersion7ThatBeginsWithTheTime) {
  uuid7_source source(1);
  const id drawn = source.draw(at_millisecond(0x0123456789AB));
  EXPECT_EQ(drawn.high >> 16, 0x0123456789ABU);
  EXPECT_EQ(drawn.high >> 12 & 0xFU, 7U);
  EXPECT_EQ(drawn.low >> 62, 2U);
}

TEST(Uuid7Source, GrowsWithinOneMillisecondAlsoPastTheCounter) {
  uuid7_source source(1);
  id last = source.draw(at_millisecond(1000));
  for (int i = 0; i < 10'000; ++i) {
    const id next = source.draw(at_millisecond(1000));
    ASSERT_LT(last, next);
    ASSERT_EQ(next.high >> 12 & 0xFU, 7U);
    last = next;
  }
}

TEST(Uuid7Source, GrowsWhenTheClockStepsBack) {
  uuid7_source source(1);
  const id before = source.draw(at_millisecond(2000));
  EXPECT_LT(before, source.draw(at_millisecond(1000)));
  EXPECT_LT(before, source.draw(at_millisecond(2000)));
}

TEST(Uuid7Source, TheSameSeedDrawsTheSameIds) {
  uuid7_source one(7);
  uuid7_source other(7);
  uuid7_source third(8);
  const id drawn = one.draw(at_millisecond(1));
  EXPECT_EQ(drawn, other.draw(at_millisecond(1)));
  EXPECT_NE(drawn, third.draw(at_millisecond(1)));
}

}  // namespace
}  // namespace mailrig::model
