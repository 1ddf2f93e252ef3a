// Waits: met at once or later, timed out with reasons, exact ones, ended by a reset or by the end.
#include "capture/rig/waiters.hpp"
#include "inspector_fixture.hpp"
#include "webui/inspector/router.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

// A request whose answer may take a while.
struct asked_wait {
  request asked;
  std::optional<answer> given;
};

class Waits : public testing::Test, protected inspector_test {
 protected:
  Waits() {
    server_settings timed = named_settings();
    timed.steady_now = [this] { return steady_; };
    timed_ = std::make_unique<context>(timed, here.all());
  }
  // What the pool still does would otherwise end after its context.
  ~Waits() override { here.pool.stop(); }

  std::shared_ptr<asked_wait> wait(const std::string& target) {
    auto one = std::make_shared<asked_wait>();
    one->asked = make_request("GET", target);
    dispatch(one->asked, *timed_, [one](answer what) { one->given = std::move(what); });
    return one;
  }
  // Runs what is posted until the wait has its answer.
  const answer& end_of(const std::shared_ptr<asked_wait>& one) {
    loop.run_until([&one] { return one->given.has_value(); });
    return *one->given;
  }
  json answer_of(const std::shared_ptr<asked_wait>& one) {
    const answer& given = end_of(one);
    EXPECT_EQ(given.status, 200U) << text_of(given);
    return json_of(given);
  }
  // The search behind a wait has looked at what was there: another one, asked later, has its
  // answer.
  void settle_searches() { (void)get("/v1/messages?query=subject:nothing"); }
  void advance(milliseconds time) {
    steady_ += time;
    timed_->waits().tick();
  }
  model::mail_ref put(const std::string& subject, const std::string& rcpt = "anna@example.org") {
    return here.put("From: shop@example.com\nTo: " + rcpt + "\nSubject: " + subject +
                        "\n\nYour code is 482913.\n",
                    {.rcpt_to = {rcpt}});
  }
  void refuse(const std::string& subject, const std::string& rcpt = "anna@example.org") {
    here.rig().attempt_ended(
        here.make_mail("Subject: " + subject + "\n\nx\n",
                       {.rcpt_to = {rcpt}, .result = model::outcome::rejected}));
  }

  std::chrono::steady_clock::time_point steady_{std::chrono::hours(1)};
  std::unique_ptr<context> timed_;
};

TEST_F(Waits, AMailThatCameBeforeIsFoundAtOnce) {
  put("Welcome");
  const json found = answer_of(wait("/v1/messages/wait?subject=welcome"));
  EXPECT_EQ(found.at("matched"), 1);
  EXPECT_EQ(found.at("omitted"), 0);
  EXPECT_EQ(found.at("evicted"), 0);
  EXPECT_EQ(found.at("mark"), "after.1.0");
  ASSERT_EQ(found.at("messages").size(), 1U);
  const json& message = found.at("messages").at(0);
  EXPECT_EQ(message.at("subject"), "Welcome");
  EXPECT_EQ(message.at("codes").at(0).at("value"), "482913");
  EXPECT_EQ(message.at("text"), "Your code is 482913.\n");
}

TEST_F(Waits, AMailThatComesLaterEndsTheWait) {
  const auto by_recipient = wait("/v1/messages/wait?rcpt=Anna@example.org");
  const auto by_subject = wait("/v1/messages/wait?query=subject:welcome");
  const auto by_text = wait("/v1/messages/wait?query=482913");
  const auto any = wait("/v1/messages/wait");
  settle_searches();
  put("Other", "bob@example.org");
  EXPECT_EQ(answer_of(any).at("messages").at(0).at("subject"), "Other");
  EXPECT_EQ(answer_of(by_text).at("messages").at(0).at("subject"), "Other");
  EXPECT_FALSE(by_recipient->given || by_subject->given);
  steady_ += seconds(3);
  put("Welcome");
  EXPECT_EQ(answer_of(by_subject).at("waited_ms"), 3'000);
  EXPECT_EQ(answer_of(by_recipient).at("messages").at(0).at("subject"), "Welcome");
  EXPECT_EQ(timed_->waits().count(), 0U);
}

TEST_F(Waits, CountMeansAtLeastAndIncludesWhatIsStored) {
  put("Welcome 1");
  const auto three = wait("/v1/messages/wait?subject=welcome&count=3");
  settle_searches();
  put("Welcome 2");
  put("Else");
  settle_searches();
  EXPECT_FALSE(three->given);
  put("Welcome 3");
  const json found = answer_of(three);
  EXPECT_EQ(found.at("matched"), 3);
  EXPECT_EQ(found.at("messages").at(0).at("subject"), "Welcome 3");
  EXPECT_EQ(found.at("messages").at(2).at("subject"), "Welcome 1");
}

TEST_F(Waits, AMarkLeavesOutWhatCameBefore) {
  put("Welcome 1");
  const std::string mark = get_json("/v1/messages").at("mark");
  const auto next = wait("/v1/messages/wait?subject=welcome&after=" + mark);
  settle_searches();
  EXPECT_FALSE(next->given);
  put("Welcome 2");
  EXPECT_EQ(answer_of(next).at("messages").at(0).at("subject"), "Welcome 2");
}

TEST_F(Waits, ATimeoutSaysWhatCameNearest) {
  put("Welcom to the shop");
  put("Welcome", "bob@example.org");
  const auto one = wait("/v1/messages/wait?rcpt=anna@example.org&subject=Welcome&timeout=5s");
  settle_searches();
  advance(milliseconds(4'999));
  EXPECT_FALSE(one->given);
  advance(milliseconds(1));
  const answer& missed = end_of(one);
  expect_problem(missed, 412, "Waited 5.0 s for at least 1 message that matches");
  const json body = json_of(missed);
  EXPECT_THAT(body.at("detail").get<std::string>(), HasSubstr("rcpt:anna@example.org"));
  EXPECT_THAT(body.at("detail").get<std::string>(), HasSubstr("differs at character 7"));
  EXPECT_THAT(body.at("detail").get<std::string>(), HasSubstr("rcpt is bob@example.org"));
  EXPECT_EQ(body.at("matched"), 0);
  EXPECT_EQ(body.at("waited_ms"), 5'000);
  EXPECT_EQ(body.at("mark"), "after.2.0");
  EXPECT_EQ(body.at("nearest").size(), 2U);
}

TEST_F(Waits, ATimeoutKnowsBlindCopiesAttemptsMarksAndOtherRigs) {
  const std::string before = get_json("/v1/messages").at("mark");
  here.put("To: anna@example.org\nSubject: Hello\n\nx\n", {.rcpt_to = {"hidden@example.org"}});
  refuse("Hello", "hidden@example.org");
  const auto miss = [this](const std::string& parameters) {
    const auto one = wait("/v1/messages/wait?timeout=1s&" + parameters);
    settle_searches();
    advance(seconds(1));
    return json_of(end_of(one)).at("detail").get<std::string>();
  };
  EXPECT_THAT(miss("to=hidden@example.org"), HasSubstr("only in the envelope: use rcpt:"));
  EXPECT_THAT(miss("rcpt=anna@example.org"), HasSubstr("only in the header: use to:"));
  EXPECT_THAT(miss("rcpt=hidden@example.org&count=2"),
              HasSubstr("attempt refused at END OF DATA with 552 Too large"));
  const std::string now = get_json("/v1/messages").at("mark");
  EXPECT_THAT(miss("subject=hello&after=" + now), HasSubstr("came before the mark"));
  rig::rig_config other;
  other.name = "b";
  here.rigs.make(other).deliver(here.make_mail("Subject: Far\n\nx\n"), [](const auto&) {});
  EXPECT_THAT(miss("subject=far"), HasSubstr("arrived in rig b"));
}

TEST_F(Waits, ATimeoutWithoutAnyClientSaysWhereToPointIt) {
  const auto one = wait("/v1/messages/wait?timeout=1s");
  settle_searches();
  advance(seconds(1));
  EXPECT_THAT(json_of(end_of(one)).at("detail").get<std::string>(),
              HasSubstr("No client has connected to this rig at all: point the program at "
                        "smtp://localhost:2525"));
}

TEST_F(Waits, AnExactWaitIsSureOnlyWhenItStayedQuiet) {
  const auto one = wait("/v1/messages/wait?exactly=1&subject=welcome&settle=2s");
  settle_searches();
  advance(seconds(1));
  put("Welcome");
  settle_searches();
  advance(milliseconds(1'999));
  EXPECT_FALSE(one->given);
  advance(milliseconds(1));
  const json found = answer_of(one);
  EXPECT_EQ(found.at("matched"), 1);
  EXPECT_EQ(found.at("quiet_ms"), 2'000);
}

TEST_F(Waits, AnExactWaitFailsTheMomentItIsExceeded) {
  const auto none = wait("/v1/messages/wait?exactly=0&subject=welcome");
  const auto one = wait("/v1/messages/wait?exactly=1&subject=welcome");
  settle_searches();
  put("Welcome 1");
  expect_problem(end_of(none), 412, "Waited for exactly 0 messages");
  EXPECT_EQ(json_of(*none->given).at("ids").size(), 1U);
  put("Welcome 2");
  expect_problem(end_of(one), 412, "2 matched");
}

TEST_F(Waits, NoneMayComeIsAnsweredAfterTheSettling) {
  const auto none = wait("/v1/messages/wait?exactly=0&subject=welcome&settle=1s");
  settle_searches();
  put("Else");
  advance(seconds(1));
  const json found = answer_of(none);
  EXPECT_EQ(found.at("messages"), json::array());
  EXPECT_EQ(found.at("matched"), 0);
}

TEST_F(Waits, AnExactWaitWaitsForOpenTransactions) {
  here.rig().count_open_transaction(1);
  const auto none = wait("/v1/messages/wait?exactly=0&settle=1s&subject=welcome");
  settle_searches();
  advance(seconds(5));
  EXPECT_FALSE(none->given);
  here.rig().count_open_transaction(-1);
  refuse("Welcome");
  EXPECT_EQ(answer_of(none).at("matched"), 0);
  here.rig().count_open_transaction(1);
  const auto open = wait("/v1/messages/wait?exactly=0&settle=1s&timeout=2s");
  settle_searches();
  advance(seconds(2));
  expect_problem(end_of(open), 412, "a transaction is still open");
  here.rig().count_open_transaction(-1);
}

TEST_F(Waits, ForAttemptsSeeWhatWasRefused) {
  refuse("Early");
  EXPECT_EQ(
      answer_of(wait("/v1/attempts/wait?outcome=rejected")).at("attempts").at(0).at("subject"),
      "Early");
  const auto next = wait("/v1/attempts/wait?subject=late&reply=552");
  settle_searches();
  put("Late");
  refuse("Late");
  const json found = answer_of(next);
  EXPECT_EQ(found.at("matched"), 1);
  EXPECT_EQ(found.at("attempts").at(0).at("reply").at("code"), 552);
  const auto none =
      wait("/v1/attempts/wait?subject=late&after=" + found.at("mark").get<std::string>() +
           "&timeout=1s");
  settle_searches();
  advance(seconds(1));
  expect_problem(end_of(none), 412, "came before the mark");
  EXPECT_THAT(json_of(*none->given).at("detail").get<std::string>(), HasSubstr("was accepted"));
}

TEST_F(Waits, AnEvictionMeanwhileIsSaid) {
  put("Old");
  const auto one = wait("/v1/messages/wait?subject=new&timeout=1s");
  settle_searches();
  ASSERT_TRUE(here.rig().evict_oldest());
  advance(seconds(1));
  expect_problem(end_of(one), 412, "1 message of this rig had to be evicted");
}

TEST_F(Waits, AResetEndsThemAndSoDoesTheEnd) {
  const auto reset = wait("/v1/messages/wait?subject=x");
  settle_searches();
  here.rig().empty();
  expect_problem(end_of(reset), 409, "was reset");
  const auto stopped = wait("/v1/messages/wait?subject=x");
  timed_->end_waits();
  expect_problem(end_of(stopped), 503, "stop");
}

TEST_F(Waits, AClientThatGoesTakesItsWaitAlong) {
  const auto one = wait("/v1/messages/wait?subject=x");
  EXPECT_EQ(timed_->waits().count(), 1U);
  one->asked.when_gone();
  EXPECT_EQ(timed_->waits().count(), 0U);
  put("x");
  settle_searches();
  EXPECT_FALSE(one->given);
}

TEST_F(Waits, WrongParametersAreNamed) {
  const auto refused = [this](const std::string& parameters) {
    return end_of(wait("/v1/messages/wait?" + parameters));
  };
  expect_problem(refused("count=0"), 400, "from 1 to");
  expect_problem(refused("count=x"), 400, "\"x\"");
  expect_problem(refused("exactly=-1"), 400, "from 0 to");
  expect_problem(refused("count=1&exactly=1"), 400, "one of them");
  expect_problem(refused("timeout=10000"), 400, "Did you mean 10000ms?");
  expect_problem(refused("timeout=6m"), 400, "5m at most");
  expect_problem(refused("settle=1s"), 400, "goes with exactly");
  expect_problem(refused("exactly=1&settle=20s"), 400, "longer than timeout");
  expect_problem(refused("after=x"), 400, "a mark");
  expect_problem(refused("query=("), 400, "never closed");
  expect_problem(refused("limit=5"), 400, "\"limit\"");
}

TEST_F(Waits, AreBoundedInNumber) {
  std::vector<std::shared_ptr<asked_wait>> many;
  for (std::size_t i = 0; i < rig::waiters::most_waiters; ++i)
    many.push_back(wait("/v1/messages/wait?rcpt=user" + std::to_string(i) + "@example.org"));
  expect_problem(end_of(wait("/v1/messages/wait")), 503, "10000 requests wait");
  settle_searches();
  put("Welcome", "user7@example.org");
  EXPECT_EQ(answer_of(many[7]).at("matched"), 1);
}

}  // namespace
}  // namespace mailrig::inspector
