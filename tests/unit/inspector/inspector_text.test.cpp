// Targets, JSON text, content headers, pages of lists, forms of the page's files.
#include "webui/inspector/answer_text.hpp"
#include "webui/inspector/content.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/page_files.hpp"
#include "webui/inspector/target.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mailrig::inspector {
namespace {

TEST(Target, IsTakenApart) {
  const target wanted{"", "/v1/a%20b/", {"v1", "a b"}, {{"limit", "5"}, {"q", "a b&c"}, {"x", ""}}};
  EXPECT_EQ(parse_target("/v1/a%20b/?limit=5&q=a+b%26c&x"), wanted);
}

TEST(Target, TheAbsoluteFormNamesItsAuthority) {
  const target wanted{"mailrig:8025", "/v1", {"v1"}, {{"a", "1"}}};
  EXPECT_EQ(parse_target("http://mailrig:8025/v1?a=1"), wanted);
  EXPECT_EQ(parse_target("http://mailrig")->segments, std::vector<std::string>());
}

TEST(Target, BrokenOnesAreRefused) {
  for (const char* text : {"", "*", "v1", "/%", "/%2", "/%zz", "/a?b=%g1", "ftp://x/"})
    EXPECT_EQ(parse_target(text), std::nullopt) << text;
}

TEST(Target, AnEncodedSlashStaysInItsSegment) {
  EXPECT_EQ(parse_target("/a%2Fb/c")->segments, (std::vector<std::string>{"a/b", "c"}));
}

std::string written(std::string_view text) {
  return json_writer().value(text).take();
}

TEST(JsonWriter, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(written("a\"b\\c\n\r\t\x01\x7f"), R"("a\"b\\c\n\r\t\u0001\u007f")");
}

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(written("\xE4\xB8\xAD\xF0\x9F\x98\x80"), "\"\xE4\xB8\xAD\xF0\x9F\x98\x80\"");
  EXPECT_EQ(written("\xD6\xD0"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(written("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // a surrogate
  EXPECT_EQ(written("\xE4\xB8"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // cut off
}

TEST(JsonWriter, PlacesCommasAndNests) {
  json_writer json;
  json.open_object().field("a", 1).key("b").open_array().value("x").null().value(true);
  json.open_object().close_object().close_array().field("c", false).text_or_null("d", "");
  json.field("e", std::numeric_limits<std::uint64_t>::max()).close_object();
  EXPECT_EQ(json.take(),
            R"({"a":1,"b":["x",null,true,{}],"c":false,"d":null,"e":18446744073709551615})");
}

mime::part named(std::string type, std::string filename) {
  mime::part part;
  part.number = 3;
  part.type = std::move(type);
  part.filename = std::move(filename);
  return part;
}

TEST(Content, OnlyRasterImagesAreInline) {
  EXPECT_EQ(content_disposition_of(named("image/png", "a.png")), "inline; filename=\"a.png\"");
  EXPECT_EQ(content_disposition_of(named("image/svg+xml", "a.svg")),
            "attachment; filename=\"a.svg\"");
  EXPECT_EQ(content_disposition_of(named("text/html", "a.html")),
            "attachment; filename=\"a.html\"");
}

TEST(Content, FileNamesAreMadeSafe) {
  EXPECT_EQ(content_disposition_of(named("a/b", "../../etc/passwd")),
            "attachment; filename=\"passwd\"");
  EXPECT_EQ(content_disposition_of(named("a/b", "C:\\x\\y.exe")), "attachment; filename=\"y.exe\"");
  EXPECT_EQ(content_disposition_of(named("a/b", "a\r\nSet-Cookie: b")),
            "attachment; filename=\"a__Set-Cookie: b\"");
  EXPECT_EQ(content_disposition_of(named("a/b", "a\"b")),
            "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b");
  EXPECT_EQ(content_disposition_of(named("a/b", "")), "attachment; filename=\"part-3\"");
  EXPECT_EQ(content_disposition_of(named("a/b", "..")), "attachment; filename=\"part-3\"");
  EXPECT_EQ(content_disposition_of(named("a/b", "\xE5\x8F\x91.pdf")),
            "attachment; filename=\"_.pdf\"; filename*=UTF-8''%E5%8F%91.pdf");
}

TEST(Content, TypesThatAreNoneBecomeOctets) {
  EXPECT_EQ(content_type_of(named("text", "")), "application/octet-stream");
  EXPECT_EQ(content_type_of(named("text/ht ml", "")), "application/octet-stream");
  EXPECT_EQ(content_type_of(named("a/b\r\nX: y", "")), "application/octet-stream");
  mime::part part = named("text/plain", "");
  part.charset = "gbk";
  EXPECT_EQ(content_type_of(part), "text/plain; charset=gbk");
  part.charset = "gbk\"; x";
  EXPECT_EQ(content_type_of(part), "text/plain");
}

TEST(Content, ThePolicyForbidsScriptsAndForms) {
  const std::string policy = sandbox_policy(remote_images::blocked);
  EXPECT_EQ(policy.find("allow-scripts"), std::string::npos);
  EXPECT_EQ(policy.find("allow-same-origin"), std::string::npos);
  EXPECT_NE(policy.find("default-src 'none'; img-src 'self' data:;"), std::string::npos);
  EXPECT_NE(sandbox_policy(remote_images::allowed).find("img-src 'self' data: https: http:;"),
            std::string::npos);
}

TEST(PageFiles, GzipIsTakenByWeight) {
  EXPECT_TRUE(accepts_gzip("gzip, deflate, br"));
  EXPECT_TRUE(accepts_gzip("br;q=1, gzip;q=0.5"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000"));
  EXPECT_FALSE(accepts_gzip("br"));
  EXPECT_FALSE(accepts_gzip(""));
}

TEST(PageFiles, EtagsCompareWeakly) {
  EXPECT_TRUE(names_etag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(names_etag("*", "\"b\""));
  EXPECT_TRUE(names_etag("W/\"b\"", "W/\"b\""));
  EXPECT_TRUE(names_etag("\"b\"", "W/\"b\""));
  EXPECT_FALSE(names_etag("\"c\"", "\"b\""));
  EXPECT_FALSE(names_etag("", "\"b\""));
}

TEST(AnswerText, HeadersNeverBeginLinesOfTheirOwn) {
  answer what;
  what.headers.push_back({"X", "a\r\nSet-Cookie: b"});
  const std::string head = head_of(what, {}, after_answer::keep_alive);
  EXPECT_NE(head.find("X: a  Set-Cookie: b\r\n"), std::string::npos) << head;
}

}  // namespace
}  // namespace mailrig::inspector
