// Mails that are handed in, read marks and tags.
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <functional>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;

class Ingest : public testing::Test, protected inspector_test {
 protected:
  answer send(std::string_view verb, const std::string& target, const std::string& body) {
    return ask(verb, target, [&body](request& asked) {
      asked.body = body;
      asked.body_size = body.size();
    });
  }
  answer post(const std::string& parameters, const std::string& body) {
    return send("POST", "/v1/messages" + parameters, body);
  }
};

const std::string mail =
    "From: Shop <shop@example.com>\r\nSender: desk@example.com\r\nTo: anna@example.org, "
    "b@example.org\r\n"
    "Cc: anna@example.org\r\nSubject: In hand\r\n\r\nHello\n";

TEST_F(Ingest, KeepsTheOctetsAndTheEnvelopeAsGiven) {
  const answer made = post("?mail_from=a@x.test&rcpt_to=b@x.test&rcpt_to=c%2Bt@x.test", mail);
  EXPECT_EQ(made.status, 201U) << text_of(made);
  const json body = json_of(made);
  EXPECT_EQ(body.at("envelope_source"), "request");
  EXPECT_EQ(body.at("mail_from"), "a@x.test");
  EXPECT_EQ(body.at("rcpt_to"), (json{"b@x.test", "c+t@x.test"}));
  EXPECT_EQ(header_of(made, "Location"), body.at("url"));
  const json message = get_json(body.at("url").get<std::string>());
  EXPECT_EQ(message.at("origin"), "ingested");
  EXPECT_EQ(message.at("envelope_source"), "request");
  EXPECT_EQ(message.at("subject"), "In hand");
  EXPECT_EQ(message.at("uid"), 1);
  EXPECT_EQ(text_of(get("/v1/messages/latest/raw")), mail);
}

TEST_F(Ingest, ReadsTheEnvelopeFromTheHeaderForWantOfOne) {
  const json body = json_of(post("", mail));
  EXPECT_EQ(body.at("envelope_source"), "header");
  EXPECT_EQ(body.at("mail_from"), "desk@example.com");
  EXPECT_EQ(body.at("rcpt_to"), (json{"anna@example.org", "b@example.org"}));
}

TEST_F(Ingest, TheNullReversePathIsGivenEmpty) {
  EXPECT_EQ(json_of(post("?mail_from=&rcpt_to=b@x.test", mail)).at("mail_from"), "");
  EXPECT_EQ(json_of(post("?mail_from=%3C%3E&rcpt_to=b@x.test", mail)).at("mail_from"), "");
}

TEST_F(Ingest, WhatCannotBeTakenInIsRefused) {
  expect_problem(post("", ""), 400, "message/rfc822");
  expect_problem(post("", "Subject: nobody\r\n\r\nx"), 400, "rcpt_to");
  expect_problem(post("?mail_from=a@x.test", mail), 400, "neither");
  expect_problem(post("?rcpt_to=a+b@x.test", mail), 400, "%2B");
  expect_problem(post("?rcpt_to=", mail), 400, "no address");
  expect_problem(post("?to=a@x.test", mail), 400, "\"to\"");
  EXPECT_EQ(get_json("/v1/messages").at("total"), 0);
}

TEST_F(Ingest, AMailWithoutRoomIsRefused) {
  struct small_world {
    hand_played_loop loop;
    world here{[this](std::function<void()> work) { loop.post(std::move(work)); },
               {.max_messages = 10, .max_octets = 2'000, .transcript_octets = 4'096}};
  } small;
  context tight{settings, small.here.all()};
  request asked = make_request("POST", "/v1/messages?rcpt_to=a@x.test");
  asked.body = std::string(5'000, 'x');
  asked.body_size = asked.body.size();
  std::optional<answer> given;
  dispatch(asked, tight, [&given](answer what) { given = std::move(what); });
  ASSERT_TRUE(given);
  expect_problem(*given, 507, "larger than");
}

TEST_F(Ingest, MarksAreSetByIdAndByQuery) {
  const json first = json_of(post("", mail));
  post("?rcpt_to=c@x.test", mail);
  const std::string url = first.at("url");
  EXPECT_EQ(json_of(send("PATCH", url, R"({"read":true,"tags":["a","b","a"]})")).at("marked"), 1);
  json row = get_json("/v1/messages").at("messages").at(1);
  EXPECT_EQ(row.at("read"), true);
  EXPECT_EQ(row.at("tags"), (json{"a", "b"}));
  EXPECT_EQ(get_json(url).at("tags"), (json{"a", "b"}));
  EXPECT_EQ(get_json("/v1/messages?is=unread").at("matched"), 1);
  EXPECT_EQ(get_json("/v1/messages?tag=B").at("matched"), 1);
  // What is not named stays.
  send("PATCH", url, R"({"read":false})");
  EXPECT_EQ(get_json(url).at("tags"), (json{"a", "b"}));
  EXPECT_EQ(
      json_of(send("PATCH", "/v1/messages?query=", R"({"read":true,"tags":[]})")).at("marked"), 2);
  EXPECT_EQ(get_json("/v1/messages?is=read").at("matched"), 2);
  EXPECT_EQ(get_json(url).at("tags"), json::array());
  EXPECT_EQ(json_of(send("PATCH", "/v1/messages?rcpt=c@x.test", R"({"read":false})")).at("marked"),
            1);
}

TEST_F(Ingest, WrongMarksAreRefused) {
  const std::string url = json_of(post("", mail)).at("url");
  expect_problem(send("PATCH", url, "{}"), 400, "neither read nor tags");
  expect_problem(send("PATCH", url, R"({"read":1})"), 400, "true or false");
  expect_problem(send("PATCH", url, R"({"tags":"x"})"), 400, "50 strings");
  expect_problem(send("PATCH", url, R"({"tags":[""]})"), 400, "1 to 100");
  expect_problem(send("PATCH", url, R"({"seen":true})"), 400, "seen");
  expect_problem(send("PATCH", url, "{"), 400, "");
  expect_problem(send("PATCH", "/v1/messages", R"({"read":true})"), 400, "?query=");
  expect_problem(send("PATCH", "/v1/messages/latest", R"({"read":true})"), 400, "id");
  expect_problem(send("PATCH", "/v1/messages/0000000000000000000000", R"({"read":true})"), 404, "");
  EXPECT_EQ(get_json(url).at("read"), false);
}

}  // namespace
}  // namespace mailrig::inspector
