// The files of the page: forms and revalidation.
#include "inspector_fixture.hpp"
#include "webui/inspector/answer_text.hpp"
#include "webui/inspector/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Page : public testing::Test {
 protected:
  Page() {
    services all = here_.all();
    all.find_page = [](std::string_view path) -> std::optional<page_file> {
      if (path != "/") return std::nullopt;
      return page_file{"text/html", "W/\"e1\"", "no-cache", "<p>", "zipped"};
    };
    with_ = std::make_unique<context>(settings_, all);
  }

  answer ask(request asked) {
    answer given;
    dispatch(asked, *with_, [&given](answer what) { given = std::move(what); });
    return given;
  }
  answer ask_if_changed(std::string_view verb, std::string_view if_none_match) {
    request asked = make_request(verb, "/");
    asked.if_none_match = if_none_match;
    return ask(std::move(asked));
  }

 private:
  hand_played_loop loop_;
  world here_{[this](std::function<void()> work) { loop_.post(std::move(work)); }};
  server_settings settings_;
  std::unique_ptr<context> with_;
};

TEST_F(Page, FilesAreServedInTheFormTheClientTakes) {
  request asked = make_request("GET", "/");
  answer given = ask(asked);
  EXPECT_EQ(text_of(given), "<p>");
  EXPECT_THAT(header_of(given, "Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(header_of(given, "ETag"), "W/\"e1\"");
  asked.accept_encoding = "gzip";
  given = ask(asked);
  EXPECT_EQ(text_of(given), "zipped");
  EXPECT_EQ(header_of(given, "Content-Encoding"), "gzip");
  EXPECT_EQ(ask(make_request("DELETE", "/")).status, 405U);
  EXPECT_EQ(ask(make_request("GET", "/other")).status, 404U);
}

// RFC 9110 13.1.2: If-None-Match compares weakly, and also for HEAD.
TEST_F(Page, AFileThatTheClientHasIsA304) {
  for (const std::string_view tags : {"W/\"e1\"", "\"e1\"", "\"e0\", W/\"e1\"", "*"}) {
    for (const std::string_view verb : {"GET", "HEAD"}) {
      const answer given = ask_if_changed(verb, tags);
      EXPECT_EQ(given.status, 304U) << verb << ' ' << tags;
      EXPECT_EQ(given.body(), "");
    }
  }
}

TEST_F(Page, AFileThatTheClientLacksIsSent) {
  for (const std::string_view tags :
       {"W/\"e2\"", "\"e\"", "e1", "\"W/\"e1\"", "\"e2\", W/\"e3\""}) {
    const answer given = ask_if_changed("GET", tags);
    EXPECT_EQ(given.status, 200U) << tags;
    EXPECT_EQ(given.body(), "<p>");
  }
}

// RFC 9110 15.4.5: what a cache needs, and nothing about a body that is not there.
TEST_F(Page, A304SaysWhatACacheNeeds) {
  const answer given = ask_if_changed("GET", "\"e1\"");
  const std::string head = head_of(given, make_request("GET", "/"), after_answer::keep_alive);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nETag: W/\"e1\"\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nCache-Control: no-cache\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nVary: Accept-Encoding\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(head, Not(HasSubstr("Content-Type:")));
  EXPECT_THAT(head, Not(HasSubstr("Content-Encoding")));
}

}  // namespace
}  // namespace mailrig::inspector
