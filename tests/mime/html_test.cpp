// cid: references in HTML, and the words that a list shows of it.
#include "capture/mime/message_view.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mailrig::mime {
namespace {

message_view view_with_html(std::string_view html, std::string_view content_id) {
  message_view view;
  view.html = html;
  part image;
  image.number = 7;
  image.content_id = content_id;
  view.parts.push_back(image);
  return view;
}

constexpr std::string_view base = "<base target=\"_blank\">";

struct cid_case {
  const char* name;
  std::string_view html, content_id, expected;
};

void PrintTo(const cid_case& one, std::ostream* out) {
  *out << one.html;
}

class CidReference : public testing::TestWithParam<cid_case> {};

TEST_P(CidReference, BecomesThePartsUrl) {
  const message_view view = view_with_html(GetParam().html, GetParam().content_id);
  EXPECT_EQ(html_with_part_urls(view, "/p/"), std::string(base) + std::string(GetParam().expected));
}

constexpr cid_case cid_cases[] = {
    {"DoubleQuotes", R"(<img src="cid:a@b">)", "a@b", R"(<img src="/p/7">)"},
    {"SingleQuotes", "<img src='cid:a.png'>", "a.png", "<img src='/p/7'>"},
    {"NoQuotes", "<img src=cid:a@b width=1>", "a@b", "<img src=/p/7 width=1>"},
    {"BlanksAroundEquals", "<img src = \"cid:a\">", "a", "<img src = \"/p/7\">"},
    {"BlanksInTheValue", "<img src=\" cid:a \">", "a", "<img src=\"/p/7\">"},
    {"UpperCaseScheme", "<IMG SRC=\"CID:a\">", "a", "<IMG SRC=\"/p/7\">"},
    {"Background", "<td background='cid:a'>", "a", "<td background='/p/7'>"},
    {"PercentEncoded", "<img src='cid:a%40b%25'>", "a@b%", "<img src='/p/7'>"},
    {"PercentInTheContentId", "<img src='cid:a%40b'>", "a%40b", "<img src='/p/7'>"},
    {"CharacterReference", "<img src='cid:a&amp;b'>", "a&b", "<img src='/p/7'>"},
    {"OtherCase", "<img src='cid:IMG1@X'>", "img1@x", "<img src='/p/7'>"},
    {"CssUrlBare", "<p style=\"background:url(cid:a)\">", "a",
     "<p style=\"background:url(/p/7)\">"},
    {"CssUrlQuoted", "<p style=\"background:URL( 'cid:a' )\">", "a",
     "<p style=\"background:URL( '/p/7' )\">"},
    {"CssUrlReferenceQuoted", "<p style=\"background:url(&quot;cid:a&quot;)\">", "a",
     "<p style=\"background:url(&quot;/p/7&quot;)\">"},
    {"StyleElement", "<style>b{x:url(cid:a)} i{y:url(\"cid:a\")}</style>", "a",
     "<style>b{x:url(/p/7)} i{y:url(\"/p/7\")}</style>"},
    {"UnknownStays", "<img src=\"CID:other\">", "a", "<img src=\"CID:other\">"},
    {"TextStays", "<p>write \"cid:a\" or = cid:a</p>", "a", "<p>write \"cid:a\" or = cid:a</p>"},
    {"CommentStays", "<!-- <img src='cid:a'> -->", "a", "<!-- <img src='cid:a'> -->"},
    {"QuoteNeverClosed", "<img src=\"cid:a", "a", "<img src=\"/p/7"},
    {"TagNeverClosed", "<img src=", "a", "<img src="},
    {"LoneAngle", "1 < 2 <img src=cid:a>", "a", "1 < 2 <img src=/p/7>"},
};

INSTANTIATE_TEST_SUITE_P(Table, CidReference, testing::ValuesIn(cid_cases),
                         [](const auto& instance) { return instance.param.name; });

TEST(HtmlWithPartUrls, KeepsTheDoctypeFirst) {
  EXPECT_EQ(html_with_part_urls(view_with_html("<!DOCTYPE html>\n<html>", ""), "/p/"),
            "<!DOCTYPE html><base target=\"_blank\">\n<html>");
  EXPECT_EQ(html_with_part_urls(view_with_html("<!-- x -->\n<!doctype html><p>", ""), "/p/"),
            "<!-- x -->\n<!doctype html><base target=\"_blank\"><p>");
}

TEST(Snippet, OfHtmlShowsOnlyVisibleWords) {
  const message_view view = view_with_html(
      "<html><head><title>no</title></head><style>p{}</style><body><!-- no --><p>Tom &amp; "
      "J&#233;r&#x4E2D;</p>\n<b>1 < 2</b><script>no()</script></body></html>",
      "");
  EXPECT_EQ(summarise(view).snippet, "Tom & Jér中 1 < 2");
}

}  // namespace
}  // namespace mailrig::mime
