#include "capture/wire/malformed.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

using kind = faults::malform::kind;

struct malform_case {
  kind what;
  std::uint32_t n;
  std::string smtp;  // of "250-one\r\n250 two three\r\n"
  std::string pop3;  // of "+OK two three\r\n"
};

std::string made(std::string_view reply, kind what, std::uint32_t n, reply_manner manner) {
  return malformed(reply, {{what, n, faults::malform::charset::gbk}, 7}, manner);
}

TEST(Malformed, EveryKindSpoilsAReplyInItsWay) {
  using std::string;
  const std::vector<malform_case> cases = {
      {kind::no_code, 0, "one\r\ntwo three\r\n", "two three\r\n"},
      {kind::bad_digit, 0, "25O-one\r\n25O two three\r\n", "+0K two three\r\n"},
      {kind::code_only, 0, "250\r\n", "+OK\r\n"},
      {kind::no_space, 0, "250one\r\n250two three\r\n", "+OKtwo three\r\n"},
      {kind::mixed_codes, 0, "250-one\r\n451 two three\r\n", "+OK two three\r\n-ERR two three\r\n"},
      {kind::unterminated_multiline, 0, "250-one\r\n250-two three\r\n", "+OK two three"},
      {kind::lf_only, 0, "250-one\n250 two three\n", "+OK two three\n"},
      {kind::cr_only, 0, "250-one\r250 two three\r", "+OK two three\r"},
      {kind::no_eol, 0, "250-one\r\n250 two three", "+OK two three"},
      {kind::nul_bytes, 0, string("250-one\r\n250 two\0three\0\r\n", 25),
       string("+OK two\0three\0\r\n", 16)},
      {kind::long_line, 12, "250-one\r\n250 two threexxx\r\n", "+OK two threexxx\r\n"},
      {kind::many_lines, 2, "250-two three\r\n250 two three\r\n",
       "+OK two three\r\n+OK two three\r\n"},
      {kind::eight_bit, 0, "250-one\r\n250 \xd3\xca\xbc\xfe\xb1\xbb\xbe\xdc\r\n",
       "+OK \xd3\xca\xbc\xfe\xb1\xbb\xbe\xdc\r\n"},
      {kind::telnet_iac, 0, "\xff\xfb\x01" + string("250-one\r\n250 two three\r\n"),
       "\xff\xfb\x01+OK two three\r\n"},
      {kind::http_400, 0, "HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request\r\n"},
  };
  for (const malform_case& each : cases) {
    EXPECT_EQ(made("250-one\r\n250 two three\r\n", each.what, each.n, reply_manner::numbers),
              each.smtp);
    EXPECT_EQ(made("+OK two three\r\n", each.what, each.n, reply_manner::words), each.pop3);
  }
}

// RFC 1939 3: behind the first line of POP3 the others bear no code, and the last is a dot.
TEST(Malformed, OfSeveralLinesInPop3TheFirstIsSpoiledAndTheDotStays) {
  const auto spoiled = [](kind what, std::uint32_t n = 0) {
    return made("+OK one two\r\nthree four\r\n.\r\n", what, n, reply_manner::words);
  };
  EXPECT_EQ(spoiled(kind::code_only), "+OK\r\nthree four\r\n.\r\n");
  EXPECT_EQ(spoiled(kind::many_lines, 2), "+OK one two\r\n+OK one two\r\nthree four\r\n.\r\n");
  EXPECT_EQ(spoiled(kind::http_400), "HTTP/1.1 400 Bad Request\r\nthree four\r\n.\r\n");
  EXPECT_EQ(spoiled(kind::lf_only), "+OK one two\nthree four\n.\n");
  EXPECT_EQ(spoiled(kind::no_eol), "+OK one two\r\nthree four\r\n.");
  EXPECT_EQ(spoiled(kind::unterminated_multiline), "+OK one two\r\nthree four\r\n");
  EXPECT_EQ(spoiled(kind::nul_bytes), std::string("+OK one\0two\0\r\nthree\0four\r\n.\r\n", 29));
}

TEST(Malformed, AChallengeOfPop3EndsAsARefusalWhenItsCodesAreMixed) {
  EXPECT_EQ(made("+ abc\r\n", kind::mixed_codes, 0, reply_manner::words), "+ abc\r\n-ERR abc\r\n");
}

TEST(Malformed, Utf16DoublesEveryOctetBehindItsMark) {
  EXPECT_EQ(made("250 k\r\n", kind::utf16, 0, reply_manner::numbers),
            std::string("\xff\xfe"
                        "2\0005\0000\000 \000k\000\r\000\n\000",
                        16));
}

TEST(Malformed, RandomOctetsAreThoseOfTheDraw) {
  const std::string first = made("250 k\r\n", kind::random, 100, reply_manner::numbers);
  EXPECT_EQ(first.size(), 100U);
  EXPECT_EQ(first, made("250 other\r\n", kind::random, 100, reply_manner::numbers));
  EXPECT_NE(first, malformed("250 k\r\n", {{kind::random, 100, {}}, 8}, reply_manner::numbers));
}

TEST(Malformed, ManyLinesStayWithinSixteenMebibytes) {
  const std::string lines = made("250 k\r\n", kind::many_lines, 1U << 20U, reply_manner::numbers);
  EXPECT_EQ(lines.size(), std::size_t{7} << 20U);
  EXPECT_TRUE(lines.ends_with("250-k\r\n250 k\r\n"));
}

TEST(OtherKeywords, AreAddedRemovedAndChangedByTheirFirstWord) {
  const faults::ehlo changes{{"XTRA 1"}, {"auth"}, {{"SIZE", "SIZE 1"}, {"NONE", "NONE 1"}}};
  EXPECT_EQ(with_other_keywords("host\nSIZE 100\nAUTH PLAIN\nAUTH=LOGIN\nDSN", changes),
            "host\nSIZE 1\nDSN\nXTRA 1");
  EXPECT_EQ(with_other_keywords("host", changes), "host\nXTRA 1");
}

}  // namespace
}  // namespace mailrig::wire
