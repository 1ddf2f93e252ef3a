#include "capture/wire/dot_stuffer.hpp"

#include "capture/wire/data_decoder.hpp"
#include "tests/dialogues/script.hpp"

#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

std::string handed_out(std::string_view mail, std::size_t at_most) {
  dot_stuffer stuffer(mail);
  std::string result;
  while (!stuffer.is_done()) {
    const std::string_view run = stuffer.take(at_most);
    EXPECT_LE(run.size(), std::max<std::size_t>(at_most, 2));
    result += run;
  }
  return result;
}

struct row {
  std::string_view mail;
  std::string_view out;
};

class DotStuffer : public testing::TestWithParam<row> {};

TEST_P(DotStuffer, HandsOutWholeAndInPieces) {
  for (const std::size_t at_most : {1U, 2U, 3U, 1000U})
    EXPECT_EQ(handed_out(GetParam().mail, at_most), GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(Rows, DotStuffer,
                         testing::Values(row{"", ""}, row{"a\r\n", "a\r\n"}, row{"a", "a\r\n"},
                                         row{".", "..\r\n"}, row{".\r\n", "..\r\n"},
                                         row{"..\r\n.a\r\n", "...\r\n..a\r\n"},
                                         row{"a.b\r\n.", "a.b\r\n..\r\n"}, row{"\r\n", "\r\n"},
                                         row{"a\n.b\r.c\r\n", "a\n.b\r.c\r\n"},
                                         row{"a\r", "a\r\r\n"}, row{"a\n", "a\n\r\n"},
                                         row{"\n.\r\n", "\n.\r\n"}));

TEST(DotStufferProperty, TheDecoderOfDataUndoesIt) {
  std::mt19937 random(1);
  static constexpr std::string_view letters = ".\r\n.\r\na\0";
  for (int round = 0; round < 20'000; ++round) {
    std::string mail;
    for (std::size_t size = random() % 30; size > 0; --size) mail += letters[random() % 8];
    const std::string out = handed_out(mail, 1 + random() % 9);
    ASSERT_TRUE(out.empty() || out.ends_with("\r\n"));
    const std::string sent = out + ".\r\nbehind";
    std::string_view rest = sent;
    data_decoder decoder;
    std::string back;
    while (!rest.empty() && !decoder.is_complete()) back += decoder.take(rest);
    ASSERT_TRUE(decoder.is_complete());
    ASSERT_EQ(rest, "behind");
    const bool lacks_end = !mail.empty() && !mail.ends_with("\r\n");
    ASSERT_EQ(back, mail + (lacks_end ? "\r\n" : ""));
  }
}

TEST(TopOf, CountsLinesBehindTheBlankOne) {
  const std::string_view mail = "A: 1\r\n\r\none\r\ntwo\r\n";
  EXPECT_EQ(top_of(mail, 0), "A: 1\r\n\r\n");
  EXPECT_EQ(top_of(mail, 1), "A: 1\r\n\r\none\r\n");
  EXPECT_EQ(top_of(mail, 2), mail);
  EXPECT_EQ(top_of(mail, 3), mail);
  EXPECT_EQ(top_of(mail, static_cast<std::size_t>(-1)), mail);
  EXPECT_EQ(top_of("no\r\nblank\r\n", 0), "no\r\nblank\r\n");
  EXPECT_EQ(top_of("\r\none\r\ntwo", 1), "\r\none\r\n");
  EXPECT_EQ(top_of("A: 1\n\nbare\r\n", 0), "A: 1\n\nbare\r\n");
  EXPECT_EQ(top_of("", 0), "");
}

}  // namespace
}  // namespace mailrig::wire
