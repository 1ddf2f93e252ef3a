// Lists, deletions and `latest` by query.
#include "capture/rig/session_recorder.hpp"
#include "inspector_fixture.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Search : public testing::Test, protected inspector_test {
 protected:
  Search() {
    put("Welcome", "anna@example.org", "Click https://shop.test/confirm");
    put("Your order", "bob@example.org", "code 482913");
    put("welcome back", "bob+tag@example.org", "nothing");
  }
  void put(const std::string& subject, const std::string& rcpt, const std::string& text) {
    here.put("From: shop@example.com\nTo: " + rcpt + "\nSubject: " + subject + "\n\n" + text + "\n",
             {.rcpt_to = {rcpt}});
  }
  std::vector<std::string> subjects(const std::string& parameters) {
    std::vector<std::string> found;
    const json list = get_json("/v1/messages" + parameters);
    for (const json& each : list.at("messages")) found.push_back(each.at("subject"));
    EXPECT_EQ(list.at("matched"), found.size()) << parameters;
    return found;
  }
};

TEST_F(Search, AListShowsWhatMatchesNewestFirst) {
  EXPECT_THAT(subjects("?query=subject:welcome"), ElementsAre("welcome back", "Welcome"));
  EXPECT_THAT(subjects("?query=482913"), ElementsAre("Your order"));
  EXPECT_THAT(subjects("?query=has:link%20OR%20has:code"), ElementsAre("Your order", "Welcome"));
  EXPECT_THAT(subjects("?query=subject:nobody"), IsEmpty());
  EXPECT_THAT(subjects("?query="), ElementsAre("welcome back", "Your order", "Welcome"));
}

TEST_F(Search, EveryWordIsAParameterAndAllMustHold) {
  EXPECT_THAT(subjects("?rcpt=bob@example.org"), ElementsAre("Your order"));
  EXPECT_THAT(subjects("?rcpt=bob%2Btag@example.org&subject=welcome"), ElementsAre("welcome back"));
  EXPECT_THAT(subjects("?subject=welcome&query=rcpt:anna"), ElementsAre("Welcome"));
  EXPECT_THAT(subjects("?rcpt=bob&rcpt=tag"), ElementsAre("welcome back"));
  EXPECT_THAT(subjects("?header.To=anna"), ElementsAre("Welcome"));
  EXPECT_THAT(subjects("?subject=~/^w/"), ElementsAre("welcome back", "Welcome"));
}

TEST_F(Search, AFoundListIsReadPageByPage) {
  const json first = get_json("/v1/messages?subject=welcome&limit=1");
  EXPECT_EQ(first.at("matched"), 2);
  EXPECT_EQ(first.at("total"), 3);
  const std::string cursor = first.at("next_cursor");
  const json second = get_json("/v1/messages?subject=welcome&limit=1&cursor=" + cursor);
  EXPECT_EQ(second.at("messages").at(0).at("subject"), "Welcome");
  EXPECT_EQ(second.at("matched"), 2);
  EXPECT_TRUE(second.at("next_cursor").is_null());
}

TEST_F(Search, AMarkSeparatesWhatCameBeforeFromWhatCameAfter) {
  const std::string mark = get_json("/v1/messages?limit=1").at("mark");
  EXPECT_THAT(subjects("?after=" + mark), IsEmpty());
  put("New", "anna@example.org", "x");
  EXPECT_THAT(subjects("?after=" + mark), ElementsAre("New"));
  EXPECT_THAT(subjects("?after=" + mark + "&subject=welcome"), IsEmpty());
  EXPECT_THAT(subjects("?after=2026-11-22T05:59:59Z&subject=new"), ElementsAre("New"));
  EXPECT_THAT(subjects("?after=2026-11-23"), IsEmpty());
}

TEST_F(Search, AMistakeIsToldWithItsPlace) {
  const answer wrong = get("/v1/messages?query=rcpt:bob%20sujet:x");
  expect_problem(wrong, 400, "query, character 10: \"sujet:\" is no word");
  EXPECT_EQ(json_of(wrong).at("position"), 10);
  EXPECT_EQ(json_of(wrong).at("parameter"), "query");
  const answer lost = get("/v1/messages?rcpt=bob+tag@example.org");
  expect_problem(lost, 400, "bob%2Btag@example.org");
  EXPECT_TRUE(json_of(lost).at("position").is_null());
  expect_problem(get("/v1/messages?query=rcpt:bob+tag@example.org"), 400, "%2B");
  expect_problem(get("/v1/messages?has=wings"), 400, "attachment, inline, link, code");
  expect_problem(get("/v1/messages?sujet=x"), 400, "each word of a query");
  expect_problem(get("/v1/info?subject=x"), 400, "\"subject\"");
  expect_problem(get("/v1/messages?query=a&query=b"), 400, "twice");
  expect_problem(get("/v1/messages?after=never"), 400, "a mark");
}

TEST_F(Search, LatestTakesAQuery) {
  EXPECT_EQ(get_json("/v1/messages/latest?rcpt=bob@example.org").at("subject"), "Your order");
  EXPECT_EQ(get_json("/v1/messages/latest?query=subject:welcome").at("subject"), "welcome back");
  EXPECT_EQ(text_of(get("/v1/messages/latest/text?subject=order")), "code 482913\n");
  EXPECT_THAT(text_of(get("/v1/messages/latest/raw?subject=order")),
              HasSubstr("Subject: Your order"));
  expect_problem(get("/v1/messages/latest?subject=none"), 404, "wait");
  expect_problem(get("/v1/messages/latest?query=("), 400, "never closed");
  const std::string id = get_json("/v1/messages/latest").at("id");
  expect_problem(get("/v1/messages/" + id + "?subject=x"), 400, "latest");
}

TEST_F(Search, ADeletionTakesAQueryAndNothingElse) {
  expect_problem(ask("DELETE", "/v1/messages?query="), 400, "?query=");
  expect_problem(ask("DELETE", "/v1/messages?all=true&subject=x"), 400, "leave it out");
  expect_problem(ask("DELETE", "/v1/messages?query=sub:x"), 400, "nearest");
  EXPECT_EQ(get_json("/v1/messages").at("total"), 3);
  EXPECT_EQ(json_of(ask("DELETE", "/v1/messages?query=subject:welcome")).at("deleted"), 2);
  EXPECT_THAT(subjects(""), ElementsAre("Your order"));
  EXPECT_EQ(json_of(ask("DELETE", "/v1/messages?subject=welcome")).at("deleted"), 0);
}

TEST_F(Search, WhatWasLearntIsKept) {
  EXPECT_EQ(here.rig().messages().get(1).facts, nullptr);
  EXPECT_THAT(subjects("?subject=order"), ElementsAre("Your order"));
  for (store::message_uid uid = 1; uid <= 3; ++uid)
    EXPECT_NE(here.rig().messages().get(uid).facts, nullptr) << uid;
}

TEST_F(Search, IsRefusedWhenThePoolIsFull) {
  here.pool.stop();
  expect_problem(get("/v1/messages?subject=x"), 503, "");
  expect_problem(get("/v1/messages/latest?subject=x"), 503, "");
  expect_problem(ask("DELETE", "/v1/messages?subject=x"), 503, "");
}

TEST_F(Search, ALongSearchIsDoneInSlices) {
  for (int i = 0; i < 3'000; ++i) put("Many " + std::to_string(i), "many@example.org", "x");
  EXPECT_EQ(get_json("/v1/messages?subject=many&limit=5").at("matched"), 3'000);
  EXPECT_EQ(get_json("/v1/messages?query=-subject:many").at("matched"), 3);
}

TEST_F(Search, AttemptsAreFoundByTheSameGrammar) {
  here.rig().attempt_ended(
      here.make_mail("Subject: Too big\n\nx\n",
                     {.rcpt_to = {"bob@example.org"}, .result = model::outcome::rejected}));
  here.rig().attempt_ended(here.make_mail(
      "Subject: Cut\n\nx\n", {.rcpt_to = {"anna@example.org"}, .result = model::outcome::aborted}));
  const json all = get_json("/v1/attempts?query=-outcome:accepted&limit=1");
  EXPECT_EQ(all.at("matched"), 2);
  EXPECT_EQ(all.at("attempts").at(0).at("subject"), "Cut");
  const json rest = get_json("/v1/attempts?query=-outcome:accepted&limit=1&cursor=" +
                             all.at("next_cursor").get<std::string>());
  EXPECT_EQ(rest.at("attempts").at(0).at("subject"), "Too big");
  EXPECT_TRUE(rest.at("next_cursor").is_null());
  const json found = get_json("/v1/attempts?rcpt=bob@example.org&outcome=rejected");
  ASSERT_EQ(found.at("attempts").size(), 1U);
  EXPECT_EQ(found.at("attempts").at(0).at("reply").at("code"), 552);
  EXPECT_EQ(get_json("/v1/attempts?query=reply:552").at("matched"), 2);
  EXPECT_EQ(get_json("/v1/attempts?after=" + all.at("mark").get<std::string>()).at("matched"), 0);
  for (const std::string cursor : {"before.x", "before.1.2", "before.1.2.3.4", "before.1.2."})
    expect_problem(get("/v1/attempts?cursor=" + cursor), 400, "next_cursor");
}

// Three messages of the fixture, of which one is deleted; two mails that failed.
TEST_F(Search, EveryTransactionIsAnAttemptWhateverBecameOfIt) {
  const std::string gone = get_json("/v1/messages").at("messages").at(0).at("id");
  EXPECT_EQ(ask("DELETE", "/v1/messages/" + gone).status, 200);
  for (const auto how : {model::outcome::rejected, model::outcome::aborted})
    here.rig().attempt_ended(here.make_mail("Subject: Bad luck\n\nx\n", {.result = how}));
  std::map<std::string, int> outcomes;
  std::set<std::string> ids;
  std::string cursor;
  for (std::size_t pages = 1; pages <= 3; ++pages) {
    const json page = get_json("/v1/attempts?limit=2" + cursor);
    EXPECT_EQ(page.at("total"), 5);
    EXPECT_EQ(page.at("matched"), 5);
    for (const json& each : page.at("attempts")) {
      ++outcomes[each.at("outcome")];
      EXPECT_TRUE(ids.insert(each.at("id")).second) << each;
    }
    EXPECT_EQ(page.at("next_cursor").is_null(), pages == 3);
    if (pages < 3) cursor = "&cursor=" + page.at("next_cursor").get<std::string>();
  }
  EXPECT_EQ(outcomes,
            (std::map<std::string, int>{{"accepted", 3}, {"rejected", 1}, {"aborted", 1}}));
  EXPECT_EQ(get_json("/v1/attempts?outcome=accepted").at("matched"), 3);
}

TEST_F(Search, OfAMessageThatIsGoneTheEnvelopeStays) {
  const json message = get_json("/v1/messages").at("messages").at(0);
  const std::string path = "/v1/attempts/" + message.at("id").get<std::string>();
  const json before = get_json(path);
  EXPECT_EQ(before.at("message"), message.at("id"));
  const std::string mark = get_json("/v1/messages").at("mark");
  EXPECT_EQ(ask("DELETE", "/v1/messages?all=true").status, 200);
  json left = before;
  left.at("message") = nullptr;
  left.at("subject") = nullptr;  // it stood in the octets
  left.at("chain") = nullptr;    // likewise
  EXPECT_EQ(get_json(path), left);
  expect_problem(get(path + "/raw"), 404, "deleted or evicted");
  EXPECT_EQ(get_json("/v1/attempts").at("total"), 3);
  EXPECT_EQ(get_json("/v1/attempts?after=" + mark).at("matched"), 0);
  put("New", "new@example.org", "x");
  EXPECT_EQ(ask("DELETE", "/v1/messages?all=true").status, 200);
  EXPECT_EQ(get_json("/v1/attempts?after=" + mark).at("matched"), 1);
  EXPECT_EQ(get_json("/v1/attempts?rcpt=new@example.org").at("matched"), 1);
}

class Sessions : public testing::Test, protected inspector_test {
 protected:
  // A session that said who it is, and its id.
  std::string talk(const std::string& helo, const std::string& peer, bool over_tls = false) {
    rig::session_recorder session(here.rigs, here.rig(), "smtp", peer);
    if (over_tls) session.tls_established({});
    session.said(model::direction::to_client, "220 ready\r\n");
    here.clock.tick(model::duration(12));
    session.tick();
    session.said(model::direction::from_client, "EHLO " + helo + "\r\n");
    session.said(model::direction::to_client, "250-here\r\n250 \tSIZE\x07\r\n");
    session.helo_given(helo);
    session.noted("odd", "Something odd.");
    session.ended(model::ended_by::client_fin);
    return model::to_string(session.session());
  }
  std::vector<std::string> ids(const std::string& parameters) {
    std::vector<std::string> found;
    const json list = get_json("/v1/sessions" + parameters);
    for (const json& each : list.at("sessions")) found.push_back(each.at("id"));
    return found;
  }
};

TEST_F(Sessions, AreFoundByWhatIsKnownOfAConnection) {
  const std::string first = talk("app.test", "127.0.0.1:1111");
  const std::string second = talk("other.test", "127.0.0.1:2222");
  EXPECT_THAT(ids(""), ElementsAre(second, first));
  EXPECT_THAT(ids("?helo=app"), ElementsAre(first));
  EXPECT_THAT(ids("?query=2222"), ElementsAre(second));
  EXPECT_THAT(ids("?query=-helo:app%20lint:odd"), ElementsAre(second));
  EXPECT_THAT(ids("?session=" + first), ElementsAre(first));
  EXPECT_THAT(ids("?tls=yes"), IsEmpty());
  EXPECT_THAT(ids("?tls=no"), ElementsAre(second, first));
  EXPECT_THAT(ids("?after=2027-01-01"), IsEmpty());
  EXPECT_EQ(get_json("/v1/sessions?query=test&limit=1").at("matched"), 2);
  const std::string next = get_json("/v1/sessions?query=test&limit=1").at("next_cursor");
  EXPECT_THAT(ids("?query=test&limit=1&cursor=" + next), ElementsAre(first));
  expect_problem(get("/v1/sessions?subject=x"), 400, "free text");
  expect_problem(get("/v1/sessions?after=after.1.0"), 400, "sessions take a time");
}

TEST_F(Sessions, MailsAreFoundByTheSessionThatTheyCameIn) {
  const auto put = [this](const std::string& session) {
    here.put("Subject: x\n\ny\n", {.session = model::parse_id(session)});
  };
  put(talk("plain.test", "127.0.0.1:1111"));
  put(talk("secret.test", "127.0.0.1:2222", true));
  put(talk("secret.test", "127.0.0.1:3333", true));
  EXPECT_EQ(get_json("/v1/messages?tls=yes").at("matched"), 2);
  EXPECT_EQ(get_json("/v1/messages?tls=no").at("matched"), 1);
  EXPECT_EQ(get_json("/v1/messages?helo=plain").at("matched"), 1);
  EXPECT_EQ(ids("?tls=yes").size(), 2U);
}

TEST_F(Sessions, ATranscriptIsReadAsText) {
  const std::string id = talk("app.test", "127.0.0.1:1111");
  const answer text = get("/v1/sessions/" + id + "/transcript.txt");
  EXPECT_EQ(text.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(text_of(text), "smtp session " + id +
                               " of 127.0.0.1:1111\n"
                               "began 2026-11-22T06:00:00.123Z, ended 2026-11-22T06:00:00.135Z by "
                               "client_fin, 0 octets in, 0 out\n\n"
                               "       0 ms  S: 220 ready\n"
                               "      12 ms  C: EHLO app.test\n"
                               "      12 ms  S: 250-here\n"
                               "      12 ms  S: 250 \\x09SIZE\\x07\n"
                               "      12 ms  -- Something odd.\n");
  expect_problem(get("/v1/sessions/0000000000000000000000/transcript.txt"), 404, "no session");
}

TEST_F(Sessions, LatestIsTheOneThatBeganLast) {
  expect_problem(get("/v1/sessions/latest"), 404, "No client has connected");
  talk("app.test", "127.0.0.1:1111");
  const std::string second = talk("other.test", "127.0.0.1:2222");
  EXPECT_EQ(get_json("/v1/sessions/latest").at("id"), second);
  EXPECT_THAT(text_of(get("/v1/sessions/latest/transcript.txt")), HasSubstr("C: EHLO other.test"));
}

}  // namespace
}  // namespace mailrig::inspector
