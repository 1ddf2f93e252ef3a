// What became of a message for each of its recipients, and what their mailboxes hold.
#include "capture/model/mail_builder.hpp"
#include "inspector_fixture.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;

struct Fates : testing::Test, inspector_test {
  store::message_uid uid_of(const model::mail_ref& mail) {
    return *here.rig().messages().find(mail->id());
  }
  void set(const model::mail_ref& mail, model::mail_fates fates) {
    here.rig().messages().set_fates(uid_of(mail),
                                    std::make_shared<model::mail_fates>(std::move(fates)));
  }
  json message(const model::mail_ref& mail) {
    return get_json("/v1/messages/" + to_string(mail->id()));
  }
};

TEST_F(Fates, APlainMailIsDeliveredWithoutFillingMailboxes) {
  const auto mail = here.put("Subject: x\n\nx\n", {.rcpt_to = {"bob@b.test"}});
  const json shown = message(mail);
  EXPECT_EQ(shown.at("fate"), "delivered");
  EXPECT_TRUE(shown.at("caused_by").is_null());
  EXPECT_EQ(shown.at("recipients"),
            json::array({{{"address", "bob@b.test"},
                          {"fate", "delivered"},
                          {"until", nullptr},
                          {"rule", nullptr},
                          {"altered", nullptr},
                          {"entries", json::array({{{"unique_id", to_string(mail->id())},
                                                    {"octets", mail->bytes().size()},
                                                    {"altered", false},
                                                    {"read", false},
                                                    {"deleted", false}}})}}}));
  EXPECT_FALSE(here.rig().mailboxes().has_taken(uid_of(mail)));
}

TEST_F(Fates, AreShownForEachRecipientAndInTheRow) {
  const auto mail = here.put("Subject: x\n\nx\n", {.rcpt_to = {"bob@b.test", "carol@c.test"}});
  set(mail, {{{"bob@b.test", model::fate::delayed, here.clock.now(), "slow", 1, ""}}, {}});
  const json shown = message(mail);
  EXPECT_EQ(shown.at("fate"), "mixed");
  EXPECT_EQ(shown.at("recipients").at(0).at("fate"), "delayed");
  EXPECT_EQ(shown.at("recipients").at(0).at("rule"), "slow");
  EXPECT_EQ(shown.at("recipients").at(0).at("until"), model::to_rfc3339(here.clock.now()));
  EXPECT_TRUE(shown.at("recipients").at(0).at("entries").empty());
  EXPECT_EQ(shown.at("recipients").at(1).at("fate"), "delivered");
  EXPECT_EQ(shown.at("recipients").at(1).at("entries").size(), 1U);
  EXPECT_EQ(get_json("/v1/messages").at("messages").at(0).at("fate"), "mixed");
}

TEST_F(Fates, ASearchFindsThem) {
  here.put("Subject: plain\n\nx\n", {.rcpt_to = {"bob@b.test"}});
  const auto mail = here.put("Subject: gone\n\nx\n", {.rcpt_to = {"bob@b.test"}});
  set(mail, {{{"bob@b.test", model::fate::dropped, {}, "eat", 0, ""}}, {}});
  const json found = get_json("/v1/messages?query=fate:dropped").at("messages");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.at(0).at("subject"), "gone");
  EXPECT_EQ(get_json("/v1/messages?query=fate:delivered").at("matched"), 1);
}

TEST_F(Fates, WhatAMailboxHoldsIsServedBesideWhatCame) {
  const auto mail = here.put("Subject: x\n\nlong text\n", {.rcpt_to = {"bob@b.test"}});
  set(mail, {{{"bob@b.test", model::fate::corrupted, {}, "cut", 1, "truncate"}}, {}});
  model::mail_builder builder(here.rigs, mail->envelope(), 0);
  builder.append("Subject: x\r\n");
  here.rig().mailboxes().deliver("bob@b.test",
                                 {uid_of(mail), 1, builder.finish(mail->facts(), "")});
  const json recipient = message(mail).at("recipients").at(0);
  EXPECT_EQ(recipient.at("altered"), "truncate");
  EXPECT_EQ(recipient.at("entries").at(0).at("altered"), true);
  EXPECT_EQ(recipient.at("entries").at(0).at("octets"), 12);
  const std::string raw = "/v1/messages/" + to_string(mail->id()) + "/raw";
  EXPECT_EQ(get(raw).body(), mail->bytes());
  EXPECT_EQ(get(raw + "?mailbox=BOB%40b.test").body(), "Subject: x\r\n");
  EXPECT_EQ(get(raw + "?mailbox=nobody%40b.test").status, 404);
}

TEST_F(Fates, GeneratedMailNamesItsCause) {
  const auto cause = here.put("Subject: x\n\nx\n");
  const auto mail = here.put("Subject: y\n\ny\n");
  set(mail, {{}, cause->id()});
  EXPECT_EQ(message(mail).at("caused_by"), to_string(cause->id()));
  EXPECT_EQ(message(mail).at("fate"), "delivered");
}

}  // namespace
}  // namespace mailrig::inspector
