// /v1/mailboxes and /v1/mailboxes/{address}.
#include "capture/rig/mailbox_visit.hpp"
#include "inspector_fixture.hpp"

#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;

struct Mailboxes : testing::Test, inspector_test {
  model::id session = here.ids.draw(here.clock.now());

  // A reader opens the mailbox, reads the first message, and deletes it.
  void read_and_delete_first(std::string_view name) {
    rig::mailbox_visit visit(here.rigs, here.rig(), session);
    model::opened_mailbox opened = visit.open(name, {});
    ASSERT_FALSE(opened.refused);
    ASSERT_TRUE(visit.fetch(opened.entries[0], rig::mailbox_visit::purpose::read));
    opened.entries[0].is_deleted = true;
    visit.update(opened.entries);
  }
};

TEST_F(Mailboxes, AreListedByNameWithThatOfAllFirst) {
  here.put("Subject: a\n\na\n", {.rcpt_to = {"bob@b.test", "Anna@A.test"}});
  here.put("Subject: b\n\nb\n", {.rcpt_to = {"bob@b.test"}});
  const json body = get_json("/v1/mailboxes");
  EXPECT_EQ(body.at("mailboxes"),
            json::parse(R"([{"name":"*","messages":2,"deleted":0,"open_by":[]},
                            {"name":"anna@a.test","messages":1,"deleted":0,"open_by":[]},
                            {"name":"bob@b.test","messages":2,"deleted":0,"open_by":[]}])"));
  EXPECT_EQ(body.at("total"), 3);
  EXPECT_TRUE(body.at("next_cursor").is_null());
}

TEST_F(Mailboxes, AreListedInPages) {
  for (const char* each : {"d@x.test", "a@x.test", "c@x.test", "b@x.test"})
    here.put("x\n", {.rcpt_to = {each}});
  std::string names;
  std::string target = "/v1/mailboxes?limit=2";
  for (json body = get_json(target);; body = get_json(target)) {
    for (const json& each : body.at("mailboxes")) names += each.at("name").get<std::string>() + ' ';
    if (body.at("next_cursor").is_null()) break;
    target = "/v1/mailboxes?limit=2&cursor=" + body.at("next_cursor").get<std::string>();
  }
  EXPECT_EQ(names, "* a@x.test b@x.test c@x.test d@x.test ");
}

TEST_F(Mailboxes, AnEntryTellsWhoReadAndDeletedIt) {
  const std::string first = to_string(here.put("one\n")->id());
  const std::string second = to_string(here.put("two", {})->id());
  read_and_delete_first("anna@example.org");
  const json body = get_json("/v1/mailboxes/ANNA%40example.org");
  EXPECT_EQ(body.at("messages"), 1);
  EXPECT_EQ(body.at("deleted"), 1);
  ASSERT_EQ(body.at("entries").size(), 2U);
  const json& newest = body.at("entries").at(0);
  EXPECT_EQ(newest.at("message"), second);
  EXPECT_EQ(newest.at("unique_id"), second);
  EXPECT_EQ(newest.at("octets"), 5);  // with the CRLF that it lacks
  EXPECT_EQ(newest.at("visits"), json::array());
  const json& oldest = body.at("entries").at(1);
  EXPECT_EQ(oldest.at("message"), first);
  EXPECT_EQ(oldest.at("deleted"), true);
  ASSERT_EQ(oldest.at("visits").size(), 2U);
  EXPECT_EQ(oldest.at("visits").at(0).at("did"), "read");
  EXPECT_EQ(oldest.at("visits").at(1).at("did"), "deleted");
  EXPECT_EQ(oldest.at("visits").at(1).at("session"), to_string(session));
  // The message itself stays.
  EXPECT_EQ(get("/v1/messages/" + first).status, 200U);
}

TEST_F(Mailboxes, EntriesAreListedInPagesAlsoWhenTheyGoMeanwhile) {
  std::vector<model::id> mails;
  mails.reserve(5);
  for (int i = 0; i < 5; ++i) mails.push_back(here.put("x\n")->id());
  const json page = get_json("/v1/mailboxes/anna@example.org?limit=2");
  ASSERT_EQ(page.at("entries").size(), 2U);
  EXPECT_EQ(page.at("entries").at(1).at("message"), to_string(mails[3]));
  ASSERT_TRUE(here.rig().remove(mails[3]));
  const json next = get_json("/v1/mailboxes/anna@example.org?limit=2&cursor=" +
                             page.at("next_cursor").get<std::string>());
  ASSERT_EQ(next.at("entries").size(), 2U);
  EXPECT_EQ(next.at("entries").at(0).at("message"), to_string(mails[2]));
  EXPECT_EQ(next.at("entries").at(1).at("message"), to_string(mails[1]));
}

TEST_F(Mailboxes, ThatOfAllIsAMailboxToo) {
  here.put("x\n", {.rcpt_to = {"a@x.test"}});
  here.put("y\n", {.rcpt_to = {"b@x.test"}});
  read_and_delete_first("*");
  EXPECT_EQ(get_json("/v1/mailboxes/*").at("messages"), 1);
  EXPECT_EQ(get_json("/v1/mailboxes/a@x.test").at("messages"), 1);
}

TEST_F(Mailboxes, AnOpenOneNamesItsSession) {
  here.put("x\n");
  rig::mailbox_visit visit(here.rigs, here.rig(), session);
  ASSERT_FALSE(visit.open("anna", {}).refused);
  EXPECT_EQ(get_json("/v1/mailboxes/anna@example.org").at("open_by"),
            json::array({to_string(session)}));
  visit.release();
  EXPECT_EQ(get_json("/v1/mailboxes/anna@example.org").at("open_by"), json::array());
}

TEST_F(Mailboxes, AnUnknownOneIsAProblemThatNamesTheWayOut) {
  expect_problem(get("/v1/mailboxes/nobody@x.test"), 404, "GET /v1/mailboxes lists");
  expect_problem(get("/v1/mailboxes?limit=0"), 400, "limit");
  expect_problem(ask("DELETE", "/v1/mailboxes/anna@example.org"), 405, "GET");
}

}  // namespace
}  // namespace mailrig::inspector
