// What the tests of connections over real sockets say and expect.
#pragma once

#include "tests/dialogues/scripted_judge.hpp"
#include "tests/dialogues/socket_client.hpp"
#include "tests/dialogues/world.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::net {

inline constexpr const char* to_data =
    "HELO c\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n";

// How the next lines begin.
inline void expect_lines(dialogue::socket_client& client,
                         const std::vector<std::string>& beginnings) {
  for (const std::string& each : beginnings) {
    const auto line = client.read_line();
    ASSERT_TRUE(line.has_value()) << "instead of " << each;
    EXPECT_TRUE(line->starts_with(each)) << *line << " instead of " << each;
  }
}

// Sessions ask the rules of their rig, as in the program.
inline dialogue::world_settings judged_by_rigs() {
  dialogue::world_settings result;
  result.asks_the_rigs = true;
  return result;
}

inline std::vector<dialogue::scripted_fault> fault(const char* json) {
  return {dialogue::parse_fault(json)};
}

}  // namespace mailrig::net
