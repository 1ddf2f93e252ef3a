// part_content: transfer encodings undone from the raw octets.
#include "capture/mime/message_view.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mailrig::mime {
namespace {

struct encoding_case {
  const char* name;
  std::string_view encoding, encoded, decoded;
};

void PrintTo(const encoding_case& one, std::ostream* out) {
  *out << one.encoding;
}

class TransferEncoding : public testing::TestWithParam<encoding_case> {};

TEST_P(TransferEncoding, IsUndone) {
  const std::string raw = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: " +
                          std::string(GetParam().encoding) + "\r\n\r\n" +
                          std::string(GetParam().encoded);
  const message_view view = read(raw);
  EXPECT_EQ(part_content(raw, view, 0), std::optional(std::string(GetParam().decoded)));
  EXPECT_EQ(view.parts[0].size, GetParam().decoded.size());
}

using namespace std::string_view_literals;

constexpr encoding_case encoding_cases[] = {
    {"None", "7bit", "a\r\nb\r\n", "a\r\nb\r\n"},
    {"EightBit", "8bit", "\xFF\x00z"sv, "\xFF\x00z"sv},
    {"Binary", "BINARY", "\r\n\0\r"sv, "\r\n\0\r"sv},
    {"Base64", "base64", "AAEC\r\n/w==\r\n", "\x00\x01\x02\xFF"sv},
    {"Base64WithoutPadding", "Base64", "aGVsbG8", "hello"},
    {"Base64WithStrayOctets", "base64", "aG!Vs\tbG8=", "hello"},
    {"QuotedPrintable", "quoted-printable", "a=3D=\r\nb=0Ac", "a=b\nc"},
    {"QuotedPrintableLowerCase", "quoted-printable", "=e4=b8=ad", "中"},
    {"QuotedPrintableBroken", "quoted-printable", "a=ZZ=4Zb", "a=ZZ=4Zb"},
    {"Uuencode", "x-uuencode", "begin 644 a\r\n#0V%T\r\n`\r\nend\r\n", "Cat"},
    {"Unknown", "x-nothing", "a=41", "a=41"},
};

INSTANTIATE_TEST_SUITE_P(Table, TransferEncoding, testing::ValuesIn(encoding_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(PartContent, IsNothingForMultipartsAndUnknownNumbers) {
  const std::string raw =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n";
  const message_view view = read(raw);
  EXPECT_EQ(part_content(raw, view, 0), std::nullopt);
  EXPECT_EQ(part_content(raw, view, 1), std::optional<std::string>("a"));
  EXPECT_EQ(part_content(raw, view, 2), std::nullopt);
  EXPECT_EQ(part_content(raw, view, -1), std::nullopt);
}

TEST(PartContent, OfOtherBytesIsNothingRatherThanAnOverrun) {
  const message_view view = read("Subject: x\r\n\r\nlong enough");
  EXPECT_EQ(part_content("short", view, 0), std::nullopt);
}

TEST(PartContent, DecodesALargeAttachmentWhole) {
  std::string raw = "Content-Transfer-Encoding: base64\r\nContent-Type: application/zip\r\n\r\n";
  for (int line = 0; line < 100'000; ++line)
    raw += "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";
  const auto content = part_content(raw, read(raw), 0);
  ASSERT_TRUE(content.has_value());
  ASSERT_EQ(content->size(), 57U * 100'000);
  for (std::size_t at = 0; at < content->size(); at += 57)
    ASSERT_EQ(content->substr(at, 57), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234");
}

TEST(PartContent, OfAnAttachedMessageIsItsBytes) {
  const std::string raw =
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
      "Subject: inner\r\n\r\nbody\r\n--x--\r\n";
  EXPECT_EQ(part_content(raw, read(raw), 1),
            std::optional<std::string>("Subject: inner\r\n\r\nbody"));
}

}  // namespace
}  // namespace mailrig::mime
