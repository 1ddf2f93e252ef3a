#include "capture/model/esmtp_parameters.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::model {
namespace {

TEST(EsmtpParameters, AreTakenOneByOne) {
  std::string_view text = "  SIZE=1\tBODY=8BITMIME  SMTPUTF8 X= =Y a=b=c ";
  std::vector<std::pair<std::string, std::string>> taken;
  for (auto one = take_parameter(text); !one.keyword.empty() || !one.value.empty();
       one = take_parameter(text))
    taken.emplace_back(one.keyword, one.value);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"SIZE", "1"}, {"BODY", "8BITMIME"}, {"SMTPUTF8", ""}, {"X", ""}, {"", "Y"}, {"a", "b=c"}};
  EXPECT_EQ(taken, expected);
}

TEST(EsmtpParameters, OfMailAreRead) {
  const mail_parameters read = read_mail_parameters(
      "SIZE=18446744073709551615 body=binarymime SMTPUTF8 RET=full ENVID=a+2Bb BY=-30;nt "
      "MT-PRIORITY=-9 AUTH=e+3Dmc2@example.com REQUIRETLS");
  mail_parameters expected;
  expected.size = 18446744073709551615U;
  expected.body = body_type::binary_mime;
  expected.smtputf8 = true;
  expected.ret = dsn_return::full;
  expected.envid = "a+b";
  expected.by = deliver_by{-30, deliver_by::mode::notify, true};
  expected.mt_priority = -9;
  expected.auth = "e=mc2@example.com";
  expected.require_tls = true;
  EXPECT_EQ(read, expected);
  EXPECT_EQ(read_mail_parameters(""), mail_parameters{});
  EXPECT_EQ(read_mail_parameters("AUTH=<>").auth, "");
}

TEST(EsmtpParameters, OfRcptAreRead) {
  const rcpt_parameters read =
      read_rcpt_parameters("NOTIFY=FAILURE,SUCCESS ORCPT=rfc822;Bob+2Bx@b.test");
  rcpt_parameters expected;
  expected.notify = dsn_notify{.never = false, .success = true, .failure = true, .delay = false};
  expected.orcpt = original_recipient{"rfc822", "Bob+x@b.test"};
  EXPECT_EQ(read, expected);
  EXPECT_TRUE(read_rcpt_parameters("NOTIFY=never").notify->never);
}

struct faulty {
  const char* text;
  parameter_fault fault;
};

template <typename Parameters>
void expect_faults(const std::vector<faulty>& rows) {
  for (const faulty& each : rows) {
    std::string_view text = each.text;
    Parameters into;
    std::optional<parameter_fault> found;
    for (auto one = take_parameter(text); !found && (!one.keyword.empty() || !one.value.empty());
         one = take_parameter(text))
      found = read_parameter(one, into);
    EXPECT_EQ(found, each.fault) << each.text;
  }
}

TEST(EsmtpParameters, FaultsOfMailAreTold) {
  using enum parameter_fault;
  expect_faults<mail_parameters>({
      {"NOTIFY=NEVER", unknown},
      {"XSIZE=1", unknown},
      {"=1", unknown},
      {"SIZE", bad_value},
      {"SIZE=", bad_value},
      {"SIZE=-1", bad_value},
      {"SIZE=1x", bad_value},
      {"SIZE=18446744073709551616", bad_value},
      {"SIZE=1 SIZE=1", repeated},
      {"BODY=", bad_value},
      {"BODY=8BIT", bad_value},
      {"BODY=7BIT BODY=7BIT", repeated},
      {"SMTPUTF8=", bad_value},
      {"SMTPUTF8 SMTPUTF8", repeated},
      {"REQUIRETLS=yes", bad_value},
      {"RET=", bad_value},
      {"RET=FULL RET=HDRS", repeated},
      {"ENVID=", bad_value},
      {"ENVID=+", bad_value},
      {"ENVID=+2", bad_value},
      {"ENVID=+2b", bad_value},
      {"ENVID=a=b", bad_value},
      {"BY=", bad_value},
      {"BY=;R", bad_value},
      {"BY=1;", bad_value},
      {"BY=1;RTT", bad_value},
      {"BY=1;RX", bad_value},
      {"BY=0;R", bad_value},
      {"BY=1000000000;N", bad_value},
      {"BY=-1000000000;N", bad_value},
      {"BY=+-1;N", bad_value},
      {"MT-PRIORITY=", bad_value},
      {"MT-PRIORITY=10", bad_value},
      {"MT-PRIORITY=-10", bad_value},
      {"MT-PRIORITY=-0", bad_value},
      {"MT-PRIORITY=03", bad_value},
      {"AUTH=", bad_value},
      {"AUTH=<> AUTH=<>", repeated},
  });
}

TEST(EsmtpParameters, FaultsOfRcptAreTold) {
  using enum parameter_fault;
  expect_faults<rcpt_parameters>({
      {"SIZE=1", unknown},
      {"NOTIFY=", bad_value},
      {"NOTIFY=,", bad_value},
      {"NOTIFY=DELAY,", bad_value},
      {"NOTIFY=NEVER,DELAY", bad_value},
      {"NOTIFY=DELAY,DELAY", bad_value},
      {"NOTIFY=ALWAYS", bad_value},
      {"NOTIFY=DELAY NOTIFY=DELAY", repeated},
      {"ORCPT=", bad_value},
      {"ORCPT=a@b.test", bad_value},
      {"ORCPT=;a@b.test", bad_value},
      {"ORCPT=rfc822;", bad_value},
      {"ORCPT=rfc 822;a@b.test", bad_value},
      {"ORCPT=rfc822;a=b@b.test", bad_value},
      {"ORCPT=rfc822;a@b.test ORCPT=rfc822;a@b.test", repeated},
  });
}

TEST(EsmtpParameters, ByTakesTheTimesOfTheRfc) {
  EXPECT_EQ(read_mail_parameters("BY=120;R").by,
            (deliver_by{120, deliver_by::mode::return_to_sender, false}));
  EXPECT_EQ(read_mail_parameters("BY=+120;N").by,
            (deliver_by{120, deliver_by::mode::notify, false}));
  EXPECT_EQ(read_mail_parameters("BY=999999999;NT").by,
            (deliver_by{999999999, deliver_by::mode::notify, true}));
  EXPECT_EQ(read_mail_parameters("BY=-999999999;N").by,
            (deliver_by{-999999999, deliver_by::mode::notify, false}));
}

}  // namespace
}  // namespace mailrig::model
