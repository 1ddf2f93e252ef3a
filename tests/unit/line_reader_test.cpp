#include "capture/wire/line_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using testing::ElementsAre;

// What a session would do: offers what was not taken again, with more behind it.
std::vector<std::string> read_all(std::string_view octets, std::size_t limit, std::size_t piece) {
  line_reader lines;
  std::vector<std::string> result;
  std::string rest;
  for (; !octets.empty(); octets.remove_prefix(std::min(piece, octets.size()))) {
    rest += octets.substr(0, piece);
    while (!rest.empty()) {
      const line_reader::found found = lines.read(rest, limit);
      if (found.kind == line_reader::found::what::line) result.emplace_back(found.line);
      if (found.kind == line_reader::found::what::overlong) result.emplace_back("(overlong)");
      rest.erase(0, found.taken);
      if (found.kind == line_reader::found::what::nothing) break;
    }
    EXPECT_LE(rest.size(), limit);
  }
  return result;
}

TEST(LineReader, FindsLinesHoweverTheyAreCut) {
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 100U}) {
    EXPECT_THAT(read_all("a\r\n\nbcd\r\nef", 10, piece), ElementsAre("a\r\n", "\n", "bcd\r\n"));
  }
}

TEST(LineReader, ALineAtTheLimitIsTakenAndOneOverItIsNot) {
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 100U}) {
    EXPECT_THAT(read_all("123\r\n1234\r\n5\r\n", 5, piece),
                ElementsAre("123\r\n", "(overlong)", "5\r\n"));
  }
}

}  // namespace
}  // namespace mailrig::wire
