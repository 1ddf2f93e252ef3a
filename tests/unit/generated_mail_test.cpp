// Bounces, complaints and automatic replies, read back with our own reader and with Python's email
// package, which somebody else wrote.
#include "capture/delivery/generated_mail.hpp"

#include "capture/mime/message_view.hpp"
#include "tests/contract/make_mail.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::delivery {
namespace {

using faults::auto_reply;
using faults::bounce_style;
using faults::complaint;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view usual_text =
    "From: Alice <alice@a.test>\r\nTo: bob@b.test\r\nSubject: Your order\r\n"
    "Message-ID: <order-17@a.test>\r\n\r\nThank you.\r\n";

struct report {
  bounce_style style = bounce_style::postfix;
  std::string status = "5.0.0";
  std::string diagnostic = {};
  std::string remote_mta = {};
  std::string in_reply_to = {};

  operator due_mail() const {
    return faults::bounce{
        std::chrono::seconds{90}, style, status, diagnostic, remote_mta, in_reply_to};
  }
};

struct sent {
  std::string from = "alice@a.test";
  std::string to = "bob@b.test";
  std::string mail_parameters = {};
  std::string rcpt_parameters = {};
  std::string text = std::string(usual_text);
};

model::mail_ref mail_of(const sent& what) {
  static store::contract::endless_budget budget;
  const model::envelope envelope{
      what.from, what.mail_parameters, {{what.to, what.rcpt_parameters, 250, {2, 1, 5}, "Ok"}}};
  model::mail_builder builder(budget, envelope, 0);
  builder.append(what.text);
  model::attempt_facts facts;
  facts.attempt = {7, 1};
  facts.result = model::outcome::accepted;
  return builder.finish(facts, "");
}

model::mail_ref generated(const due_mail& what, const sent& by = {}) {
  static store::contract::endless_budget budget;
  const model::instant noon =
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{12};
  const generation how{
      .at = noon + std::chrono::seconds{90}, .arrived = noon, .real_time = noon, .id = {8, 1}};
  const model::mail_ref cause = mail_of(by);
  return generate(what, *cause, by.to, how, budget);
}

std::string text_of(const due_mail& what, const sent& by = {}) {
  return std::string(generated(what, by)->bytes());
}

bool is_wanted(const due_mail& what, const sent& by) {
  return delivery::is_wanted(what, *mail_of(by), by.to);
}

// The octets of one part, as they stand.
std::string part_of(const std::string& mail, int number) {
  const mime::message_view view = mime::read(mail);
  const mime::part& part = view.parts.at(static_cast<std::size_t>(number));
  return mail.substr(part.content_begin, part.content_end - part.content_begin);
}

std::vector<std::string> types_of(const std::string& mail) {
  std::vector<std::string> types;
  for (const mime::part& each : mime::read(mail).parts) types.push_back(each.type);
  return types;
}

std::string header(const std::string& mail, std::string_view name) {
  const auto values = mime::header_values(mail, name);
  return values.empty() ? "none" : values.front();
}

TEST(Bounce, SaysWhoFailedAndWhyForPrograms) {
  const std::string mail =
      text_of(report{.status = "5.7.1",
                     .diagnostic = "554 Rejected due to the sending MTA's poor reputation.",
                     .remote_mta = "freemx1.sinamail.test",
                     .in_reply_to = "DATA"},
              {.mail_parameters = "RET=FULL ENVID=QQ314159",
               .rcpt_parameters = "NOTIFY=FAILURE ORCPT=rfc822;bob+2Bnews@b.test"});
  EXPECT_EQ(part_of(mail, 2),
            "Reporting-MTA: dns; mailrig.test\r\n"
            "Original-Envelope-Id: QQ314159\r\n"
            "Arrival-Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
            "\r\n"
            "Original-Recipient: rfc822; bob+news@b.test\r\n"
            "Final-Recipient: rfc822; bob@b.test\r\n"
            "Action: failed\r\n"
            "Status: 5.7.1\r\n"
            "Remote-MTA: dns; freemx1.sinamail.test\r\n"
            "Diagnostic-Code: smtp; 554 Rejected due to the sending MTA's poor reputation.\r\n"
            "Last-Attempt-Date: Sun, 22 Nov 2026 12:01:30 +0000\r\n");
  EXPECT_THAT(part_of(mail, 1), AllOf(HasSubstr("<bob@b.test>: host freemx1.sinamail.test said"),
                                      HasSubstr("in reply to\r\n    DATA command")));
  EXPECT_EQ(part_of(mail, 3), usual_text);
}

TEST(Bounce, IsAMultipartReportInFourStyles) {
  for (const auto style :
       {bounce_style::postfix, bounce_style::exchange, bounce_style::gmail, bounce_style::exim}) {
    const std::string mail = text_of(report{.style = style, .status = "5.1.1"});
    EXPECT_THAT(types_of(mail),
                ElementsAre("multipart/report", "text/plain", "message/delivery-status",
                            "message/rfc822", "text/plain"));
    EXPECT_THAT(header(mail, "content-type"), HasSubstr("report-type=delivery-status"));
    EXPECT_THAT(part_of(mail, 2),
                AllOf(HasSubstr("\r\nStatus: 5.1.1\r\n"),
                      HasSubstr("smtp; 550 5.1.1 <bob@b.test>: mailbox unknown")));
    EXPECT_THAT(mime::read(mail).defects, ElementsAre());
  }
}

TEST(Bounce, HasTheHeadersThatEveryProgramLooksAt) {
  for (int i = 0; i < 6; ++i) {
    const auto style = static_cast<bounce_style>(i);
    const model::mail_ref made = generated(report{.style = style});
    const std::string mail(made->bytes());
    const mime::message_view view = mime::read(mail);
    EXPECT_EQ(made->reverse_path(), "") << i;
    EXPECT_EQ(made->facts().source, model::origin::generated);
    ASSERT_EQ(view.to.size(), 1U);
    EXPECT_EQ(view.to.front().mailbox, "alice@a.test");
    EXPECT_EQ(header(mail, "auto-submitted"), "auto-replied");
    EXPECT_EQ(view.date, "2026-11-22T12:01:30.000Z");
    EXPECT_THAT(view.message_id, testing::EndsWith("@mailrig.test"));
    ASSERT_EQ(view.from.size(), 1U);
    EXPECT_NE(view.subject, "");
    EXPECT_THAT(view.defects, ElementsAre()) << mail;
    EXPECT_TRUE(mail.ends_with("\r\n"));
  }
}

TEST(Bounce, LooksLikeItsServersOwn) {
  const auto subject = [](bounce_style style) {
    return mime::read(text_of(report{.style = style})).subject;
  };
  EXPECT_EQ(subject(bounce_style::postfix), "Undelivered Mail Returned to Sender");
  EXPECT_EQ(subject(bounce_style::exchange), "Undeliverable: Your order");
  EXPECT_EQ(subject(bounce_style::gmail), "Delivery Status Notification (Failure)");
  EXPECT_EQ(subject(bounce_style::qmail), "failure notice");
  EXPECT_EQ(subject(bounce_style::exim), "Mail delivery failed: returning message to sender");
  EXPECT_EQ(subject(bounce_style::none_standard), "系统退信");
  EXPECT_EQ(header(text_of(report{.style = bounce_style::gmail}), "x-failed-recipients"),
            "bob@b.test");
  EXPECT_EQ(header(text_of(report{.style = bounce_style::exim}), "x-failed-recipients"),
            "bob@b.test");
}

TEST(Bounce, OfQmailIsPlainTextWithItsMarks) {
  const std::string mail =
      text_of(report{.style = bounce_style::qmail, .diagnostic = "550 no such user"});
  EXPECT_THAT(types_of(mail), ElementsAre("text/plain"));
  EXPECT_THAT(part_of(mail, 0),
              AllOf(testing::StartsWith("Hi. This is the qmail-send program at mailrig.test."),
                    HasSubstr("\r\n\r\n<bob@b.test>:\r\n"),
                    HasSubstr("Remote host said: 550 no such user\r\n"),
                    HasSubstr("\r\n--- Below this line is a copy of the message.\r\n\r\n"
                              "Return-Path: <alice@a.test>\r\n" +
                              std::string(usual_text))));
}

TEST(Bounce, OfFreeTextHasNothingForPrograms) {
  const std::string mail =
      text_of(report{.style = bounce_style::none_standard, .diagnostic = "550 no such user"});
  EXPECT_THAT(types_of(mail), ElementsAre("text/plain"));
  EXPECT_THAT(mime::read(mail).text,
              AllOf(HasSubstr("收件人：bob@b.test"), HasSubstr("原因：550 no such user"),
                    HasSubstr("<order-17@a.test>")));
}

TEST(Bounce, GivesBackWhatRetAsksFor) {
  const auto original = [](const report& what, const std::string& parameters) {
    return types_of(text_of(what, {.mail_parameters = parameters})).at(3);
  };
  EXPECT_EQ(original(report{}, ""), "message/rfc822");
  EXPECT_EQ(original(report{}, "RET=FULL"), "message/rfc822");
  EXPECT_EQ(original(report{}, "RET=HDRS"), "text/rfc822-headers");
  // RFC 3461 4.3: RET speaks of failures only.
  EXPECT_EQ(original(report{.status = "4.4.1"}, "RET=FULL"), "text/rfc822-headers");
  const std::string mail = text_of(report{}, {.mail_parameters = "RET=HDRS"});
  EXPECT_EQ(mail.find("Thank you."), std::string::npos);
  const std::string large = std::string(usual_text) + std::string(2'000'000, 'x');
  EXPECT_EQ(types_of(text_of(report{}, {.text = large})).at(3), "text/rfc822-headers");
}

TEST(Bounce, ComesOnlyWhereNotifyWantsIt) {
  const report failed{.status = "5.1.1"};
  const report delayed{.status = "4.4.1"};
  const report done{.status = "2.0.0"};
  const auto wants = [](const report& what, const std::string& notify) {
    return is_wanted(what, sent{.rcpt_parameters = notify});
  };
  EXPECT_TRUE(wants(failed, ""));
  EXPECT_TRUE(wants(delayed, ""));
  EXPECT_FALSE(wants(done, ""));
  for (const report& each : {failed, delayed, done}) EXPECT_FALSE(wants(each, "NOTIFY=NEVER"));
  EXPECT_TRUE(wants(failed, "NOTIFY=SUCCESS,FAILURE"));
  EXPECT_TRUE(wants(done, "NOTIFY=SUCCESS,FAILURE"));
  EXPECT_FALSE(wants(delayed, "NOTIFY=SUCCESS,FAILURE"));
  EXPECT_TRUE(wants(delayed, "NOTIFY=DELAY"));
  EXPECT_FALSE(wants(failed, "NOTIFY=DELAY"));
}

TEST(Bounce, OfADelaySaysHowLongItGoesOn) {
  const std::string fields = part_of(text_of(report{.status = "4.4.1"}), 2);
  EXPECT_THAT(fields, AllOf(HasSubstr("Action: delayed\r\n"), HasSubstr("Status: 4.4.1\r\n"),
                            HasSubstr("Will-Retry-Until: Fri, 27 Nov 2026 12:00:00 +0000\r\n")));
  const std::string delivered = part_of(text_of(report{.status = "2.0.0"}), 2);
  EXPECT_THAT(delivered,
              AllOf(HasSubstr("Action: delivered\r\n"), Not(HasSubstr("Will-Retry-Until"))));
}

// A client may encode line ends in ENVID and ORCPT (RFC 3461 4); they begin no field.
TEST(Bounce, TakesNoFieldsFromXtext) {
  const std::string fields =
      part_of(text_of(report{}, {.mail_parameters = "ENVID=x+0D+0AStatus:+202.0.0",
                                 .rcpt_parameters = "ORCPT=rfc822;y+0D+0AAction:+20relayed"}),
              2);
  EXPECT_THAT(fields, AllOf(HasSubstr("Original-Envelope-Id: x??Status: 2.0.0\r\n"),
                            HasSubstr("Original-Recipient: rfc822; y??Action: relayed\r\n")));
}

// RFC 6533.
TEST(Bounce, OfInternationalMailUsesTheTypesForIt) {
  const std::string mail = text_of(
      report{},
      {.to = "用户@b.test", .mail_parameters = "SMTPUTF8", .text = "Subject: 订单\r\n\r\nx\r\n"});
  EXPECT_EQ(types_of(mail).at(2), "message/global-delivery-status");
  EXPECT_EQ(types_of(mail).at(3), "message/global");
  EXPECT_THAT(part_of(mail, 2), HasSubstr("Final-Recipient: utf-8; 用户@b.test\r\n"));
}

TEST(Bounce, SaysThatItHoldsEightBitOctets) {
  const std::string mail = text_of(report{}, {.text = "Subject: x\r\n\r\n\xE8\xAE\xA2\r\n"});
  EXPECT_EQ(mime::read(mail).parts.at(3).transfer_encoding, "8bit");
  EXPECT_EQ(mime::read(mail).parts.at(2).transfer_encoding, "");
}

TEST(Bounce, IsWrittenOfAnyOctets) {
  for (const std::string& text :
       {std::string(), std::string("\r\n"), std::string("no header"), std::string(1, '\0'),
        "Subject: " + std::string(5'000, 'x') + "\r\n\r\n"}) {
    for (int i = 0; i < 6; ++i) {
      const std::string mail =
          text_of(report{.style = static_cast<bounce_style>(i)}, {.text = text});
      EXPECT_EQ(mime::read(mail).to.size(), 1U);
    }
  }
}

TEST(Bounce, FoldsLongFields) {
  const std::string fields =
      part_of(text_of(report{.diagnostic = "550 " + std::string(70, 'x') + " and so on"}), 2);
  EXPECT_THAT(fields, HasSubstr("Diagnostic-Code: smtp; 550\r\n " + std::string(70, 'x') +
                                " and so\r\n on\r\n"));
}

TEST(Complaint, IsAFeedbackReport) {
  const model::mail_ref made = generated(complaint{});
  const std::string mail(made->bytes());
  EXPECT_THAT(types_of(mail),
              ElementsAre("multipart/report", "text/plain", "message/feedback-report",
                          "message/rfc822", "text/plain"));
  EXPECT_THAT(header(mail, "content-type"), HasSubstr("report-type=feedback-report"));
  EXPECT_EQ(part_of(mail, 2),
            "Feedback-Type: abuse\r\n"
            "User-Agent: mailrig\r\n"
            "Version: 1\r\n"
            "Original-Mail-From: <alice@a.test>\r\n"
            "Original-Rcpt-To: <bob@b.test>\r\n"
            "Arrival-Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
            "Reporting-MTA: dns; mailrig.test\r\n"
            "Reported-Domain: a.test\r\n");
  EXPECT_EQ(part_of(mail, 3), usual_text);
  EXPECT_EQ(made->reverse_path(), "");
}

TEST(AutoReply, AnswersTheMessage) {
  const std::string mail =
      text_of(auto_reply{.text = "Back on Monday.\nGrüße"},
              {.text = "Subject: Hi\r\nMessage-ID: <2@a.test>\r\nReferences: <1@a.test>\r\n\r\n"});
  const mime::message_view view = mime::read(mail);
  EXPECT_EQ(view.subject, "Auto: Hi");
  EXPECT_EQ(view.from.front().mailbox, "bob@b.test");
  EXPECT_EQ(view.in_reply_to, "2@a.test");
  EXPECT_EQ(header(mail, "references"), "<1@a.test> <2@a.test>");
  EXPECT_EQ(header(mail, "auto-submitted"), "auto-replied");
  EXPECT_EQ(view.text, "Back on Monday.\nGrüße\n");
}

TEST(AutoReply, AnswersNoProgram) {
  const auto answers = [](const std::string& line) {
    return is_wanted(auto_reply{}, sent{.text = line + "\r\nSubject: x\r\n\r\n"});
  };
  EXPECT_TRUE(answers("X-Nothing: y"));
  EXPECT_TRUE(answers("Auto-Submitted: no"));
  EXPECT_FALSE(answers("Auto-Submitted: auto-generated"));
  EXPECT_FALSE(answers("auto-submitted: auto-replied (by x)"));
}

TEST(GeneratedMail, NeverAnswersANullSender) {
  const sent from_nobody{.from = ""};
  EXPECT_FALSE(is_wanted(report{}, from_nobody));
  EXPECT_FALSE(is_wanted(complaint{}, from_nobody));
  EXPECT_FALSE(is_wanted(auto_reply{}, from_nobody));
}

// What Python's email package reads of a mail: types, defects, and the fields of reports.
std::string read_with_python(const std::string& mail) {
  const std::string path = testing::TempDir() + "generated_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".eml";
  std::ofstream(path, std::ios::binary) << mail;
  const std::string command =
      "python3 -c '\n"
      "import email, email.policy, sys\n"
      "mail = email.message_from_bytes(open(sys.argv[1], \"rb\").read(), "
      "policy=email.policy.default)\n"
      "for part in mail.walk():\n"
      "    print(part.get_content_type(), len(part.defects))\n"
      "    for name in (\"Final-Recipient\", \"Status\", \"Feedback-Type\"):\n"
      "        if part[name]: print(name, part[name])\n"
      "' '" +
      path + "'";
  const auto close = [](std::FILE* pipe) { return ::pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(::popen(command.c_str(), "r"), close);
  std::string said;
  std::array<char, 256> chunk{};
  while (std::fgets(chunk.data(), static_cast<int>(chunk.size()), pipe.get()) != nullptr)
    said += chunk.data();
  std::remove(path.c_str());
  return said;
}

TEST(GeneratedMail, IsReadByPythonAsAReport) {
  EXPECT_EQ(read_with_python(text_of(report{.status = "5.1.1"})),
            "multipart/report 0\ntext/plain 0\nmessage/delivery-status 0\ntext/plain 0\n"
            "text/plain 0\nFinal-Recipient rfc822; bob@b.test\nStatus 5.1.1\n"
            "message/rfc822 0\ntext/plain 0\n");
  EXPECT_EQ(read_with_python(text_of(report{.style = bounce_style::qmail})), "text/plain 0\n");
  EXPECT_EQ(read_with_python(text_of(auto_reply{})), "text/plain 0\n");
  EXPECT_THAT(read_with_python(text_of(complaint{})), HasSubstr("message/feedback-report 0\n"));
}

}  // namespace
}  // namespace mailrig::delivery
