// What every request and answer passes: passwords, origins, conditional requests, compression,
// measures.
#include "inspector_fixture.hpp"
#include "webui/inspector/base64.hpp"
#include "webui/inspector/deflate.hpp"
#include "webui/inspector/router.hpp"

#include <optional>
#include <zlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string gunzip(std::string_view packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in(packed);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class Finishing : public testing::Test, protected inspector_test {
 protected:
  std::string one_mail() {
    return model::to_string(here.put("Subject: one\n\nSome text.\n")->id());
  }
};

// Passwords

class Locked : public testing::Test {
 protected:
  static server_settings locked() {
    server_settings result = named_settings();
    result.credentials = "anna:s3cret:with colon";
    return result;
  }
  answer ask(const std::string& target, const std::string& authorization,
             std::string_view verb = "GET") {
    request asked = make_request(verb, target);
    asked.authorization = authorization;
    std::optional<answer> given;
    dispatch(asked, with, [&given](answer what) { given = std::move(what); });
    loop.run_until([&given] { return given.has_value(); });
    return std::move(*given);
  }

  hand_played_loop loop;
  world here{[this](std::function<void()> work) { loop.post(std::move(work)); }};
  context with{locked(), here.all()};
};

TEST_F(Locked, OnlyThePasswordOpens) {
  const std::string right = base64("anna:s3cret:with colon");
  EXPECT_EQ(right, "YW5uYTpzM2NyZXQ6d2l0aCBjb2xvbg==");
  EXPECT_EQ(ask("/v1/messages", "Basic " + right).status, 200U);
  EXPECT_EQ(ask("/v1/messages", "bASIC " + right).status, 200U);
  for (const std::string& wrong : std::vector<std::string>{
           "", "Basic " + base64("anna:s3cret:with colom"), "Basic " + base64("anna:"), "Basic",
           "Basic ", "Bearer " + right, right, "Basic " + right + right}) {
    const answer refused = ask("/v1/messages", wrong);
    expect_problem(refused, 401, "--auth");
    EXPECT_THAT(header_of(refused, "WWW-Authenticate"), HasSubstr("Basic realm="));
  }
}

TEST_F(Locked, HealthStaysOpenAndNothingElseDoes) {
  EXPECT_EQ(ask("/livez", "").status, 200U);
  EXPECT_EQ(ask("/readyz", "").status, 200U);
  for (const char* path :
       {"/", "/metrics", "/v1/openapi.json", "/v1/events", "/nowhere", "/v1/rigs/nobody/messages"})
    EXPECT_EQ(ask(path, "").status, 401U) << path;
  EXPECT_EQ(ask("/v1/messages?all=true", "", "DELETE").status, 401U);
}

// Other origins

TEST_F(Finishing, AListedOriginMayRead) {
  settings.hosts.allowed_origins = {"https://app.example.com", "http://localhost:5173"};
  context open{settings, here.all()};
  const auto ask_from = [&](std::string_view verb, const std::string& origin) {
    request asked = make_request(verb, "/v1/messages");
    asked.origin = origin;
    std::optional<answer> given;
    dispatch(asked, open, [&given](answer what) { given = std::move(what); });
    return std::move(*given);
  };
  const answer read = ask_from("GET", "http://localhost:5173");
  EXPECT_EQ(read.status, 200U);
  EXPECT_EQ(header_of(read, "Access-Control-Allow-Origin"), "http://localhost:5173");
  EXPECT_THAT(header_of(read, "Vary"), HasSubstr("Origin"));
  const answer preflight = ask_from("OPTIONS", "https://APP.example.com");
  EXPECT_EQ(preflight.status, 204U);
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Origin"), "https://APP.example.com");
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Methods"), "GET, HEAD, POST, PATCH, DELETE");
  EXPECT_THAT(header_of(preflight, "Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  for (const char* foreign : {"http://app.example.com", "https://app.example.com:444",
                              "https://evil.example.com", "null"})
    expect_problem(ask_from("GET", foreign), 403, "--allowed-origin");
}

TEST_F(Finishing, OneselfGetsNoCorsHeader) {
  const answer own =
      ask("GET", "/v1/messages", [](request& asked) { asked.origin = "http://localhost:8025"; });
  EXPECT_EQ(own.status, 200U);
  EXPECT_EQ(header_of(own, "Access-Control-Allow-Origin"), "");
}

TEST_F(Finishing, OptionsTellsWhatAResourceAllows) {
  const answer told = ask("OPTIONS", "/v1/rigs");
  EXPECT_EQ(told.status, 204U);
  EXPECT_EQ(header_of(told, "Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(header_of(told, "Access-Control-Allow-Methods"), "");
  EXPECT_EQ(ask("OPTIONS", "/nowhere").status, 404U);
}

// Conditional requests

TEST_F(Finishing, WhatNeverChangesIsSentOnce) {
  const std::string id = one_mail();
  for (const std::string path : {"/raw", "/text", "/headers", "/parts/0"}) {
    const std::string url = "/v1/messages/" + id + path;
    const answer first = get(url);
    ASSERT_EQ(first.status, 200U) << path << text_of(first);
    const std::string tag = header_of(first, "ETag");
    ASSERT_NE(tag, "") << path;
    EXPECT_EQ(header_of(first, "Cache-Control"), "private, no-cache");
    const answer again = ask("GET", url, [&tag](request& asked) { asked.if_none_match = tag; });
    EXPECT_EQ(again.status, 304U);
    EXPECT_EQ(text_of(again), "");
    EXPECT_EQ(ask("GET", url, [](request& asked) { asked.if_none_match = "W/\"other\""; }).status,
              200U);
  }
}

TEST_F(Finishing, WhatIsGoneOrChangesHasNoTag) {
  const std::string id = one_mail();
  const auto any = [](request& asked) { asked.if_none_match = "*"; };
  EXPECT_EQ(ask("GET", "/v1/messages/latest/raw", any).status, 200U);
  EXPECT_EQ(ask("GET", "/v1/messages", any).status, 200U);
  EXPECT_EQ(ask("GET", "/v1/messages/" + id, any).status, 200U);
  EXPECT_EQ(ask("DELETE", "/v1/messages/" + id).status, 200U);
  EXPECT_EQ(ask("GET", "/v1/messages/" + id + "/raw", any).status, 404U);
}

// Compression

TEST_F(Finishing, LongTextsArePackedForThoseWhoTakeIt) {
  for (int i = 0; i < 10; ++i) one_mail();
  const auto packed = [](request& asked) { asked.accept_encoding = "deflate, gzip;q=0.5"; };
  const answer plain = get("/v1/messages");
  EXPECT_EQ(header_of(plain, "Content-Encoding"), "");
  const answer given = ask("GET", "/v1/messages", packed);
  EXPECT_EQ(header_of(given, "Content-Encoding"), "gzip");
  EXPECT_THAT(header_of(given, "Vary"), HasSubstr("Accept-Encoding"));
  EXPECT_LT(text_of(given).size(), text_of(plain).size() / 2);
  EXPECT_EQ(gunzip(text_of(given)), text_of(plain));
  const answer refused =
      ask("GET", "/v1/messages", [](request& asked) { asked.accept_encoding = "gzip;q=0"; });
  EXPECT_EQ(header_of(refused, "Content-Encoding"), "");
}

TEST_F(Finishing, ShortTextsAndMailsAreNotPacked) {
  const std::string id =
      model::to_string(here.put("Subject: x\n\n" + std::string(5'000, 'x'))->id());
  const auto takes = [](request& asked) { asked.accept_encoding = "gzip"; };
  EXPECT_EQ(header_of(ask("GET", "/v1/messages/" + id + "/raw", takes), "Content-Encoding"), "");
  EXPECT_EQ(header_of(ask("GET", "/v1/info", takes), "Content-Encoding"), "");
  EXPECT_EQ(header_of(ask("HEAD", "/v1/openapi.json", takes), "Content-Encoding"), "");
  EXPECT_EQ(header_of(ask("GET", "/v1/openapi.json", takes), "Content-Encoding"), "gzip");
}

// Measures

TEST_F(Finishing, MeasuresTellWhatHappened) {
  one_mail();
  here.rigs.count().replied("250 2.0.0 Ok\r\n");
  here.rigs.count().replied("250-SIZE\r\n");
  here.rigs.count().replied("999 odd");
  here.rigs.count().replied("x");
  static_cast<void>(get("/v1/messages"));
  static_cast<void>(get("/nowhere"));
  const answer told = get("/metrics");
  EXPECT_THAT(told.content_type, HasSubstr("version=0.0.4"));
  const std::string text = text_of(told);
  for (const char* line :
       {"# TYPE mailrig_stored_messages gauge\nmailrig_stored_messages 1\n",
        "mailrig_replies_total{code=\"250\"} 2\n", "mailrig_rigs 1\n",
        "mailrig_http_answers_total{endpoint=\"/v1/messages\",status=\"2xx\"} 1\n",
        "mailrig_http_answers_total{endpoint=\"other\",status=\"4xx\"} 1\n",
        "mailrig_http_request_seconds_count{endpoint=\"/v1/messages\"} 1\n",
        "# TYPE mailrig_http_request_seconds histogram\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("code=\"999\"")));
}

}  // namespace
}  // namespace mailrig::inspector
