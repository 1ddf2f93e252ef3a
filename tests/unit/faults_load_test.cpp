// What the loader takes, and what it makes of it.
#include "tests/unit/faults_documents.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

// Good documents

struct good_row {
  std::string name;
  std::string json;
};
void PrintTo(const good_row& row, std::ostream* out) {
  *out << row.name;
}

class GoodRules : public testing::TestWithParam<good_row> {};

TEST_P(GoodRules, AreTaken) {
  const load_result result = load_rule_set(GetParam().json);
  EXPECT_TRUE(result.rules.has_value()) << GetParam().json;
  EXPECT_EQ(all_errors(result), "");
}

std::vector<good_row> good_rows() {
  std::vector<good_row> rows = {
      {"nothing", R"({"rules": []})"},
      {"example1", R"({ "seed": 42, "lists": {"spam_words": {"subject": ["发票", "free money"]}},
        "rules": [
          {"id": "hl-icc", "priority": 10, "where": {"protocol": "smtp", "stage": "data"},
           "when": {"count": {"of": "connections.open", "per": "client_ip", "gt": 10}},
           "actions": [{"reply": {"code": 421, "enhanced": "4.4.5", "text": "HL:ICC .For more information, please visit https://feedback.qiye.163.com/bounce/{queueid}"}},
                       {"close": {"mode": "fin_drain", "linger": "2s"}}]},
          {"id": "mi-dmc", "priority": 20, "where": {"protocol": "smtp", "stage": "mail"},
           "when": {"count": {"of": "messages.accepted", "per": "connection", "ge": 50}},
           "actions": [{"reply": {"code": 450, "text": "MI:DMC 163 smtp7,{queueid} {epoch},please see http://mail.163.com/help/help_spam_16.htm?ip={ip}&hostid=smtp7&time={epoch}"}}]},
          {"id": "dt-spm-grey", "priority": 30, "where": {"protocol": "smtp", "stage": "end_of_data"},
           "when": {"all": [{"lists": {"subject": "spam_words"}}, {"greylist": {"key": ["client_ip", "mail_from", "rcpt"], "min": "120s"}}]},
           "actions": [{"reply": {"code": 451, "text": "DT:SPM ,please try again"}}]},
          {"id": "illegal-attachment", "priority": 40, "where": {"protocol": "smtp", "stage": "end_of_data"},
           "when": {"attachment.any.ext": {"in": ["uu","pif","scr"]}},
           "actions": [{"reply": {"code": 552, "text": "Illegal Attachment"}}]} ]})"},
      {"example2", R"({"seed": 7, "rules": [
          {"id": "big-reset", "where": {"protocol": "smtp", "stage": "data_body", "after_bytes": 52428800}, "limit": {"max_hits": 2},
           "actions": [{"close": {"mode": "reset", "hold": "300ms"}}]},
          {"id": "expired-every-3rd", "where": {"protocol": "smtp", "stage": "tls_handshake"}, "when": {"every": 3}, "actions": [{"certificate": {"name": "expired"}}]},
          {"id": "relay-flaky", "where": {"protocol": "smtp", "stage": "rcpt"},
           "when": {"all": [{"rcpt.domain": {"eq": "163.com"}}, {"probability": 0.1}]},
           "actions": [{"reply": {"code": 554, "enhanced": "5.7.1", "text": "<{rcpt}>: Relay access denied"}}]} ]})"},
      {"example3", R"({"seed": 1, "rules": [
          {"id": "eat-250", "where": {"protocol": "smtp", "stage": "end_of_data"}, "when": {"all": [{"rcpt.any": {"eq": "order@shop.test"}}, {"nth": 1}]},
           "actions": [{"close": {"mode": "fin_drain", "stored": true}}]},
          {"id": "late-bounce", "where": {"protocol": "delivery", "stage": "deliver"}, "when": {"rcpt.domain": {"eq": "sina.test"}},
           "actions": [{"drop": {}}, {"bounce": {"after": "90s", "style": "postfix", "status": "5.7.1", "remote_mta": "freemx1.sinamail.test",
              "diagnostic": "554 Rejected due to the sending MTA's poor reputation.", "in_reply_to": "DATA"}}]},
          {"id": "cut", "where": {"protocol": "pop3", "stage": "retr_body", "after_bytes": 2000}, "limit": {"max_hits": 1}, "actions": [{"close": {"mode": "reset"}}]} ]})"},
      {"states",
       R"({"states": {"outage": {"up": {"leave": [{"hits": 3, "to": "down"}, {"api": true, "to": "down"}]},
          "down": {"enter": {"after": "10s"}, "leave": {"after": "30s", "to": "up"}}}}, "start": "up",
          "rules": [{"where": {"protocol": "smtp", "stage": "connect"}, "when": {"state": {"of": "outage", "is": ["down"]}},
                     "actions": [{"close": {"mode": "reset"}}, {"set_state": {"of": "outage", "to": "up"}}, {"ban": {"by": "client_ip", "for": "1h"}}]}]})"},
      {"listener", with_rule(R"({"where": {"protocol": "smtp", "stage": "listen"},
          "when": {"count": {"of": "connections.open", "per": "global", "ge": 10}}, "actions": [{"listener": {"mode": "backlog_full"}}]})")},
      {"triple",
       with_actions(
           R"({"delay": {"for": "2s"}}, {"reply": {"code": 421, "lines": ["a", "b"]}}, {"close": {}})")},
      {"raw", with_actions(R"({"reply": {"code": 550, "raw_base64": "NTUwINPKvP4NCg=="}})")},
      {"pop3 reply",
       with_actions(R"({"reply": {"code": "-ERR", "text": "[IN-USE] busy"}})", "pass", "pop3")},
      {"lmtp recipient",
       with_when(R"({"rcpt.domain": {"eq": "a.test"}})", R"("end_of_data")", "lmtp")},
      {"any stage", with_when(R"({"rcpt": {"glob": "*@a.test"}})", R"("any")")},
      {"bdat body",
       with_rule(
           R"({"where": {"protocol": "smtp", "stage": "bdat", "after_bytes": 10}, "actions": [{"close": {"mode": "abrupt"}}]})")},
  };
  for (
      const std::string when :
      {R"({"client.ip": {"cidr": ["10.0.0.0/8", "::1"]}})",
       R"({"rcpt.index": {"between": [2, 5]}})", R"({"session.age": {"ge": "10s", "lt": "1m"}})",
       R"({"helo": {"regex": "(a+)+$"}})", R"({"cmp": ["mail_from", "ne", "auth.user"]})",
       R"({"not": {"tls": {"eq": true}}})",
       R"({"any": [{"rcpt": {"starts": "a"}}, {"all": [{"rcpt": {"ends": "b"}}]}]})",
       R"({"nth": {"from": 1, "to": 3, "per": "rcpt"}})",
       R"({"every": {"n": 5, "per": ["mail_from", "rcpt"]}})",
       R"({"probability": {"p": 0.1, "per": "pair"}})", R"({"after": "10s", "for": "30s"})",
       R"({"window": {"from": "22:00", "to": "06:00", "tz": "+08:00"}})",
       R"({"banned": {"by": "client_ip"}})", R"({"not": {"seen": {"key": ["mail_from"]}}})",
       R"({"count": {"of": "messages.accepted", "per": "mail_from", "window": {"bucket": {"rate": 14, "per": "1s", "burst": 14}}}})",
       R"({"count": {"of": "mail", "per": "client_ip", "window": {"day": "+08:00"}, "between": [1, 3]}})",
       R"({"count": {"of": "mail", "per": "global", "window": {"fixed": "1h"}, "ge": 3}})"})
    rows.push_back({when, with_when(when)});
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Load, GoodRules, testing::ValuesIn(good_rows()),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(LoadRules, ValuesArriveWhereTheyBelong) {
  const load_result result = load_rule_set(R"({"seed": 18, "rules": [
      {"id": "x", "name": "n", "note": "o", "enabled": false, "priority": -3, "continue": true,
       "where": {"protocol": "smtp", "stage": ["mail", "rcpt"]},
       "limit": {"max_hits": 2, "max_hits_per": {"key": ["mail_from"], "n": 1}, "ttl": "1h30m", "cooldown": "5s"},
       "actions": [{"delay": {"for": {"uniform": ["1s", "2s"]}}}, {"throttle": {"in": 10, "latency": "20ms"}},
                   {"reply": {"code": 450, "enhanced": "4.2.1", "lines": ["a", "b"]}}]}]})");
  ASSERT_EQ(all_errors(result), "");
  EXPECT_EQ(result.rules->seed, 18U);
  const rule& loaded = result.rules->rules.front();
  EXPECT_EQ(loaded.id, "x");
  EXPECT_EQ(loaded.priority, -3);
  EXPECT_FALSE(loaded.is_enabled);
  EXPECT_TRUE(loaded.goes_on);
  EXPECT_EQ(loaded.stages, (stage_set{model::stage::mail, model::stage::rcpt}));
  EXPECT_EQ(loaded.limit.max_hits, 2U);
  EXPECT_EQ(loaded.limit.ttl, 90min);
  EXPECT_EQ(loaded.limit.cooldown, 5s);
  EXPECT_THAT(loaded.limit.max_hits_per->key, ElementsAre(key_part::mail_from));
  EXPECT_THAT(loaded.actions,
              ElementsAre(action{delay{uniform_time{1s, 2s}}}, action{throttle{10, 0, 20ms}},
                          action{faults::reply{450, {4, 2, 1}, "a\nb", false}}));
}

TEST(LoadRules, RulesWithoutAnIdAreCalledByPosition) {
  const std::string one =
      R"({"where": {"protocol": "smtp", "stage": "quit"}, "actions": [{"omit": {}}]})";
  const load_result result = load_rule_set(with_rule(one + "," + one));
  ASSERT_TRUE(result.rules);
  EXPECT_EQ(result.rules->rules[0].id, "r1");
  EXPECT_EQ(result.rules->rules[1].id, "r2");
}

TEST(LoadRules, LeavesAreAskedInTheirOrderWhateverWasWritten) {
  const load_result result = load_rule_set(with_when(
      R"({"all": [{"probability": 0.5}, {"nth": 1}, {"banned": {"by": "client_ip"}},
                  {"count": {"of": "mail", "per": "client_ip", "ge": 1}}, {"rcpt": {"eq": "a"}}]})"));
  ASSERT_EQ(all_errors(result), "");
  std::vector<leaf_rank> ranks;
  for (const condition& each : result.rules->rules[0].when.parts[0].parts)
    for (const condition& below : each.parts) ranks.push_back(below.rank);
  EXPECT_THAT(ranks, ElementsAre(leaf_rank::fact, leaf_rank::counter, leaf_rank::memory,
                                 leaf_rank::order, leaf_rank::chance));
}

TEST(LoadRules, AScenarioMayTellItsStory) {
  const std::string text = R"({"name": "x", "title": "y", "expect": {}, "rules": []})";
  EXPECT_TRUE(load_rule_set(text, document::scenario).rules.has_value());
  EXPECT_FALSE(load_rule_set(text).rules.has_value());
}

}  // namespace
}  // namespace mailrig::faults
