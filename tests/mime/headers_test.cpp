// decode_header, addresses and dates: one line of input, one line of output.
#include "capture/mime/message_view.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::mime {
namespace {

struct header_case {
  const char* name;
  std::string_view raw, decoded;
};

void PrintTo(const header_case& one, std::ostream* out) {
  *out << one.raw;
}

class DecodeHeader : public testing::TestWithParam<header_case> {};

TEST_P(DecodeHeader, GivesWhatAPersonReads) {
  EXPECT_EQ(decode_header(GetParam().raw), GetParam().decoded);
}

constexpr header_case header_cases[] = {
    {"Plain", "Hello", "Hello"},
    {"Empty", "", ""},
    {"UnfoldsKeepingTheBlank", " a\r\n b\n\tc", "a b\tc"},
    {"Base64", "=?UTF-8?B?5Lit5paH?=", "中文"},
    {"QWithUnderscores", "=?utf-8?q?caf=C3=A9_au_lait?=", "café au lait"},
    {"LanguageTag", "=?utf-8*fr?q?caf=C3=A9?=", "café"},
    {"BlanksBetweenWordsGo", "=?utf-8?b?5Lit?= \r\n =?utf-8?b?5paH?=", "中文"},
    {"BlanksBeforeTextStay", "=?utf-8?b?5Lit?= x =?utf-8?b?5paH?=", "中 x 文"},
    {"WordsWithoutBlanks", "a=?utf-8?b?5Lit?==?utf-8?b?5paH?=b", "a中文b"},
    {"CharacterCutBetweenWords", "=?utf-8?b?5A==?= =?utf-8?b?uK0=?=", "中"},
    {"CharacterCutBetweenQWords", "=?gbk?q?=D6?= =?gbk?q?=D0?=", "中"},
    {"CharacterCutBetweenEncodings", "=?utf-8?q?=E4?= =?UTF-8?b?uK0=?=", "中"},
    {"Base64QuantumCut", "=?utf-8?b?5Lit5p?= =?utf-8?b?aH?=", "中文"},
    {"CharsetsDoNotJoin", "=?gbk?b?1tA=?= =?big5?b?pOU=?=", "中文"},
    {"Gb2312LabelGbkContent", "=?gb2312?B?6UY=?=", "镕"},
    {"UnknownCharsetIsGuessed", "=?x-none?B?1tDOxA==?=", "中文"},
    {"UnfinishedWordStays", "=?utf-8?b?5Lit", "=?utf-8?b?5Lit"},
    {"UnknownEncodingStays", "=?utf-8?x?5Lit?=", "=?utf-8?x?5Lit?="},
    {"BadOctetsAreReplaced", "=?utf-8?q?a=FFb?=", "a\uFFFDb"},
    {"CharsetWithSuffixIsNoModule", "=?UTF-8//TRANSLIT?q?a=C3=A9?=", "aé"},
    {"RawUtf8", "caf\xC3\xA9", "café"},
    {"RawGbk", "\xD6\xD0\xCE\xC4", "中文"},
    {"RawLatin1", "caf\xE9", "café"},
    {"RawBesideAWord", "\xD6\xD0 =?utf-8?b?5paH?=", "中 文"},
    {"BareCrAndNul", std::string_view("a\rb\0c", 5), "a b c"},
    {"Hz", "=?HZ-GB-2312?Q?~{VPND~}?=", "中文"},
    {"Iso2022Jp", "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"},
    {"Iso2022JpNecRow", "=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "①"},
    {"Iso2022JpKatakana", "=?ISO-2022-JP?B?GyhJMTIbKEI=?=", "ｱｲ"},
    {"ShiftJis", "=?Shift_JIS?B?k/qWew==?=", "日本"},
    {"EucKr", "=?EUC-KR?B?x9GxuQ==?=", "한국"},
    {"Koi8R", "=?koi8-r?B?7cnS?=", "Мир"},
    {"Windows1251", "=?windows-1251?B?zOjw?=", "Мир"},
    {"Latin1Means1252", "=?iso-8859-1?q?=93a=94?=", "“a”"},
    {"Utf7", "=?UTF-7?Q?+Ti1lhw-?=", "中文"},
    {"Gb18030FourOctets", "=?gb18030?B?lTSyNQ==?=", "𠮷"},
};

INSTANTIATE_TEST_SUITE_P(Table, DecodeHeader, testing::ValuesIn(header_cases),
                         [](const auto& instance) { return instance.param.name; });

struct address_case {
  const char* name;
  std::string_view raw;
  std::vector<address> expected;
};

void PrintTo(const address_case& one, std::ostream* out) {
  *out << one.raw;
}

class AddressHeader : public testing::TestWithParam<address_case> {};

TEST_P(AddressHeader, GivesItsMailboxes) {
  const message_view view = read("To: " + std::string(GetParam().raw) + "\r\n\r\n");
  std::vector<std::string> actual, expected;
  for (const address& one : view.to) actual.push_back(one.name + "|" + one.mailbox);
  for (const address& one : GetParam().expected) expected.push_back(one.name + "|" + one.mailbox);
  EXPECT_EQ(actual, expected);
}

const address_case address_cases[] = {
    {"Bare", "a@example.org", {{"", "a@example.org"}}},
    {"Named", "Ann <a@example.org>", {{"Ann", "a@example.org"}}},
    {"QuotedComma", "\"Doe, John\" <j@example.org>", {{"Doe, John", "j@example.org"}}},
    {"EncodedComma",
     "=?utf-8?q?Doe=2C_John?= <j@example.org>, k@example.org",
     {{"Doe, John", "j@example.org"}, {"", "k@example.org"}}},
    {"WordInQuotes", "\"=?gb2312?B?1tDOxA==?=\" <z@example.org>", {{"中文", "z@example.org"}}},
    {"RawGbkWithBackslashOctet", "\"\xD5\x5C\" <z@example.org>", {{"誠", "z@example.org"}}},
    {"CutCharacter",
     "=?utf-8?b?5A==?= =?utf-8?b?uK0=?= <z@example.org>",
     {{"中", "z@example.org"}}},
    {"GroupIsFlat",
     "Team: a@example.org, Bob <b@example.org>;, c@example.org",
     {{"", "a@example.org"}, {"Bob", "b@example.org"}, {"", "c@example.org"}}},
    {"EmptyGroup", "undisclosed-recipients:;", {}},
    {"SemicolonsSeparate",
     "\"A; B\" <a@example.org>; b@example.org;",
     {{"A; B", "a@example.org"}, {"", "b@example.org"}}},
    {"GroupThenSemicolon",
     "G: a@example.org;; b@example.org",
     {{"", "a@example.org"}, {"", "b@example.org"}}},
    {"Route", "<@x,@y:a@example.org>", {{"", "a@example.org"}}},
    {"Folded", "a@example.org,\r\n b@example.org", {{"", "a@example.org"}, {"", "b@example.org"}}},
};

INSTANTIATE_TEST_SUITE_P(Table, AddressHeader, testing::ValuesIn(address_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(DateHeader, IsGivenInUtc) {
  EXPECT_EQ(read("Date: Sun, 22 Nov 2026 06:24:43 +0800\r\n\r\n").date, "2026-11-21T22:24:43.000Z");
  EXPECT_EQ(read("Date: 1 Jan 2026 00:00:00 GMT\r\n\r\n").date, "2026-01-01T00:00:00.000Z");
}

TEST(DateHeader, UnreadableIsADefect) {
  const message_view view = read("Date: some day\r\n\r\n");
  EXPECT_EQ(view.date, "");
  EXPECT_EQ(view.defects, std::vector<std::string>{"unreadable Date \"some day\""});
}

TEST(MessageId, IsGivenWithoutBrackets) {
  EXPECT_EQ(read("Message-ID: <1@example.org>\r\n\r\n").message_id, "1@example.org");
  EXPECT_EQ(read("Message-ID: 1@example.org\r\n\r\n").message_id, "1@example.org");
}

TEST(Summary, IsBounded) {
  std::string raw = "Subject: =?utf-8?q?";
  for (int i = 0; i < 200; ++i) raw += "=E4=B8=AD";
  raw += "?=\r\nTo: a@example.org";
  for (int i = 0; i < 30; ++i) raw += ", a@example.org";
  raw += "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  for (int i = 0; i < 200; ++i) raw += "中 \r\n ";
  const summary row = summarise(read(raw));
  EXPECT_EQ(row.subject.size(), 300U);
  EXPECT_EQ(row.to.size(), 10U);
  EXPECT_LE(row.snippet.size(), 160U);
  EXPECT_EQ(row.snippet.substr(0, 11), "中 中 中");
}

}  // namespace
}  // namespace mailrig::mime
