// The API through its dispatcher, without sockets: shapes, ids, cursors, refusals.
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::string_view composite =
    "From: =?utf-8?B?5byg5LiJ?= <zhang@example.com>\n"
    "To: Anna <anna@example.org>, b@example.org\n"
    "Subject: Order 7\n"
    "Date: Sun, 22 Nov 2026 06:15:00 +0000\n"
    "Message-ID: <m1@example.com>\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=out\n\n"
    "--out\n"
    "Content-Type: multipart/related; boundary=in\n\n"
    "--in\n"
    "Content-Type: text/html; charset=utf-8\n\n"
    "<p>Hello</p><img src='cid:pic'>\n"
    "--in\n"
    "Content-Type: image/png; name=pic.png\n"
    "Content-ID: <pic>\n"
    "Content-Transfer-Encoding: base64\n\n"
    "iVBORw0KGgo=\n"
    "--in--\n"
    "--out\n"
    "Content-Type: application/pdf\n"
    "Content-Disposition: attachment; filename=\"bill.pdf\"\n"
    "Content-Transfer-Encoding: base64\n\n"
    "JVBERi0=\n"
    "--out--\n";

constexpr std::string_view plain = "From: a@example.com\nSubject: Plain\n\nJust text.\n";

class Api : public testing::Test, protected inspector_test {
 protected:
  static std::string id_of(const model::mail_ref& mail) { return model::to_string(mail->id()); }
};

TEST_F(Api, AnEmptyListHasEveryKey) {
  const json wanted = {{"messages", json::array()},
                       {"next_cursor", nullptr},
                       {"matched", 0},
                       {"total", 0},
                       {"evicted", 0},
                       {"mark", "after.0.0"}};
  EXPECT_EQ(get_json("/v1/messages"), wanted);
}

TEST_F(Api, ARowIsTheWholeSummary) {
  const auto mail = here.put(composite, {.rcpt_to = {"anna@example.org", "hidden@example.org"}});
  const json wanted = {{"id", id_of(mail)},
                       {"uid", 1},
                       {"rig", "default"},
                       {"origin", "captured"},
                       {"received_at", "2026-11-22T06:00:00.123Z"},
                       {"rig_time", "2026-11-22T06:00:00.123Z"},
                       {"mail_from", "shop@example.com"},
                       {"rcpt_to", {"anna@example.org", "hidden@example.org"}},
                       {"rcpt_count", 2},
                       {"from", {{"name", "张三"}, {"address", "zhang@example.com"}}},
                       {"to",
                        {{{"name", "Anna"}, {"address", "anna@example.org"}},
                         {{"name", nullptr}, {"address", "b@example.org"}}}},
                       {"cc", json::array()},
                       {"subject", "Order 7"},
                       {"date", "2026-11-22T06:15:00.000Z"},
                       {"size", with_crlf(composite).size()},
                       {"attachment_count", 1},
                       {"fate", "delivered"},
                       {"read", false},
                       {"tags", json::array()},
                       {"snippet", "Hello"},
                       {"session", model::to_string(mail->facts().session)},
                       {"attempt", id_of(mail)},
                       {"chain", rig::content_chain_of(*mail)}};
  EXPECT_EQ(get_json("/v1/messages").at("messages"), json::array({wanted}));
  EXPECT_EQ(get_json("/v1/rigs/default/messages").at("messages"), json::array({wanted}));
}

TEST_F(Api, RowsAreMadeOnceAndKept) {
  const auto mail = here.put(plain);
  const auto first = text_of(get("/v1/messages"));
  EXPECT_NE(here.rig().messages().get(1).row, nullptr);
  // Without the pool only what is ready can be answered.
  here.pool.stop();
  EXPECT_EQ(text_of(get("/v1/messages?limit=49")), first);
  here.put(plain);
  expect_problem(get("/v1/messages"), 503, "");
}

TEST_F(Api, ALongListIsReadPageByPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) ids.insert(ids.begin(), id_of(here.put(plain)));
  here.rig().remove(*model::parse_id(ids[3]));
  ids.erase(ids.begin() + 3);
  std::vector<std::string> seen;
  std::string next = "/v1/messages?limit=2";
  for (int page = 0; page < 3; ++page) {
    const json list = get_json(next);
    EXPECT_EQ(list.at("total"), 6);
    for (const json& each : list.at("messages")) seen.push_back(each.at("id"));
    ASSERT_EQ(list.at("next_cursor").is_null(), page == 2);
    if (page < 2) next = "/v1/messages?limit=2&cursor=" + list.at("next_cursor").get<std::string>();
  }
  EXPECT_EQ(seen, ids);
}

TEST_F(Api, WrongListParametersAreNamed) {
  expect_problem(get("/v1/messages?limits=5"), 400,
                 "\"limits\". It takes: limit, cursor, query, and each word");
  expect_problem(get("/v1/messages?limit=0"), 400, "from 1 to 500");
  expect_problem(get("/v1/messages?limit=501"), 400, "from 1 to 500");
  expect_problem(get("/v1/messages?limit=5x"), 400, "5x");
  expect_problem(get("/v1/messages?limit=5&limit=6"), 400, "twice");
  expect_problem(get("/v1/messages?cursor=abc"), 400, "next_cursor");
  expect_problem(get("/v1/messages?cursor=before.x"), 400, "next_cursor");
  expect_problem(get("/v1/info?x=1"), 400, "It takes none.");
}

TEST_F(Api, AMessageHasEveryKey) {
  const auto mail = here.put(composite, {.rcpt_to = {"Anna@example.org", "hidden@example.org"}});
  json body = get_json("/v1/messages/" + id_of(mail));
  for (const char* key : {"tls", "auth", "sender", "in_reply_to"})
    EXPECT_TRUE(body.at(key).is_null()) << key;
  for (const char* key : {"links", "codes", "list_unsubscribe"})
    EXPECT_EQ(body.at(key), json::array()) << key;
  EXPECT_EQ(body.at("lints"), json::array());
  EXPECT_EQ(body.at("message_id"), "m1@example.com");
  EXPECT_EQ(body.at("reply_to"), json::array());
  EXPECT_EQ(body.at("bcc"), json::array());
  EXPECT_EQ(body.at("envelope_only"), json::array({"hidden@example.org"}));
  EXPECT_EQ(body.at("recipients").at(1),
            (json{{"address", "hidden@example.org"},
                  {"fate", "delivered"},
                  {"until", nullptr},
                  {"rule", nullptr},
                  {"altered", nullptr},
                  {"entries", body.at("recipients").at(0).at("entries")}}));
  EXPECT_EQ(body.at("headers").at(2).at("name"), "Subject");
  EXPECT_EQ(body.at("headers").at(2).at("value"), "Order 7");
  EXPECT_TRUE(body.at("text").is_null());
  EXPECT_THAT(body.at("html").get<std::string>(), HasSubstr("cid:pic"));
  EXPECT_EQ(body.at("defects"), json::array());
  EXPECT_EQ(body.at("parts").size(), 5U);
  ASSERT_EQ(body.at("attachments").size(), 1U);
  const json& bill = body.at("attachments").at(0);
  EXPECT_EQ(bill.at("filename"), "bill.pdf");
  EXPECT_EQ(bill.at("type"), "application/pdf");
  EXPECT_EQ(bill.at("size"), 5);
  EXPECT_EQ(text_of(get(bill.at("url").get<std::string>())), "%PDF-");
  const json latest = get_json("/v1/messages/latest");
  EXPECT_EQ(latest, body);
}

TEST_F(Api, RawIsTheVeryBytes) {
  const auto mail = here.put(composite);
  const answer raw = get("/v1/messages/" + id_of(mail) + "/raw");
  EXPECT_EQ(raw.content_type, "message/rfc822");
  EXPECT_EQ(raw.body().data(), mail->bytes().data());
  EXPECT_EQ(raw.body(), mail->bytes());
}

TEST_F(Api, HtmlPointsAtItsPartsAndIsSandboxed) {
  const auto mail = here.put(composite);
  const answer html = get("/v1/messages/latest/html");
  EXPECT_EQ(html.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(header_of(html, "Content-Security-Policy"), HasSubstr("sandbox allow-popups"));
  const std::string url = "/v1/messages/" + id_of(mail) + "/parts/3";
  EXPECT_THAT(text_of(html), HasSubstr(url));
  const answer image = get(url);
  EXPECT_EQ(image.content_type, "image/png");
  EXPECT_EQ(header_of(image, "Content-Disposition"), "inline; filename=\"pic.png\"");
  EXPECT_EQ(text_of(image), "\x89PNG\r\n\x1a\n");
  EXPECT_THAT(header_of(get("/v1/messages/latest/html?remote=1"), "Content-Security-Policy"),
              HasSubstr("img-src 'self' data: https: http:"));
  expect_problem(get("/v1/messages/latest/html?remote=yes"), 400, "remote=1");
}

TEST_F(Api, TextAndHeadersAreThere) {
  here.put(plain);
  EXPECT_EQ(text_of(get("/v1/messages/latest/text")), "Just text.\n");
  EXPECT_EQ(get_json("/v1/messages/latest/headers"),
            (json{{"headers",
                   {{{"name", "From"}, {"value", "a@example.com"}, {"raw", " a@example.com"}},
                    {{"name", "Subject"}, {"value", "Plain"}, {"raw", " Plain"}}}}}));
  expect_problem(get("/v1/messages/latest/html"), 404, "/text");
}

TEST_F(Api, WhatIsNotThereIsSaidSo) {
  here.put(composite);
  expect_problem(get("/v1/messages/latest/text"), 404, "/html");
  expect_problem(get("/v1/messages/latest/parts/0"), 404, "It has: 2, 3, 4.");
  expect_problem(get("/v1/messages/latest/parts/99"), 404, "It has: 2, 3, 4.");
  expect_problem(get("/v1/messages/latest/parts/x"), 404, "parts");
  expect_problem(get("/v1/messages/0000000000000000000000"), 404, "GET /v1/messages lists");
  expect_problem(get("/v1/messages/nonsense/raw"), 404, "22 letters");
  expect_problem(get("/v1/rigs/other/messages"), 404, "default");
}

TEST_F(Api, LatestOfNothingIsNotFound) {
  expect_problem(get("/v1/messages/latest"), 404, "no message");
}

TEST_F(Api, DeletesOne) {
  const auto mail = here.put(plain);
  here.put(plain);
  EXPECT_EQ(json_of(ask("DELETE", "/v1/messages/" + id_of(mail))), (json{{"deleted", 1}}));
  EXPECT_EQ(get_json("/v1/messages").at("total"), 1);
  expect_problem(ask("DELETE", "/v1/messages/" + id_of(mail)), 404, "deleted or evicted");
}

TEST_F(Api, NothingMalformedDeletes) {
  here.put(plain);
  expect_problem(ask("DELETE", "/v1/messages"), 400, "?all=true");
  expect_problem(ask("DELETE", "/v1/messages?all"), 400, "?all=true");
  expect_problem(ask("DELETE", "/v1/messages?all=1"), 400, "?all=true");
  expect_problem(ask("DELETE", "/v1/messages?all=true&query=x"), 400, "leave it out");
  expect_problem(ask("DELETE", "/v1/messages?all=true&all=true"), 400, "twice");
  expect_problem(ask("DELETE", "/v1/messages/"), 400, "?all=true");
  expect_problem(ask("DELETE", "/v1/messages/latest"), 400, "never `latest`");
  EXPECT_EQ(get_json("/v1/messages").at("total"), 1);
  EXPECT_EQ(json_of(ask("DELETE", "/v1/messages?all=true")), (json{{"deleted", 1}}));
  EXPECT_EQ(get_json("/v1/messages").at("total"), 0);
}

TEST_F(Api, ABodyIsRefusedWhereNoneIsTaken) {
  here.put(plain);
  request asked = make_request("DELETE", "/v1/messages?all=true");
  asked.body_size = 12;
  dispatch(asked, with, [](const answer& what) { expect_problem(what, 400, "12 octets"); });
  EXPECT_EQ(get_json("/v1/messages").at("total"), 1);
}

TEST_F(Api, WrongMethodsNameTheRightOnes) {
  const answer refused = ask("PUT", "/v1/messages");
  expect_problem(refused, 405, "GET, HEAD, POST, PATCH, DELETE");
  EXPECT_EQ(header_of(refused, "Allow"), "GET, HEAD, POST, PATCH, DELETE");
  expect_problem(ask("BREW", "/v1/messages"), 501, "BREW");
  EXPECT_EQ(ask("HEAD", "/v1/messages").status, 200U);
}

TEST_F(Api, UnknownPathsNameTheNearest) {
  expect_problem(get("/v1/mesages"), 404, "nearest is /v1/messages.");
  expect_problem(get("/messages"), 404, "nearest is /v1/messages.");
  expect_problem(get("/v1/messages/latest/row"), 404, "nearest is /v1/messages/{id}/raw.");
  expect_problem(get("/healthz"), 404, "nearest is /readyz.");
  expect_problem(get("/v1/session"), 404, "nearest is /v1/sessions.");
}

TEST_F(Api, OtherDialectsAreTranslated) {
  expect_problem(get("/api/v1/messages"), 404, "GET /v1/messages (or DELETE");
  expect_problem(get("/api/v1/message/abc"), 404, "GET /v1/messages/{id}.");
  expect_problem(get("/api/v2/messages"), 404, "GET /v1/messages.");
  expect_problem(get("/api/events"), 404, "GET /v1/events.");
  expect_problem(get("/view/latest.html"), 404, "GET /v1/messages/latest/html.");
  expect_problem(get("/email"), 404, "GET /v1/messages.");
  expect_problem(ask("DELETE", "/email/all"), 404, "DELETE /v1/messages?all=true.");
  expect_problem(get("/emails"), 404, "nearest");
}

TEST_F(Api, InfoSaysWhatRuns) {
  const auto mail = here.put(plain);
  const json info = get_json("/v1/info");
  EXPECT_EQ(info.at("version"), "1.2.3");
  EXPECT_EQ(info.at("listeners").at(0), (json{{"protocol", "smtp"},
                                              {"address", "127.0.0.1"},
                                              {"port", 2525},
                                              {"url", "smtp://localhost:2525"},
                                              {"rig", "default"}}));
  EXPECT_TRUE(info.at("listeners").at(1).at("rig").is_null());
  EXPECT_EQ(info.at("limits").at("max_messages"), 100'000);
  EXPECT_EQ(info.at("use").at("messages"), 1);
  EXPECT_EQ(info.at("rig").at("messages"), 1);
  EXPECT_EQ(info.at("rig").at("id"), "default");
  EXPECT_EQ(info.at("rig").at("evicted"), 0);
}

TEST_F(Api, HealthIsPlain) {
  EXPECT_EQ(text_of(get("/livez")), "ok\n");
  EXPECT_EQ(text_of(get("/readyz")), "ok\n");
}

TEST(ApiHealth, NotReadyIsA503) {
  hand_played_loop loop;
  world here([&loop](std::function<void()> work) { loop.post(std::move(work)); });
  services all = here.all();
  all.is_ready = [] { return false; };
  context with({}, all);
  request asked = make_request("GET", "/readyz");
  dispatch(asked, with, [](const answer& what) { EXPECT_EQ(what.status, 503U); });
  asked = make_request("GET", "/livez");
  dispatch(asked, with, [](const answer& what) { EXPECT_EQ(what.status, 200U); });
}

TEST_F(Api, WithoutAPageTheFrontSaysSo) {
  expect_problem(get("/"), 404, "MAILRIG_PAGE=OFF");
}

TEST_F(Api, SessionsTellWhoLoggedIn) {
  const auto put = [this](std::optional<rig::session_login> auth) {
    auto session = std::make_shared<rig::session_record>();
    session->id = here.ids.draw(here.clock.now());
    session->auth = std::move(auth);
    here.rig().session_began(session);
    return get_json("/v1/sessions/" + model::to_string(session->id)).at("auth");
  };
  EXPECT_TRUE(put(std::nullopt).is_null());
  const json auth = put(rig::session_login{{"PLAIN", "alice", ""}, here.clock.now()});
  EXPECT_EQ(auth.at("mechanism"), "PLAIN");
  EXPECT_EQ(auth.at("user"), "alice");
  EXPECT_TRUE(auth.at("authorization").is_null());
  EXPECT_TRUE(auth.at("at").is_string());
  EXPECT_EQ(
      put(rig::session_login{{"PLAIN", "a\xFF", "boss"}, here.clock.now()}).at("authorization"),
      "boss");
}

TEST_F(Api, AMessageTellsTheLoginThatCameBeforeIt) {
  const model::mail_ref mail = here.put("Subject: x\r\n\r\n");
  const std::string path = "/v1/messages/" + model::to_string(mail->id());
  EXPECT_TRUE(get_json(path).at("auth").is_null());
  auto session = std::make_shared<rig::session_record>();
  session->id = mail->facts().session;
  here.rig().session_began(session);
  EXPECT_TRUE(get_json(path).at("auth").is_null());
  session->auth = rig::session_login{{"LOGIN", "alice", ""}, mail->facts().started_at};
  EXPECT_EQ(get_json(path).at("auth").at("user"), "alice");
  session->auth->at += std::chrono::milliseconds{1};
  EXPECT_TRUE(get_json(path).at("auth").is_null());
}

TEST_F(Api, SessionsShowTheirTranscript) {
  auto session = std::make_shared<rig::session_record>();
  session->id = here.ids.draw(here.clock.now());
  session->peer = "127.0.0.1:40123";
  session->started_at = here.clock.now();
  session->helo = "app";
  session->notes.push_back({"bare_lf", "A line ended in a bare LF."});
  here.rigs.transcripts().append(session->transcript, rig::transcript_kind::from_client, 5,
                                 "EHLO app\r\n");
  here.rig().session_began(session);
  const std::string id = model::to_string(session->id);
  json body = get_json("/v1/sessions/" + id);
  EXPECT_EQ(body.at("events"),
            json::array({{{"kind", "from_client"}, {"after_ms", 5}, {"text", "EHLO app\r\n"}}}));
  EXPECT_EQ(body.at("lints").at(0).at("name"), "bare_lf");
  EXPECT_TRUE(body.at("ended_at").is_null() && body.at("ended_by").is_null());
  const json list = get_json("/v1/sessions");
  EXPECT_EQ(list.at("sessions").at(0).at("id"), id);
  EXPECT_TRUE(list.at("sessions").at(0).at("events").is_null());
  expect_problem(get("/v1/sessions/newest"), 404, "GET /v1/sessions");
}

TEST_F(Api, SessionsAreReadPageByPage) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    auto session = std::make_shared<rig::session_record>();
    session->id = here.ids.draw(here.clock.now());
    ids.insert(ids.begin(), model::to_string(session->id));
    here.rig().session_began(session);
  }
  const json first = get_json("/v1/sessions?limit=3");
  const json second =
      get_json("/v1/sessions?limit=3&cursor=" + first.at("next_cursor").get<std::string>());
  std::vector<std::string> seen;
  for (const json& page : {first, second})
    for (const json& each : page.at("sessions")) seen.push_back(each.at("id"));
  EXPECT_EQ(seen, ids);
  EXPECT_TRUE(second.at("next_cursor").is_null());
  EXPECT_EQ(second.at("total"), 5);
}

TEST_F(Api, RefusedMailsAreAttempts) {
  const auto mail = here.make_mail(plain, {.result = model::outcome::rejected});
  here.rig().attempt_ended(mail);
  const std::string id = model::to_string(mail->id());
  const json wanted = {{"id", id},
                       {"session", model::to_string(mail->facts().session)},
                       {"chain", rig::content_chain_of(*mail)},
                       {"started_at", "2026-11-22T06:00:00.123Z"},
                       {"ended_at", "2026-11-22T06:00:00.123Z"},
                       {"stage", "end_of_data"},
                       {"mail_from", "shop@example.com"},
                       {"mail_parameters", ""},
                       {"rcpts",
                        {{{"address", "anna@example.org"},
                          {"parameters", ""},
                          {"reply", {{"code", 250}, {"enhanced", "2.1.5"}, {"text", "Ok"}}}}}},
                       {"subject", "Plain"},
                       {"outcome", "rejected"},
                       {"reply", {{"code", 552}, {"enhanced", "5.3.4"}, {"text", "Too large"}}},
                       {"bytes", mail->bytes().size()},
                       {"stored", false},
                       {"message", nullptr},
                       {"faults", json::array()}};
  EXPECT_EQ(get_json("/v1/attempts/" + id), wanted);
  const json list = get_json("/v1/attempts");
  EXPECT_EQ(list.at("attempts"), json::array({wanted}));
  EXPECT_EQ(list.at("total"), 1);
  EXPECT_EQ(get("/v1/attempts/" + id + "/raw").body(), mail->bytes());
  expect_problem(get("/v1/attempts/x"), 404, "GET /v1/attempts");
}

TEST_F(Api, AnAcceptedMailIsAnAttemptToo) {
  const auto mail = here.put(plain);
  const json body = get_json("/v1/attempts/" + model::to_string(mail->id()));
  EXPECT_EQ(body.at("outcome"), "accepted");
  EXPECT_EQ(body.at("message"), model::to_string(mail->id()));
  EXPECT_EQ(get_json("/v1/attempts").at("attempts"), json::array({body}));
}

}  // namespace
}  // namespace mailrig::inspector
