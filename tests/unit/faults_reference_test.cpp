// The engine decides what a slow and simple one decides.
#include "tests/fuzz/fault_story.hpp"

#include <cstdint>
#include <random>

#include <gtest/gtest.h>

namespace mailrig::faults::story {
namespace {

TEST(FaultReference, BothEnginesTellTheSameTale) {
  std::size_t asked = 0;
  std::size_t acted = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    std::mt19937_64 random(seed);
    const tale told = make_tale([&random](std::uint64_t bound) { return random() % bound; }, 120);
    const outcome result = compare(told);
    ASSERT_EQ(result.difference, "") << "seed " << seed;
    asked += result.asked;
    acted += result.acted;
  }
  // The tales are about something: rules act often, and often they do not.
  EXPECT_GT(asked, 80'000U);
  EXPECT_GT(acted, asked / 10);
  EXPECT_LT(acted, asked * 9 / 10);
}

}  // namespace
}  // namespace mailrig::faults::story
