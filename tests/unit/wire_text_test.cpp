#include "capture/model/reply.hpp"
#include "capture/wire/header_scan.hpp"
#include "capture/wire/reply_format.hpp"
#include "capture/wire/text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mailrig::wire {
namespace {

std::string formatted(const model::reply& reply) {
  std::string out = "before\r\n";
  append_reply(out, reply);
  return out.substr(8);
}

TEST(ReplyFormat, OneLine) {
  EXPECT_EQ(formatted({250, {2, 1, 0}, "Ok"}), "250 2.1.0 Ok\r\n");
  EXPECT_EQ(formatted({354, {}, "Go on"}), "354 Go on\r\n");
  EXPECT_EQ(formatted({250, {}, ""}), "250 \r\n");
  EXPECT_EQ(formatted({250, {}, {}}), "250 \r\n");
  EXPECT_EQ(formatted({550, {5, 1, 1}, ""}), "550 5.1.1 \r\n");
  EXPECT_EQ(formatted({550, {5, 123, 999}, "x"}), "550 5.123.999 x\r\n");
}

TEST(ReplyFormat, EveryLineBearsTheCodeAndTheEnhancedCode) {
  EXPECT_EQ(formatted({250, {}, "host\nSIZE 1\nHELP"}), "250-host\r\n250-SIZE 1\r\n250 HELP\r\n");
  EXPECT_EQ(formatted({550, {5, 7, 1}, "no\n\nnever\n"}),
            "550-5.7.1 no\r\n550-5.7.1 \r\n550-5.7.1 never\r\n550 5.7.1 \r\n");
}

TEST(ReplyFormat, AnEnhancedCodeIsWrittenOrEmpty) {
  EXPECT_EQ(model::to_string(model::enhanced_code{5, 7, 1}), "5.7.1");
  EXPECT_EQ(model::to_string(model::enhanced_code{}), "");
}

TEST(Text, ANameIsShownWithinALine) {
  EXPECT_EQ(shown_name("bob@b.test"), "bob@b.test");
  EXPECT_EQ(shown_name("a\tb\x7f"), "a?b?");
  EXPECT_EQ(shown_name(std::string(4'000, 'x')), std::string(320, 'x'));
  EXPECT_EQ(shown_name(std::string(319, 'x') + "\u00fc"), std::string(319, 'x'));
  EXPECT_EQ(shown_name(std::string(400, '\x80')), "");
}

TEST(Text, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(equals_ignoring_case("MaIl", "mAiL"));
  EXPECT_FALSE(equals_ignoring_case("MAIL", "MAIL "));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_TRUE(starts_ignoring_case("From:<a>", "FROM:"));
  EXPECT_FALSE(starts_ignoring_case("FRO", "FROM:"));
}

TEST(Text, TrimsBlanksOnly) {
  EXPECT_EQ(trim(" \t a b \t"), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("\r\n"), "\r\n");
}

TEST(HeaderScan, FindsTheFirstFieldOfThatName) {
  const std::string mail =
      "Received: by x\r\nsubject:  Hello \r\nSubject: second\r\n\r\nSubject: body\r\n";
  EXPECT_EQ(find_header(mail, "Subject"), "Hello");
  EXPECT_EQ(find_header(mail, "RECEIVED"), "by x");
  EXPECT_EQ(find_header(mail, "From"), "");
}

TEST(HeaderScan, UnfoldsLines) {
  EXPECT_EQ(find_header("Subject: one\r\n two\r\n\tthree\r\nFrom: x\r\n\r\n", "Subject"),
            "one two three");
  EXPECT_EQ(find_header("Subject:\r\n folded at once\r\n", "Subject"), " folded at once");
}

TEST(HeaderScan, TakesBareLineFeedsAndAMailWithoutEnd) {
  EXPECT_EQ(find_header("From: a\nSubject: b\n\nbody", "Subject"), "b");
  EXPECT_EQ(find_header("Subject: cut", "Subject"), "cut");
  EXPECT_EQ(find_header("", "Subject"), "");
}

TEST(HeaderScan, LooksNotIntoTheBodyNorAtLinesWithoutColon) {
  EXPECT_EQ(find_header("\r\nSubject: body\r\n", "Subject"), "");
  EXPECT_EQ(find_header("no colon here\r\nSubject: x\r\n", "Subject"), "x");
}

TEST(HeaderScan, LooksAtSixtyFourKibibytes) {
  const std::string near = "X: " + std::string(1000, 'x') + "\r\nSubject: found\r\n";
  EXPECT_EQ(find_header(near, "Subject"), "found");
  const std::string far = "X: " + std::string(70'000, 'x') + "\r\nSubject: far\r\n";
  EXPECT_EQ(find_header(far, "Subject"), "");
}

}  // namespace
}  // namespace mailrig::wire
