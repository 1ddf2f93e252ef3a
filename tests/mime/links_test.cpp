// Links and one-time codes of mails as applications send them.
#include "capture/mime/links.hpp"

#include "capture/mime/codes.hpp"
#include "capture/mime/html_scanner.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::mime {

void PrintTo(const link& what, std::ostream* out) {
  *out << what.url << " (" << what.text << ") in part " << what.part;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

message_view plain(const std::string& text) {
  return read("Content-Type: text/plain; charset=utf-8\r\n\r\n" + text);
}

message_view html(const std::string& text) {
  return read("Content-Type: text/html; charset=utf-8\r\n\r\n" + text);
}

std::vector<std::string> urls(const message_view& view) {
  std::vector<std::string> found;
  for (const link& each : find_links(view)) found.push_back(each.url);
  return found;
}

std::vector<std::string> codes(const message_view& view) {
  std::vector<std::string> found;
  for (const code& each : find_codes(view)) found.push_back(each.value);
  return found;
}

TEST(Links, AreThoseOfTheHtmlAndThenThoseThatOnlyTheTextHas) {
  const message_view view = read(
      "Content-Type: multipart/alternative; boundary=x\r\n\r\n"
      "--x\r\nContent-Type: text/plain\r\n\r\nConfirm: https://shop.test/c?a=1&b=2\n"
      "or write to https://shop.test/help.\r\n"
      "--x\r\nContent-Type: text/html\r\n\r\n"
      "<p><a href=\"https://shop.test/c?a=1&amp;b=2\">Confirm <b>now</b></a></p>"
      "See http://plain.test/page, or <a href='mailto:help@shop.test'>mail us</a>\r\n--x--\r\n");
  EXPECT_THAT(find_links(view), ElementsAre(link{"https://shop.test/c?a=1&b=2", "Confirm now", 2},
                                            link{"http://plain.test/page", "", 2},
                                            link{"mailto:help@shop.test", "mail us", 2},
                                            link{"https://shop.test/help", "", 1}));
}

TEST(Links, EndWhereTheSentenceGoesOn) {
  EXPECT_THAT(
      urls(plain("(see https://a.test/x(1)), <https://b.test/y>. \"https://c.test/\"; "
                 "点击https://d.test/重置 www.e.test! http:// https://f.test/?q={{token}}.")),
      ElementsAre("https://a.test/x(1)", "https://b.test/y", "https://c.test/", "https://d.test/",
                  "www.e.test", "https://f.test/?q={{token}}"));
}

TEST(Links, ThatLeadNowhereAreNone) {
  EXPECT_THAT(urls(html("<a href='#top'>Up</a><a name=x>x</a><a href='javascript:go()'>Go</a>"
                        "<!-- <a href='https://hidden.test'>no</a> -->"
                        "<style>a{background:url(https://css.test)}</style>"
                        "<img src='https://image.test/x.png'>")),
              IsEmpty());
}

TEST(Links, NestedAndUnclosedAnchorsAreRead) {
  EXPECT_THAT(
      find_links(html("<a href=https://a.test>one<a href=\"https://b.test\" ><img alt='two'>")),
      ElementsAre(link{"https://a.test", "one", 0}, link{"https://b.test", "two", 0}));
}

TEST(Links, AreBoundedInNumberAndTime) {
  std::string many;
  for (int i = 0; i < 3'000; ++i) many += "https://a.test/" + std::to_string(i) + " ";
  EXPECT_EQ(find_links(plain(many)).size(), max_links);
  EXPECT_EQ(urls(plain("https://a.test/" + std::string(1'000'000, ')'))),
            std::vector<std::string>{"https://a.test/"});
  std::string unclosed;
  for (int i = 0; i < 200'000; ++i) unclosed += "<style><a ";
  EXPECT_THAT(urls(html(unclosed)), IsEmpty());
}

TEST(Html, IsShownAsItsReaderSeesIt) {
  EXPECT_EQ(text_of_html(
                "<head><title>T</title></head><body><h1>Hi &amp; welcome</h1>\r\n<p>a  b<br>c</p>"
                "<table><tr><td>1</td><td>2</td></tr></table>5 < 6<img alt=pic></body>"),
            "Hi & welcome\na b\nc\n1 2\n5 < 6pic\n");
}

TEST(Codes, BesideAWordThatAnnouncesThemComeFirst) {
  EXPECT_EQ(
      codes(plain("Order 123456 of 2026.\n\nYour verification code is 482913.\nIt is valid for "
                  "1440 minutes.\nCall +1 555 123 4567.\n"))
          .front(),
      "482913");
  EXPECT_EQ(
      codes(plain("您的验证码是：738201，请在10分钟内使用。客服电话 400-820-8820，订单 55667788"))
          .front(),
      "738201");
  EXPECT_EQ(codes(plain("839201 is your PIN. Copyright 2024.")).front(), "839201");
  EXPECT_EQ(codes(plain("【商城】校验码 4821，2024年11月")).front(), "4821");
  EXPECT_EQ(codes(plain("动态码:9927")).front(), "9927");
  EXPECT_EQ(codes(plain("Use OTP\n\n  XKCD42\n\nto log in")).front(), "XKCD42");
  EXPECT_EQ(codes(plain("Your temporary password: aB3dE9x")).front(), "aB3dE9x");
  EXPECT_EQ(codes(plain("Ihr Best\xC3\xA4tigungscode lautet 551207")).front(), "551207");
}

TEST(Codes, OfLettersNeedSuchAWordBesideThem) {
  EXPECT_EQ(codes(plain("Your code: QWERTZ")), std::vector<std::string>{"QWERTZ"});
  EXPECT_THAT(codes(plain("PLEASE READ THIS. Hello World, we decode your barcode.")), IsEmpty());
}

TEST(Codes, InGroupsAreJoined) {
  EXPECT_EQ(codes(plain("code 123 456")).front(), "123456");
  EXPECT_EQ(codes(plain("G-771203 is your verification code")).front(), "771203");
  EXPECT_EQ(codes(html("<p>Code</p><table><tr><td>4</td><td>8</td><td>2</td><td>9</td><td>1</td>"
                       "<td>0</td></tr></table>"))
                .front(),
            "482910");
}

TEST(Codes, NumbersOfOtherKindsComeLast) {
  EXPECT_THAT(codes(plain("In 2023 we sold for $4999 and 1,2345 pieces, #336699, 2026-11-22.\n"
                          "778899\nSomewhere 445566 stands.\n")),
              ElementsAre("778899", "445566", "336699", "2023", "4999", "2345", "2026"));
}

TEST(Codes, StandInTheSubjectToo) {
  const message_view view = read("Subject: 204816 is your login code\r\n\r\nHello\r\n");
  EXPECT_EQ(find_codes(view).front(), (code{"204816", "204816 is your login code", -1}));
}

TEST(Codes, OfAddressesAreNone) {
  EXPECT_THAT(codes(plain("https://shop.test/code/123456 user1234@shop.test v1234.example.com")),
              IsEmpty());
}

TEST(Codes, AreOncePerValueAndBounded) {
  EXPECT_EQ(codes(plain("code 123456 and again 123456")), std::vector<std::string>{"123456"});
  std::string many;
  for (int i = 0; i < 2'000; ++i) many += std::to_string(300'000 + i) + "\n";
  EXPECT_EQ(find_codes(plain(many)).size(), max_codes);
}

}  // namespace
}  // namespace mailrig::mime
