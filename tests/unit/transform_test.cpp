// Each transform on a mail that shows what it changes, and what it leaves alone.
#include "capture/delivery/transform.hpp"

#include "capture/mime/message_view.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::delivery {
namespace {

using faults::transform;
using kind = transform::kind;
using testing::HasSubstr;

constexpr std::string_view plain =
    "From: a@a.test\r\n"
    "Subject: Order\r\n"
    " 17\r\n"
    "To: b@b.test\r\n"
    "\r\n"
    "one\r\n"
    ".two\r\n"
    "..three\r\n"
    ".\r\n"
    "four\r\n";

constexpr std::string_view mixed =
    "Subject: =?UTF-8?B?5Y+R56Wo?=\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n"
    "\r\n"
    "--b\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "na=C3=AFve\r\n"
    "--b\r\n"
    "Content-Type: text/html; charset=\"utf-8\"\r\n"
    "\r\n"
    "<html><body>hi</body></html>\r\n"
    "--b\r\n"
    "Content-Type: application/pdf; name=\"a.pdf\"\r\n"
    "Content-Disposition: attachment; filename*0=\"a\";\r\n"
    " filename*1=\".pdf\"\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "JVBERg==\r\n"
    "--b--\r\n";

struct wish {
  kind what;
  std::uint64_t n = 0;
  std::string text = {};
  std::vector<std::string> names = {};
  std::uint64_t draw = 0;
};

std::string altered(std::string_view mail, const wish& how) {
  transform made;
  made.what = how.what;
  made.n = how.n;
  made.text = how.text;
  made.names = how.names;
  return transformed(mail, {made, how.draw});
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out(text);
  const std::size_t at = out.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return out.replace(at, what.size(), by);
}

// In how many places two texts of one length differ.
std::size_t differences(std::string_view a, std::string_view b) {
  EXPECT_EQ(a.size(), b.size());
  return static_cast<std::size_t>(
      std::inner_product(a.begin(), a.end(), b.begin(), 0, std::plus<>(), std::not_equal_to<>()));
}

TEST(Transform, TruncateKeepsTheFirstOctets) {
  EXPECT_EQ(altered(plain, {.what = kind::truncate, .n = 20}), plain.substr(0, 20));
  EXPECT_EQ(altered(plain, {.what = kind::truncate, .n = 0}), "");
  EXPECT_EQ(altered(plain, {.what = kind::truncate, .n = 1'000}), plain);
}

TEST(Transform, FlipBytesFlipsExactlySoManyAndRepeats) {
  const std::string once = altered(plain, {.what = kind::flip_bytes, .n = 7, .draw = 42});
  EXPECT_EQ(differences(once, plain), 7U);
  EXPECT_EQ(altered(plain, {.what = kind::flip_bytes, .n = 7, .draw = 42}), once);
  EXPECT_NE(altered(plain, {.what = kind::flip_bytes, .n = 7, .draw = 43}), once);
  EXPECT_EQ(differences(altered(plain, {.what = kind::flip_bytes, .n = 1'000'000}), plain),
            plain.size());
}

TEST(Transform, StripHeadersTakesFoldedFieldsWhole) {
  EXPECT_EQ(altered(plain, {.what = kind::strip_headers, .names = {"SUBJECT", "To"}}),
            "From: a@a.test\r\n\r\n" + std::string(plain.substr(plain.find("one"))));
}

TEST(Transform, DropHeaderBlockLeavesTheBody) {
  EXPECT_EQ(altered(plain, {.what = kind::drop_header_block}), plain.substr(plain.find("one")));
}

TEST(Transform, RelabelCharsetChangesLabelsAndNoContent) {
  const std::string made = altered(mixed, {.what = kind::relabel_charset, .text = "gbk"});
  const std::string first = replaced(mixed, "charset=utf-8\r\n", "charset=\"gbk\"\r\n");
  EXPECT_EQ(made, replaced(first, "charset=\"utf-8\"", "charset=\"gbk\""));
  EXPECT_THAT(altered(plain, {.what = kind::relabel_charset, .text = "gbk"}),
              testing::StartsWith("Content-Type: text/plain; charset=\"gbk\"\r\nFrom:"));
}

TEST(Transform, TranscodeChangesContentAndNoLabel) {
  EXPECT_EQ(altered(mixed, {.what = kind::transcode, .text = "latin1"}),
            replaced(mixed, "na=C3=AFve", "na=EFve"));
  EXPECT_EQ(altered("Content-Type: text/plain; charset=utf-8\r\n\r\n\xE5\x8F\x91\r\n",
                    {.what = kind::transcode, .text = "gbk"}),
            "Content-Type: text/plain; charset=utf-8\r\n\r\n\xB7\xA2\r\n");
  EXPECT_EQ(altered(plain, {.what = kind::transcode, .text = "no-such-charset"}), plain);
}

TEST(Transform, SevenBitClearsTheTopBit) {
  EXPECT_EQ(altered("\r\n\xC3\xAF", {.what = kind::seven_bit}), "\r\n\x43\x2F");
}

TEST(Transform, DropCteTakesTheFieldFromEveryPart) {
  const std::string first = replaced(mixed, "Content-Transfer-Encoding: quoted-printable\r\n", "");
  EXPECT_EQ(altered(mixed, {.what = kind::drop_cte}),
            replaced(first, "Content-Transfer-Encoding: base64\r\n", ""));
}

TEST(Transform, DoubleEncodeQpIsSeenByAReader) {
  EXPECT_EQ(altered(mixed, {.what = kind::double_encode_qp}),
            replaced(mixed, "na=C3=AFve", "na=3DC3=3DAFve"));
  const std::string made = altered("Subject: x\r\n\r\na=b\r\n", {.what = kind::double_encode_qp});
  EXPECT_EQ(mime::read(made).text, "a=3Db\n");
}

TEST(Transform, BareLfLeavesNoCarriageReturn) {
  const std::string made = altered(plain, {.what = kind::bare_lf});
  EXPECT_EQ(made.find('\r'), std::string::npos);
  EXPECT_EQ(made.size(),
            plain.size() - static_cast<std::size_t>(std::count(plain.begin(), plain.end(), '\r')));
}

TEST(Transform, RewrapLeavesNoLineThatIsLonger) {
  EXPECT_EQ(altered("abcdefg\r\nhi\r\n", {.what = kind::rewrap, .n = 3}),
            "abc\r\n de\r\n fg\r\nhi\r\n");
  EXPECT_EQ(altered("abc\r\n", {.what = kind::rewrap, .n = 1}), "a\r\n b\r\n c\r\n");
  EXPECT_EQ(altered(plain, {.what = kind::rewrap, .n = 998}), plain);
}

TEST(Transform, UnstuffTwiceTakesOneDotFromEachLine) {
  EXPECT_THAT(altered(plain, {.what = kind::unstuff_twice}),
              testing::EndsWith("\r\n\r\none\r\ntwo\r\n.three\r\n\r\nfour\r\n"));
}

TEST(Transform, StuffLostEndsAtALineOfOneDot) {
  EXPECT_THAT(altered(plain, {.what = kind::stuff_lost}),
              testing::EndsWith("\r\n\r\none\r\ntwo\r\n.three\r\n"));
}

TEST(Transform, StripAttachmentsLeavesTheTexts) {
  const mime::message_view view = mime::read(altered(mixed, {.what = kind::strip_attachments}));
  EXPECT_EQ(view.parts.size(), 3U);
  EXPECT_EQ(view.text, "na\xC3\xAFve");
  EXPECT_THAT(view.html, HasSubstr("hi"));
  EXPECT_TRUE(view.defects.empty()) << view.defects.front();
}

TEST(Transform, RenameAttachmentReplacesEveryFormOfTheName) {
  const std::string made = altered(mixed, {.what = kind::rename_attachment, .text = "x.exe"});
  EXPECT_EQ(mime::read(made).parts[3].filename, "x.exe");
  EXPECT_EQ(made.find("a.pdf"), std::string::npos);
  EXPECT_EQ(made.find("filename*"), std::string::npos);
  const std::string chinese =
      altered(mixed, {.what = kind::rename_attachment, .text = "\xE5\x8F\x91.pdf"});
  EXPECT_EQ(mime::read(chinese).parts[3].filename, "\xE5\x8F\x91.pdf");
}

TEST(Transform, AddFooterIsShownInTextAndHtml) {
  const mime::message_view view =
      mime::read(altered(mixed, {.what = kind::add_footer, .text = "<Sent \xC3\xBC>"}));
  EXPECT_EQ(view.text, "na\xC3\xAFve\n<Sent \xC3\xBC>\n");
  EXPECT_THAT(view.html, HasSubstr("hi<p>&lt;Sent \xC3\xBC&gt;</p>\n</body>"));
  EXPECT_EQ(view.parts.size(), 4U);
}

TEST(Transform, PrependSubjectKeepsTheSubjectsOwnWords) {
  EXPECT_EQ(mime::read(altered(mixed, {.what = kind::prepend_subject, .text = "[SPAM] "})).subject,
            "[SPAM] \xE5\x8F\x91\xE7\xA5\xA8");
  EXPECT_EQ(mime::read(altered(plain, {.what = kind::prepend_subject, .text = "[SPAM] "})).subject,
            "[SPAM] Order 17");
  EXPECT_EQ(altered("To: b@b.test\r\n\r\n", {.what = kind::prepend_subject, .text = "[SPAM] "}),
            "Subject: [SPAM] \r\nTo: b@b.test\r\n\r\n");
}

TEST(Transform, RemovePartTakesOnePartAndItsDelimiter) {
  const mime::message_view view = mime::read(altered(mixed, {.what = kind::remove_part, .n = 1}));
  EXPECT_EQ(view.parts.size(), 3U);
  EXPECT_EQ(view.text, "");
  EXPECT_TRUE(view.defects.empty());
  EXPECT_EQ(altered(mixed, {.what = kind::remove_part, .n = 9}), mixed);
}

TEST(Transform, SwapPartsSwapsTheFirstTwo) {
  const mime::message_view view = mime::read(altered(mixed, {.what = kind::swap_parts}));
  EXPECT_EQ(view.parts[1].type, "text/html");
  EXPECT_EQ(view.parts[2].type, "text/plain");
  EXPECT_EQ(altered(altered(mixed, {.what = kind::swap_parts}), {.what = kind::swap_parts}), mixed);
  EXPECT_EQ(altered(plain, {.what = kind::swap_parts}), plain);
}

TEST(Transform, Utf8BomStandsInFrontOfTheHeader) {
  EXPECT_EQ(altered(plain, {.what = kind::utf8_bom}), "\xEF\xBB\xBF" + std::string(plain));
}

TEST(Transform, NulBytesGoIntoTheBody) {
  const std::string made = altered(plain, {.what = kind::nul_bytes, .n = 5, .draw = 7});
  EXPECT_EQ(made.size(), plain.size() + 5);
  EXPECT_EQ(std::count(made.begin(), made.end(), '\0'), 5);
  EXPECT_TRUE(made.starts_with(plain.substr(0, plain.find("one"))));
  std::string without = made;
  std::erase(without, '\0');
  EXPECT_EQ(without, plain);
}

// Nothing that a peer sends makes a transform throw or grow without bound.
TEST(Transform, AnyOctetsAreTaken) {
  const std::vector<std::string> mails = {
      "",
      ".",
      "\r\n",
      std::string(3, '\0'),
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n--b--",
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\n--b--\n",
      "Content-Type: message/rfc822\r\n\r\n",
      std::string(mixed.substr(0, mixed.size() / 2)),
      "Content-Type: text/plain; charset=\"utf-8\r\nSubject",
      "From x\r\nSubject: y\r\n\r\nz"};
  for (const std::string& mail : mails) {
    for (std::size_t i = 0; i < 21; ++i) {
      const auto what = static_cast<kind>(i);
      const std::string made = altered(mail, {what, 1, "utf-8", {"Subject"}, 3});
      EXPECT_LE(made.size(), 6 * mail.size() + 200) << name_of(what) << " of " << mail;
    }
  }
}

}  // namespace
}  // namespace mailrig::delivery
