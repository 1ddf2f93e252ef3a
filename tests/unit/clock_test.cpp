#include "capture/model/clock.hpp"

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

using namespace std::chrono;

TEST(Clock, TimesAreWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(instant{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(sys_days{November / 22 / 2026} + hours{6} + minutes{15} + milliseconds{123}),
            "2026-11-22T06:15:00.123Z");
  EXPECT_EQ(to_rfc3339(sys_days{February / 29 / 2028} + hours{23} + minutes{59} + seconds{59} +
                       milliseconds{999}),
            "2028-02-29T23:59:59.999Z");
}

TEST(Clock, TimesBeforeTheEpochAreWrittenToo) {
  EXPECT_EQ(to_rfc3339(instant{milliseconds{-1}}), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, TheSystemClockDoesNotStandStill) {
  const system_clock clock;
  const instant now = clock.now();
  EXPECT_GT(now, sys_days{January / 1 / 2024});
  EXPECT_GE(clock.now(), now);
}

}  // namespace
}  // namespace mailrig::model
