// Hostile sizes and shapes: all are read, bounded, and say so.
#include "capture/mime/message_view.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace mailrig::mime {
namespace {

bool has_defect(const message_view& view, const std::string& sentence) {
  return std::find(view.defects.begin(), view.defects.end(), sentence) != view.defects.end();
}

std::string repeated(const std::string& piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

const std::string mixed = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";

std::string with_parts(int count) {
  return mixed + repeated("--x\r\n\r\na\r\n", count) + "--x--\r\n";
}

TEST(Limits, TenThousandPartsAreReadWhole) {
  const message_view view = read(with_parts(9'999));
  EXPECT_EQ(view.parts.size(), 10'000U);
  EXPECT_TRUE(view.defects.empty()) << view.defects.front();
  EXPECT_EQ(view.text, repeated("a\n", 9'998) + "a");
}

TEST(Limits, PartsPastTenThousandAreADefect) {
  const message_view view = read(with_parts(10'000));
  EXPECT_EQ(view.parts.size(), 10'000U);
  EXPECT_EQ(view.parts.back().size, 1U);
  EXPECT_TRUE(has_defect(view, "more than 10,000 parts; the rest is not shown"));
}

std::string nested_multiparts(int levels) {
  std::string raw;
  for (int i = 0; i < levels; ++i) {
    const std::string number = std::to_string(i);
    raw.append("Content-Type: multipart/mixed; boundary=b").append(number);
    raw.append("\r\n\r\n--b").append(number).append("\r\n");
  }
  raw += "\r\ninnermost\r\n";
  for (int i = levels; i-- > 0;) raw.append("--b").append(std::to_string(i)).append("--\r\n");
  return raw;
}

TEST(Limits, ADeepTreeIsReadToItsLeaf) {
  const message_view view = read(nested_multiparts(100));
  EXPECT_EQ(view.parts.size(), 101U);
  EXPECT_EQ(view.text, "innermost");
  EXPECT_TRUE(view.defects.empty()) << view.defects.front();
}

TEST(Limits, DeeperThanAHundredIsADefect) {
  const message_view view = read(nested_multiparts(500));
  EXPECT_EQ(view.parts.size(), 101U);
  EXPECT_TRUE(has_defect(view, "nested deeper than 100 levels; what is inside is not shown"));
}

TEST(Limits, NestedMessagesAreCutAtAHundred) {
  const message_view view = read(repeated("Content-Type: message/rfc822\r\n\r\n", 3'000) + "x");
  EXPECT_EQ(view.parts.size(), 101U);
  EXPECT_EQ(summarise(view).attachment_count, 1);
  EXPECT_TRUE(has_defect(view, "nested deeper than 100 levels; what is inside is not shown"));
}

TEST(Limits, AHugeHeaderIsCut) {
  const message_view view = read("Subject: " + std::string(20U << 20, 'a') + "\r\n\r\nbody");
  EXPECT_EQ(view.headers.size(), 1U);
  EXPECT_LE(view.subject.size(), 1U << 20);
  EXPECT_EQ(view.text, "body");
  EXPECT_TRUE(has_defect(view, "header \"Subject\" is longer than 1 MiB; cut"));
}

TEST(Limits, FieldsPastTenThousandAreADefect) {
  const message_view view = read(repeated("A: b\r\n", 10'001) + "\r\nbody");
  EXPECT_EQ(view.headers.size(), 10'000U);
  EXPECT_EQ(view.text, "body");
  EXPECT_TRUE(has_defect(view, "more than 10,000 header fields; the rest is not shown"));
}

TEST(Limits, LongTextIsCutAtACharacter) {
  std::string raw = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
  raw += repeated("中", (8 << 20) / 3 + 10);
  const message_view view = read(raw);
  EXPECT_EQ(view.text.size(), (8U << 20) / 3 * 3);
  EXPECT_EQ(view.defects,
            std::vector<std::string>{"more than 8 MiB of text; the rest is not shown"});
}

TEST(Limits, DefectsAreBounded) {
  const message_view view = read(mixed + repeated("--x\r\nno field\r\n", 500) + "--x--\r\n");
  EXPECT_EQ(view.defects.size(), 101U);
  EXPECT_EQ(view.defects.back(), "and more defects");
}

TEST(Limits, NestedGroupsDoNotExhaustTheStack) {
  for (const std::string start : {"", "(\") ", "\"", "\\\"", "<"}) {
    const message_view view = read("To: " + start + repeated("a:", 500'000) + "\r\n\r\nbody");
    EXPECT_EQ(view.text, "body") << start;
  }
}

TEST(Limits, AddressesPastAMebibyteAreADefect) {
  const message_view view = read(repeated("To: a@example.org\r\n", 9'000) +
                                 "Cc: " + repeated("\"(<,;:", 200'000) + "\r\n\r\nbody");
  EXPECT_EQ(view.to.size(), 9'000U);
  EXPECT_EQ(view.text, "body");
  EXPECT_TRUE(has_defect(view, "more than 1 MiB of addresses; the rest is not shown"));
}

TEST(Limits, TwoThousandRecipientsAreAllRead) {
  const message_view view =
      read("To: team: " + repeated("\"Doe, J\" <j@example.org>,\r\n ", 2'000) + ";\r\n\r\n");
  EXPECT_EQ(view.to, std::vector<address>(2'000, address{"Doe, J", "j@example.org"}));
}

TEST(Limits, UnfinishedWordsAndParametersAreRead) {
  EXPECT_EQ(read("Subject: " + repeated("=?x?q?a", 100'000) + "\r\n\r\nbody").text, "body");
  EXPECT_EQ(read("Content-Type: text/plain" + repeated(";\"=\"", 200'000) + "\r\n\r\nbody").text,
            "body");
}

TEST(Limits, MessagesInMessagesShareABudgetOfDigests) {
  const std::string raw =
      repeated("Content-Type: message/rfc822\r\n\r\n", 20) + "\r\n" + std::string(1U << 16, 'a');
  const message_view view = read(raw);
  ASSERT_EQ(view.parts.size(), 21U);
  EXPECT_FALSE(view.parts.front().sha256.empty());
  EXPECT_TRUE(view.parts[19].sha256.empty());
  EXPECT_FALSE(view.parts.back().sha256.empty());
  EXPECT_EQ(part_content(raw, view, 19)->size(), view.parts[19].size);
}

}  // namespace
}  // namespace mailrig::mime
