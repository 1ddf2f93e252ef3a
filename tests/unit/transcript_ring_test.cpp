#include "capture/rig/transcript_ring.hpp"

#include <map>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::rig {

std::ostream& operator<<(std::ostream& out, const transcript_line& value) {
  return out << static_cast<int>(value.kind) << '@' << value.after_ms << ' '
             << testing::PrintToString(value.octets);
}

namespace {

using enum transcript_kind;

TEST(TranscriptRing, IsEmptyWhereNothingWasSaid) {
  const transcript_ring ring(4096);
  const transcript read = ring.read({});
  EXPECT_TRUE(read.lines.empty());
  EXPECT_FALSE(read.lost_its_beginning);
  EXPECT_EQ(ring.octets_in_use(), 0U);
}

TEST(TranscriptRing, ReadsBackWhatWasSaidInOrder) {
  transcript_ring ring(4096);
  transcript_position position;
  const std::vector<transcript_line> said = {{to_client, 0, "220 hello\r\n"},
                                             {from_client, 3, "EHLO x\r\n"},
                                             {note, 4, "a note"},
                                             {from_client, 5, ""},
                                             {to_client, 5, std::string("\0\xff", 2)}};
  for (const transcript_line& each : said)
    ring.append(position, each.kind, each.after_ms, each.octets);
  EXPECT_EQ(ring.read(position).lines, said);
  EXPECT_FALSE(ring.read(position).lost_its_beginning);
}

TEST(TranscriptRing, ALineOfAnyLengthGoesOnInFurtherBlocks) {
  for (std::size_t length = 0; length < 1500; ++length) {
    transcript_ring ring(std::size_t{64} * 1024);
    transcript_position position;
    const std::vector<transcript_line> said = {
        {from_client, 1, "x"}, {from_client, 2, std::string(length, 'y')}, {to_client, 3, "z"}};
    for (const transcript_line& each : said)
      ring.append(position, each.kind, each.after_ms, each.octets);
    ASSERT_EQ(ring.read(position).lines, said) << length;
  }
}

TEST(TranscriptRing, SessionsDoNotMix) {
  transcript_ring ring(std::size_t{1} << 20);
  std::map<int, transcript_position> positions;
  std::map<int, std::vector<transcript_line>> said;
  std::mt19937 random(1);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const int session = static_cast<int>(random() % 7);
    const transcript_line line{from_client, i, std::string(random() % 400, 'a')};
    ring.append(positions[session], line.kind, line.after_ms, line.octets);
    said[session].push_back(line);
  }
  for (const auto& [session, lines] : said) EXPECT_EQ(ring.read(positions[session]).lines, lines);
}

TEST(TranscriptRing, TheOldestIsOverwrittenAndReadingSaysSo) {
  transcript_ring ring(8 * 1024);
  transcript_position first;
  transcript_position second;
  ring.append(first, from_client, 0, "early");
  for (std::uint32_t i = 0; i < 1000; ++i)
    ring.append(second, from_client, i, "line " + std::to_string(i));
  const transcript lost = ring.read(first);
  EXPECT_TRUE(lost.lost_its_beginning);
  EXPECT_TRUE(lost.lines.empty());
  const transcript rest = ring.read(second);
  EXPECT_TRUE(rest.lost_its_beginning);
  ASSERT_GT(rest.lines.size(), 10U);
  EXPECT_EQ(rest.lines.back().octets, "line 999");
  EXPECT_EQ(rest.lines[rest.lines.size() - 2].octets, "line 998");
}

TEST(TranscriptRing, ASessionThatLostItsBlocksGoesOn) {
  transcript_ring ring(8 * 1024);
  transcript_position quiet;
  transcript_position loud;
  ring.append(quiet, from_client, 0, "early");
  for (std::uint32_t i = 0; i < 2000; ++i) ring.append(loud, note, i, "noise");
  ring.append(quiet, to_client, 9, "late");
  const transcript read = ring.read(quiet);
  EXPECT_TRUE(read.lost_its_beginning);
  EXPECT_EQ(read.lines, (std::vector<transcript_line>{{to_client, 9, "late"}}));
}

TEST(TranscriptRing, ALineLongerThanTheRingKeepsItsEnd) {
  transcript_ring ring(8 * 1024);
  transcript_position position;
  ring.append(position, from_client, 0, std::string(100'000, 'a') + "end");
  const transcript read = ring.read(position);
  EXPECT_TRUE(read.lost_its_beginning);
  ASSERT_FALSE(read.lines.empty());
  EXPECT_TRUE(read.lines.back().octets.ends_with("aend"));
}

TEST(TranscriptRing, TakesNoMoreMemoryThanItMay) {
  constexpr std::size_t limit = std::size_t{256} * 1024;
  transcript_ring ring(limit);
  transcript_position position;
  for (std::uint32_t i = 0; i < 20'000; ++i) ring.append(position, note, i, std::string(100, 'x'));
  EXPECT_LE(ring.octets_in_use(), limit);
  EXPECT_GT(ring.octets_in_use(), limit / 2);
}

}  // namespace
}  // namespace mailrig::rig
