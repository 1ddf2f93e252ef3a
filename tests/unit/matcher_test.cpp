// Queries held against mails: each word of the grammar, decoded text, and the same answers however
// much is known before.
#include "capture/rig/matcher.hpp"

#include "capture/model/mail_builder.hpp"
#include "capture/rig/query_parser.hpp"
#include "tests/contract/make_mail.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::rig {
namespace {

struct mail_text {
  std::string octets;
  std::string mail_from = "shop@example.com";
  std::vector<model::recipient> recipients = {{"anna@example.org", "", 250, {2, 1, 5}, "Ok"}};
  model::outcome result = model::outcome::accepted;
  std::uint16_t reply_code = 250;
};

model::mail_ref make_mail(const mail_text& text) {
  static store::contract::endless_budget budget;
  model::mail_builder builder(budget, {text.mail_from, "", text.recipients}, text.octets.size());
  builder.append(text.octets);
  model::attempt_facts facts;
  static std::uint64_t count = 0;
  facts.attempt = {7, ++count};
  facts.session = {8, 1};
  facts.result = text.result;
  facts.reached = model::stage::end_of_data;
  facts.ended_at = model::instant(std::chrono::hours(24));
  facts.reply_code = text.reply_code;
  return builder.finish(facts, text.result == model::outcome::accepted ? "" : "Relaying denied");
}

rig_facts surroundings() {
  return rig_facts(session_index(session_facts{{8, 1}, "client.test", "bob", true, {"bare_lf"}}));
}

class Matcher : public testing::Test {
 protected:
  // Asks thrice, knowing more each time; the answers must agree.
  bool matches(const model::mail_ref& mail, std::string_view text) {
    auto parsed = parse_query(text);
    if (const auto* wrong = std::get_if<query_error>(&parsed)) {
      ADD_FAILURE() << text << ": " << wrong->detail;
      return false;
    }
    const query wanted = std::get<query>(std::move(parsed));
    const rig_facts known = surroundings();
    matcher held(wanted, known);
    mail_source fresh(*mail, cache_);
    const verdict first = held.match(about(mail, nullptr), &fresh);
    EXPECT_NE(first, verdict::unknown) << text;
    mail_source again(*mail, cache_);
    const std::string facts(again.facts(fact_limits::kept));
    EXPECT_EQ(held.match(about(mail, &facts), &again), first) << text << ", with facts";
    for (const std::string* have : {static_cast<const std::string*>(nullptr), &facts}) {
      const verdict blind = held.match(about(mail, have), nullptr);
      if (blind != verdict::unknown) {
        EXPECT_EQ(blind, first) << text << ", without the mail";
      }
    }
    return first == verdict::yes;
  }
  bool matches(const std::string& octets, std::string_view text) {
    return matches(make_mail({octets}), text);
  }

  store::message_marks marks_;

 private:
  known_mail about(const model::mail_ref& mail, const std::string* facts) const {
    return {*mail, facts, &marks_, mail->is_message() ? "delivered" : ""};
  }
  text_cache cache_;
};

const std::string plain =
    "From: Bob Shop <bob@shop.test>\r\n"
    "To: \"Anna A.\" <Anna@example.org>, c@example.org\r\n"
    "Cc: boss@example.org\r\n"
    "Subject: Your  order\r\n is ready\r\n"
    "Message-ID: <m1@shop.test>\r\n"
    "X-Mailer: PHPMailer 6.8\r\n\r\n"
    "Dear Anna,\r\nyour code is 482913.\r\nSee https://shop.test/x\r\n";

TEST_F(Matcher, AnEmptyQueryMatchesAll) {
  EXPECT_TRUE(matches(plain, ""));
}

TEST_F(Matcher, AddressWordsLookAtTheirHeader) {
  for (const char* yes : {"from:bob", "from:\"bob shop\"", "from:BOB@SHOP.TEST", "from:@shop.test",
                          "to:anna", "to:c@example.org", "cc:boss", "addressed:boss@example.org",
                          "addressed:anna@example.org", "from:*", "to:~/^anna@/"})
    EXPECT_TRUE(matches(plain, yes)) << yes;
  for (const char* no : {"from:ob@shop.test", "from:bob@shop", "from:@example.org", "to:bob",
                         "cc:anna", "bcc:*", "to:na@example.org", "to:~/^nna@/"})
    EXPECT_FALSE(matches(plain, no)) << no;
}

TEST_F(Matcher, TheEnvelopeIsAnotherThingThanTheHeader) {
  const auto mail = make_mail(
      {.octets = plain,
       .recipients = {{"hidden@x.test", "", 250, {}, "Ok"}, {"no@x.test", "", 550, {}, "No"}}});
  EXPECT_TRUE(matches(mail, "rcpt:hidden@x.test"));
  EXPECT_TRUE(matches(mail, "rcpt:@x.test addressed:hidden"));
  EXPECT_FALSE(matches(mail, "to:hidden"));
  EXPECT_FALSE(matches(mail, "rcpt:anna@example.org"));
  EXPECT_FALSE(matches(mail, "rcpt:no@x.test"));
  EXPECT_TRUE(matches(mail, "mail_from:shop@example.com"));
  EXPECT_FALSE(matches(mail, "mail_from:<>"));
  EXPECT_TRUE(matches(make_mail({.octets = plain, .mail_from = ""}), "mail_from:<>"));
}

TEST_F(Matcher, FieldsAreDecodedUnfoldedAndCompareWithoutCase) {
  for (const char* yes : {"subject:\"YOUR ORDER is\"", "subject:ready", "subject:~/order\\s+is/",
                          "message-id:m1@shop", "message_id:M1@shop.test",
                          "header.X-Mailer:phpmailer", "header.x-mailer:*", "body:\"dear anna\"",
                          "body:\"anna, your code\"", "body:~/\\b\\d{6}\\b/", "-subject:refund"})
    EXPECT_TRUE(matches(plain, yes)) << yes;
  for (const char* no : {"subject:order-is", "header.X-Mailer:swaks", "header.X-None:*",
                         "body:order", "body:PHPMailer", "html:*", "subject:~/^order/"})
    EXPECT_FALSE(matches(plain, no)) << no;
}

TEST_F(Matcher, FreeTextLooksAtFieldsEnvelopeAndBodies) {
  for (const char* yes : {"482913", "ready", "bob", "boss@example.org", "\"order is\"", "dear",
                          "shop@example.com", "anna@example.org", "https://shop.test/x"})
    EXPECT_TRUE(matches(plain, yes)) << yes;
  for (const char* no : {"phpmailer", "x-mailer", "482914", "m1@shop.test"})
    EXPECT_FALSE(matches(plain, no)) << no;
}

const std::string chinese =
    "From: =?GBK?B?1cXI/Q==?= <zhang@shop.test>\r\n"
    "Subject: =?GBK?B?xPq1xNHp1qTC6w==?=\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: text/plain; charset=GBK\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    "xPq1xNHp1qTC68rHNDgyOTEz\r\n"
    "--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "
    "quoted-printable\r\n\r\n"
    "<p class=3D\"big\">Gr=C3=BC=C3=9Fe &amp; <b>mehr</b></p>\r\n"
    "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;\r\n"
    " filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf\r\nContent-Transfer-Encoding: "
    "base64\r\n\r\nJVBERi0=\r\n"
    "--x--\r\n";

TEST_F(Matcher, GbkMailIsFoundByUtf8Words) {
  for (const char* yes :
       {"subject:验证码", "from:张三", "body:验证码是", "您的验证码", "attachment:发票",
        "attachment:.PDF", "has:attachment", "has:code", "body:482913"})
    EXPECT_TRUE(matches(chinese, yes)) << yes;
  for (const char* no : {"subject:校验码", "attachment:png", "has:inline", "has:link"})
    EXPECT_FALSE(matches(chinese, no)) << no;
}

TEST_F(Matcher, HtmlIsSearchedAsItsReaderSeesItAndAsItIsWritten) {
  EXPECT_TRUE(matches(chinese, "body:\"grüsse & mehr\""));
  EXPECT_TRUE(matches(chinese, "html:class=\"big\" OR html:\"class=\\\"big\\\"\""));
  EXPECT_FALSE(matches(chinese, "body:class"));
}

TEST_F(Matcher, EnvelopeFactsAndMarks) {
  marks_ = {true, {"Invoice"}};
  for (const char* yes : {"is:read", "tag:invoice", "larger:100", "smaller:1MB", "after:1970-01-01",
                          "before:1970-01-03", "fate:delivered", "outcome:accepted",
                          "stage:end_of_data", "reply:250", "chain:~/^[0-9a-f]{32}$/"})
    EXPECT_TRUE(matches(plain, yes)) << yes;
  for (const char* no :
       {"is:unread", "tag:inv", "larger:1MB", "smaller:100", "after:1970-01-03",
        "before:1970-01-01", "fate:bounced", "outcome:rejected", "rule:any", "chain:none"})
    EXPECT_FALSE(matches(plain, no)) << no;
}

TEST_F(Matcher, FactsOfTheSession) {
  for (const char* yes :
       {"helo:client.test", "user:bob", "tls:yes", "lint:bare_lf", "session:~/^[0-9a-z]{22}$/"})
    EXPECT_TRUE(matches(plain, yes)) << yes;
  for (const char* no : {"helo:other", "user:eve", "tls:no", "lint:bare"})
    EXPECT_FALSE(matches(plain, no)) << no;
}

TEST_F(Matcher, AnAttemptIsFoundByWhomItTriedAndWhatItWasTold) {
  const auto attempt = make_mail({.octets = "",
                                  .recipients = {{"no@x.test", "", 550, {5, 7, 1}, "Not you"}},
                                  .result = model::outcome::rejected,
                                  .reply_code = 554});
  for (const char* yes : {"rcpt:no@x.test", "reply:550", "reply:5.7.1", "reply:\"not you\"",
                          "reply:554", "reply:relaying", "outcome:rejected", "-fate:delivered"})
    EXPECT_TRUE(matches(attempt, yes)) << yes;
  EXPECT_FALSE(matches(attempt, "fate:delivered"));
  EXPECT_FALSE(matches(attempt, "reply:450"));
}

TEST_F(Matcher, LongFieldsAreSearchedToTheirEnd) {
  std::string to = "To: ";
  for (int i = 0; i < 100; ++i) to += "user" + std::to_string(i) + "@example.org,\r\n ";
  const std::string mail =
      to + "last@example.org\r\nSubject: " + std::string(400, 's') + " end\r\n\r\nHello\r\n";
  EXPECT_TRUE(matches(mail, "to:last@example.org"));
  EXPECT_TRUE(matches(mail, "subject:end"));
  EXPECT_TRUE(matches(mail, "to:user0@example.org"));
  EXPECT_FALSE(matches(mail, "to:user100@example.org"));
  EXPECT_FALSE(matches(mail, "subject:other"));
}

TEST_F(Matcher, WhatMustBeReadIsNotTakenForPlain) {
  const auto subject = [](std::string_view rest) { return "Subject: x\r\n" + std::string(rest); };
  EXPECT_TRUE(matches(subject("Content-Type: text/html\r\n\r\nw&#111;rd\r\n"), "word"));
  EXPECT_TRUE(
      matches(subject("Content-Transfer-Encoding: quoted-printable\r\n\r\nwo=\r\nrd\r\n"), "word"));
  EXPECT_TRUE(
      matches(subject("Content-Type: text/plain; charset=utf-7\r\n\r\n+AHcAbwByAGQ-\r\n"), "word"));
  EXPECT_TRUE(matches("To: \"wo\\rd\" <a@x.test>\r\n\r\nx\r\n", "word"));
  EXPECT_TRUE(matches("To: =?us-ascii?Q?w=6Frd?= <a@x.test>\r\n\r\nx\r\n", "word"));
  EXPECT_TRUE(matches("To: bob @ x.test\r\n\r\nx\r\n", "bob@x.test"));
  EXPECT_TRUE(matches("no header at all but a word", "word"));
  EXPECT_TRUE(matches(subject("\r\n\xC3\x84RGER\r\n"), "ärger"));
  EXPECT_FALSE(
      matches(subject("Content-Type: text/plain; name=a.txt\r\n\r\nword\r\n"), "body:word"));
}

TEST(TextCache, KeepsWhatIsThereWhileASearchNeedsMoreThanFits) {
  text_cache cache(10'000);
  const auto body = [](std::size_t size) {
    return std::make_shared<const decoded_body>(decoded_body{std::string(size, 'x'), {}});
  };
  for (int round = 0; round < 3; ++round) {
    cache.begin_search();
    for (std::uint64_t n = 0; n < 100; ++n)
      if (!cache.find({1, n})) cache.keep({1, n}, body(1'000));
  }
  EXPECT_NE(cache.find({1, 0}), nullptr);
  EXPECT_LE(cache.octets_in_use(), 10'000U);
  const std::size_t kept = cache.size();
  EXPECT_GE(kept, 5U);
  // Two searches over other mails make room.
  for (int round = 0; round < 3; ++round) {
    cache.begin_search();
    cache.keep({2, 1}, body(9'000));
  }
  EXPECT_NE(cache.find({2, 1}), nullptr);
  cache.keep({2, 2}, body(20'000));
  EXPECT_EQ(cache.find({2, 2}), nullptr);
  cache.forget({2, 1});
  EXPECT_EQ(cache.find({2, 1}), nullptr);
  cache.forget_all();
  EXPECT_EQ(cache.octets_in_use(), 0U);
}

}  // namespace
}  // namespace mailrig::rig
