// Which requests are refused for the name they came under or the site they came from.
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

class Guard : public testing::Test, protected inspector_test {
 protected:
  answer refused(const request& asked) {
    return refuse_foreign(asked, settings.hosts).value_or(answer{});
  }
};

TEST_F(Guard, ForeignHostsAndOriginsAreRefused) {
  request asked = make_request("DELETE", "/v1/messages?all=true");
  asked.host = "evil.example.com";
  dispatch(asked, with, [](const answer& what) {
    expect_problem(what, 403, "--allowed-host evil.example.com");
  });
  asked.host = "localhost:8025";
  asked.origin = "http://evil.example.com";
  dispatch(asked, with, [](const answer& what) { expect_problem(what, 403, "evil.example.com"); });
  asked.origin = "http://localhost:8025";
  dispatch(asked, with, [](const answer& what) { EXPECT_EQ(what.status, 200U); });
  asked.host_count = 0;
  dispatch(asked, with, [](const answer& what) { expect_problem(what, 400, "one Host header"); });
  asked.host_count = 2;
  dispatch(asked, with, [](const answer& what) { expect_problem(what, 400, "one Host header"); });
}

TEST_F(Guard, TheAbsoluteFormIsJudgedByItsOwnHost) {
  request asked = make_request("GET", "http://evil.example.com/v1/info");
  dispatch(asked, with, [](const answer& what) { expect_problem(what, 403, "evil"); });
}

constexpr std::string_view with_picture =
    "Subject: Picture\nMIME-Version: 1.0\nContent-Type: image/png\n"
    "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n";

TEST_F(Guard, ASandboxedFrameGetsThePicturesOfItsMail) {
  const std::string id = model::to_string(here.put(with_picture)->id());
  for (const std::string_view base : {"/v1", "/v1/rigs/default"}) {
    for (const std::string_view verb : {"GET", "HEAD"}) {
      const answer given = ask(verb, std::string(base) + "/messages/" + id + "/parts/0",
                               [](request& asked) { asked.origin = "null"; });
      EXPECT_EQ(given.status, 200U) << verb << ' ' << base;
      EXPECT_EQ(given.content_type, "image/png");
      EXPECT_EQ(header_of(given, "Access-Control-Allow-Origin"), "");
    }
  }
}

TEST_F(Guard, ASandboxedFrameGetsNothingElse) {
  std::vector<std::string> paths = {"/",
                                    "/assets/page.js",
                                    "/parts/1",
                                    "/v1/parts/1",
                                    "/v1/attempts/latest/parts/1",
                                    "/v1/messages/latest/parts",
                                    "/v1/messages/latest/parts/1/more",
                                    "/v1/messages/a/b/parts/1",
                                    "/v1/rigs/default/parts/1",
                                    "/v2/messages/latest/parts/1"};
  for (const endpoint& each : endpoints()) {
    if (each.pattern.ends_with("/parts/{n}")) continue;
    paths.emplace_back(each.pattern);
    if (each.pattern.starts_with("/v1/"))
      paths.push_back("/v1/rigs/default" + std::string(each.pattern.substr(3)));
  }
  for (const std::string& path : paths) {
    for (const std::string_view verb :
         {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
      SCOPED_TRACE(std::string(verb) + ' ' + path);
      request asked = make_request(verb, path);
      asked.origin = "null";
      expect_problem(refused(asked), 403, "a page of \"null\"");
    }
  }
}

TEST_F(Guard, ASandboxedFrameOnlyReadsPictures) {
  for (const std::string_view verb : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    SCOPED_TRACE(verb);
    request asked = make_request(verb, "/v1/messages/latest/parts/1");
    asked.origin = "null";
    expect_problem(refused(asked), 403, "a page of \"null\"");
  }
}

TEST_F(Guard, WhatOnlyLooksLikeNullIsForeign) {
  for (const std::string_view origin : {"NULL", "null.example.com", "http://null.example.com"}) {
    request asked = make_request("GET", "/v1/messages/latest/parts/1");
    asked.origin = origin;
    expect_problem(refused(asked), 403, origin);
  }
}

TEST_F(Guard, ForPicturesTheHostIsJudgedAllTheSame) {
  request asked = make_request("GET", "/v1/messages/latest/parts/1");
  asked.origin = "null";
  asked.host = "evil.example.com";
  expect_problem(refused(asked), 403, "--allowed-host evil.example.com");
}

}  // namespace
}  // namespace mailrig::inspector
