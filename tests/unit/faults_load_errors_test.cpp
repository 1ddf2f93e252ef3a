// What the loader says of documents that it does not take.
#include "tests/unit/faults_documents.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::faults {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Bad documents: where, what, and what would be right.

struct bad_row {
  std::string json;
  std::string pointer;
  std::string wrong;  // a part of it
  std::string right;  // a part of it
};
void PrintTo(const bad_row& row, std::ostream* out) {
  *out << row.json.substr(0, 300);
}

class BadRules : public testing::TestWithParam<bad_row> {};

TEST_P(BadRules, AreRefusedWithThePlace) {
  const bad_row& row = GetParam();
  const load_result result = load_rule_set(row.json);
  EXPECT_FALSE(result.rules.has_value());
  EXPECT_THAT(result.errors, ElementsAre(testing::AllOf(
                                 testing::Field(&load_error::pointer, row.pointer),
                                 testing::Field(&load_error::wrong, HasSubstr(row.wrong)),
                                 testing::Field(&load_error::right, HasSubstr(row.right)))));
}

const std::string reply = R"({"reply": {"code": 450, "text": "Later"}})";

std::vector<bad_row> documents() {
  const std::string twice =
      R"({"id": "a", "where": {"protocol": "smtp", "stage": "mail"}, "actions": [)" + reply + "]}";
  return {
      {"", "", "not JSON", "one JSON object"},
      {"[]", "", "expected an object, found []", R"({"rules": []})"},
      {R"({"rules": [], "seed": 1, "seed": 2})", "/seed", "stands twice", "each key once"},
      {R"({"rules": {}})", "/rules", "expected an array", "[{…}]"},
      {"{}", "", "`rules` is missing", R"("rules": [])"},
      {R"({"rules": [], "rule": []})", "/rule", "not a key", "did you mean `rules`?"},
      {R"({"rules": [], "title": "x"})", "/title", "not a key", "the keys here are"},
      {R"({"rules": [], "seed": -1})", "/seed", "out of range", "from 0"},
      {R"({"rules": [], "seed": "x"})", "/seed", "expected a whole number, found \"x\"", "from 0"},
      {R"({"rules": [], "lists": {"a": [1]}})", "/lists/a/0", "expected a string, found 1",
       "a string"},
      {R"({"rules": [], "lists": {"a": {"subjekt": []}}})", "/lists/a/subjekt", "no fact",
       "subject"},
      {R"({"rules": [], "lists": {"a/b~": {"x": []}}})", "/lists/a~1b~0/x", "no fact", "a fact"},
      {R"({"rules": [)" + twice + "," + twice + "]}", "/rules/1/id",
       "`a` is the id of /rules/0 too", "r2"},
      {R"({"rules": [1]})", "/rules/0", "expected an object, found 1", "where"},
      {R"({"rules": [], "states": {"m": {"up": {}}}})", "/start", "where `m` starts",
       R"({"m": "up"})"},
      {R"({"rules": [], "states": {"m": {"up": {}}}, "start": {"m": "down"}})", "/start",
       "no state \"down\"", "one of"},
      {R"({"rules": [], "start": {"m": "down"}})", "/start/m", "no machine called `m`", "states"},
      {R"({"rules": [], "states": {"m": {"up": {"leave": {"after": "1s", "to": "x"}}}}, "start": "up"})",
       "/states/m/up/leave/to", "no state called `x`", "one of"},
      {R"({"rules": [], "states": {"m": {"up": {"leave": {"to": "up"}}}}, "start": "up"})",
       "/states/m/up/leave", "one reason", "`after`"},
      {R"({"rules": [], "states": {"m": {"up": {"leave": {"after": "0s", "to": "up"}}}}, "start": "up"})",
       "/states/m/up/leave/after", "too short", "1ms"},
      {R"({"rules": [], "states": {"m": {"up": {"leave": {"hits": 1, "of": "z", "to": "up"}}}}, "start": "up"})",
       "/states/m/up", "no rule is called `z`", "id"},
  };
}

std::vector<bad_row> places() {
  const auto in = [](const std::string& where) {
    return with_rule(R"({"where": )" + where + R"(, "actions": [{"tag": {"label": "x"}}]})");
  };
  return {
      {with_rule(R"({"actions": [)" + reply + "]}"), "/rules/0", "`where` is missing", "protocol"},
      {with_rule(R"({"where": {"protocol": "smtp", "stage": "rcpt"}})"), "/rules/0",
       "`actions` is missing", "actions"},
      {with_rule(R"({"id": "a b", "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
                 reply + "]}"),
       "/rules/0/id", "no id", "letters"},
      {with_rule(
           R"({"priority": "high", "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
           reply + "]}"),
       "/rules/0/priority", "expected a whole number", "from -1000000"},
      {with_rule(R"({"prio": 1, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
                 reply + "]}"),
       "/rules/0/prio", "not a key", "the keys here"},
      {with_rule(R"({"enabled": 1, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
                 reply + "]}"),
       "/rules/0/enabled", "expected true or false", "true or false"},
      {in(R"({"protocol": "imap", "stage": "rcpt"})"), "/rules/0/where/protocol",
       "no protocol is called \"imap\"", "smtp"},
      {in(R"({"protocol": "smtp", "stage": "rctp"})"), "/rules/0/where/stage",
       "no stage is called \"rctp\"", "`rcpt`"},
      {in(R"({"protocol": "smtp", "stage": "retr"})"), "/rules/0/where/stage",
       "smtp has no stage `retr`", "`rcpt`"},
      {in(R"({"protocol": "lmtp", "stage": "ehlo"})"), "/rules/0/where/stage",
       "lmtp has no stage `ehlo`", "`lhlo`"},
      {in(R"({"protocol": "smtp", "stage": []})"), "/rules/0/where/stage", "no stage at all",
       "rcpt"},
      {in(R"({"protocol": "smtp", "stage": "rcpt", "after_bytes": 1})"),
       "/rules/0/where/after_bytes", "there is none", "data_body"},
      {in(R"({"protocol": "smtp", "stage": ["rcpt", "data_body"]})"), "/rules/0/where/stage",
       "a count of octets", "two rules"},
      {in(R"({"protocol": "smtp", "stage": "data_body", "after_bytes": -1})"),
       "/rules/0/where/after_bytes", "out of range", "from 0"},
      {with_rule(
           R"({"limit": {"max_hits": 0}, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
           reply + "]}"),
       "/rules/0/limit/max_hits", "out of range", "from 1"},
      {with_rule(
           R"({"limit": {"ttl": 10000}, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
           reply + "]}"),
       "/rules/0/limit/ttl", "expected a duration, found 10000", R"(does 10000 mean "10s"?)"},
      {with_rule(
           R"({"limit": {"max_hits_per": {"key": "rcpt"}}, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [)" +
           reply + "]}"),
       "/rules/0/limit/max_hits_per", "`n` is missing", R"("n": 1)"},
  };
}

std::vector<bad_row> conditions() {
  const auto at = [](const std::string& rest) { return "/rules/0/when" + rest; };
  const std::string deep = [] {
    std::string text;
    for (int i = 0; i < 18; ++i) text += R"({"not": )";
    text += R"({"tls": {"eq": true}})";
    return text + std::string(18, '}');
  }();
  return {
      {with_when("[]"), at(""), "expected a condition", "rcpt.domain"},
      {with_when("{}"), at(""), "an empty condition", "leave `when` out"},
      {with_when(R"({"rcpt.domian": {"eq": "x"}})"), at("/rcpt.domian"), "no fact or condition",
       "`rcpt.domain`"},
      {with_when(R"({"rcpt": "x"})"), at("/rcpt"), "expected an operation, found \"x\"",
       R"({"eq": "x"})"},
      {with_when(R"({"rcpt": {"is": "x"}})"), at("/rcpt/is"), "no operation is called `is`",
       "one of eq"},
      {with_when(R"({"rcpt": {"gt": 3}})"), at("/rcpt/gt"),
       "`gt` does not fit `rcpt`, which is a text", "one of eq"},
      {with_when(R"({"rcpt.index": {"eq": "3"}})"), at("/rcpt.index/eq"), "expected a whole number",
       "from 0"},
      {with_when(R"({"rcpt.index": {"between": [3, 2]}})"), at("/rcpt.index/between"),
       "greater than the second", "least"},
      {with_when(R"({"tls": {"eq": "yes"}})"), at("/tls/eq"), "expected true or false", "true"},
      {with_when(R"({"client.ip": {"cidr": "10.0.0.0/33"}})"), at("/client.ip/cidr"),
       "not a network", "10.0.0.0/8"},
      {with_when(R"({"helo": {"regex": "(a"}})"), at("/helo/regex"), "missing )", "bounce"},
      {with_when(R"({"helo": {"regex": "((\\pL{30}){30}){30}"}})"), at("/helo/regex"),
       "repetition size", "such as"},
      {with_when(R"({"session.age": {"gt": 500}})"), at("/session.age/gt"), "expected a duration",
       R"(does 500 mean "500s" or "500ms"?)"},
      {with_when(R"({"session.age": {"gt": "10000"}})"), at("/session.age/gt"),
       "\"10000\" is not a duration", R"("10s")"},
      {with_when(R"({"size": {"gt": 5}})"), at("/size"), "`size` cannot be known at rcpt",
       "data_body"},
      {with_when(R"({"subject": {"eq": "a"}})", R"(["rcpt", "end_of_data"])"), at("/subject"),
       "cannot be known at rcpt", "end_of_data"},
      {with_when(R"({"rcpt": {"eq": "a"}})", R"("end_of_data")"), at("/rcpt"),
       "cannot be known at end_of_data", "`rcpt.any`"},
      {with_when(R"({"rcpt": {"eq": "a"}})", R"("mail")"), at("/rcpt"), "cannot be known at mail",
       "rcpt"},
      {with_when(R"({"helo": {"eq": "a"}})", R"("connect")"), at("/helo"),
       "cannot be known at connect", "ehlo"},
      {with_when(R"({"mail_from": {"eq": "a"}})", R"("retr")", "pop3"), at("/mail_from"),
       "cannot be known at retr", "no stage of pop3"},
      {with_when(R"({"attachment.count": {"gt": 1}})", R"("data")"), at("/attachment.count"),
       "cannot be known at data", "end_of_data"},
      {with_when(R"({"any": [{"nth": 1}]})"), at("/any/0/nth"), "stands under `any` or `not`",
       "under `all`"},
      {with_when(R"({"not": {"probability": 0.5}})"), at("/not/probability"), "stands under",
       "under `all`"},
      {with_when(R"({"any": []})"), at("/any"), "an empty group", "[{…}, {…}]"},
      {with_when(R"({"nth": 1, "per": "rcpt"})"), at("/per"), "no fact",
       R"({"nth": {"n": 1, "per": "rcpt"}})"},
      {with_when(R"({"nth": 0})"), at("/nth"), "out of range", "from 1"},
      {with_when(R"({"nth": {"n": 1, "to": 3}})"), at("/nth"), "`n` beside", R"({"n": 1})"},
      {with_when(R"({"nth": {"from": 3, "to": 1}})"), at("/nth/to"), "smaller than `from`", "from"},
      {with_when(R"({"every": {"per": "rcpt"}})"), at("/every"), "`n` is missing", "n"},
      {with_when(R"({"every": {"n": 2, "per": "sender"}})"), at("/every/per"),
       "no key is called \"sender\"", "mail_from"},
      {with_when(R"({"every": {"n": 2, "per": "rcpt"}})", R"("mail")"), at("/every/per"),
       "cannot be known at mail", "rcpt"},
      {with_when(R"({"probability": 1.1})"), at("/probability"), "not a probability",
       "0 (never) to 1 (always)"},
      {with_when(R"({"lists": {"rcpt": "x"}})"), at("/lists/rcpt"), "no list called `x`",
       "under `lists`"},
      {with_when(R"({"cmp": ["rcpt", "gt", "helo"]})"), at("/cmp/1"), "does not compare", "eq, ne"},
      {with_when(R"({"cmp": ["rcpt", "eq"]})"), at("/cmp"), "a fact, an operation and a fact",
       "auth.user"},
      {with_when(R"({"cmp": ["rcpt.index", "eq", "helo"]})"), at("/cmp"),
       "a number is compared with a text", "ne"},
      {with_when(R"({"state": {"of": "m", "is": "x"}})"), at("/state"), "no machine called `m`",
       "states"},
      {with_when(R"({"greylist": {"key": ["rcpt"], "min": "2h", "max": "1h"}})"),
       at("/greylist/max"), "shorter than `min`", "2h"},
      {with_when(R"({"greylist": {"min": "2h"}})"), at("/greylist"), "`key` is missing",
       "client_ip"},
      {with_when(R"({"window": {"from": "8:00", "to": "09:00"}})"), at("/window/from"),
       "not a time of the day", "00:00"},
      {with_when(R"({"window": {"from": "08:00", "to": "09:00", "tz": "Asia/Shanghai"}})"),
       at("/window/tz"), "not an offset", "+08:00"},
      {with_when(R"({"count": {"of": "mail", "per": "client_ip"}})"), at("/count"), "no comparison",
       "one of eq"},
      {with_when(R"({"count": {"of": "mail", "per": "client_ip", "ge": 1, "lt": 3}})"),
       at("/count"), "several comparisons", "one of eq"},
      {with_when(R"({"count": {"of": "mails", "per": "client_ip", "ge": 1}})"), at("/count/of"),
       "no counter is called \"mails\"", "`mail`"},
      {with_when(R"({"count": {"of": "mail", "per": "client_ip", "window": 900, "ge": 1}})"),
       at("/count/window"), "expected a duration", R"(does 900 mean "900s")"},
      {with_when(R"({"count": {"of": "mail", "per": "transaction", "ge": 1}})"), at("/count"),
       "a transaction has counts of", "rcpt.accepted"},
      {with_when(R"({"count": {"of": "connections.open", "per": "rcpt", "ge": 1}})"),
       at("/count/per"), "not counted by that", "client_ip"},
      {with_when(
           R"({"count": {"of": "connections.open", "per": "global", "window": "1m", "ge": 1}})"),
       at("/count/window"), "counted now", "no `window`"},
      {with_when(R"({"count": {"of": "messages.same_fingerprint", "per": "mail_from", "ge": 1}})"),
       at("/count/of"), "`fingerprint` cannot be known", "end_of_data"},
      {with_when(deep), at([] {
         std::string p;
         for (int i = 0; i < 17; ++i) p += "/not";
         return p;
       }()),
       "deeper than 16", "flatter"},
  };
}

std::vector<bad_row> actions() {
  const auto at = [](const std::string& rest) { return "/rules/0/actions" + rest; };
  return {
      {with_actions(""), at(""), "0 actions", "1 to 64"},
      {with_actions("1"), at("/0"), "expected an action, found 1", "one action an entry"},
      {with_actions(R"({"reply": {"code": 450, "text": "a"}, "close": {}})"), at("/0"),
       "an entry with 2 actions", "one action an entry"},
      {with_actions(R"({"replay": {}})"), at("/0/replay"), "no action is called `replay`",
       "`reply`"},
      {with_actions(R"({"reply": "450"})"), at("/0/reply"), "expected an object", "reply"},
      {with_actions(R"({"reply": {"text": "a"}})"), at("/0/reply"), "`code` is missing",
       "100 to 999"},
      {with_actions(R"({"reply": {"code": 99, "text": "a"}})"), at("/0/reply/code"), "out of range",
       "100 to 999"},
      {with_actions(R"({"reply": {"code": 450}})"), at("/0/reply"), "no text", "`lines`"},
      {with_actions(R"({"reply": {"code": 450, "text": "a", "lines": ["b"]}})"), at("/0/reply"),
       "several texts", "one of"},
      {with_actions(R"({"reply": {"code": 450, "text": "a\nb"}})"), at("/0/reply/text"), "line end",
       "`lines`"},
      {with_actions(R"({"reply": {"code": 450, "text": "a {foo}"}})"), at("/0/reply/text"),
       "nothing stands for {foo}", "{queueid}"},
      {with_actions(R"({"reply": {"code": 450, "text": "{rcpt}"}})", "mail"), at("/0/reply/text"),
       "`rcpt.any` cannot be known at mail", "rcpt"},
      {with_actions(R"({"reply": {"code": 450, "enhanced": "4.x.1", "text": "a"}})"),
       at("/0/reply/enhanced"), "no enhanced code", "5.7.1"},
      {with_actions(R"({"reply": {"code": 450, "raw_base64": "!!"}})"), at("/0/reply/raw_base64"),
       "not base64", "octets"},
      {with_actions(R"({"reply": {"code": 500, "text": "a"}})", "pass", "pop3"),
       at("/0/reply/code"), "no reply of POP3", "-ERR"},
      {with_actions(R"({"reply": {"code": "-ERR", "enhanced": "5.7.1", "text": "a"}})", "pass",
                    "pop3"),
       at("/0/reply/enhanced"), "no enhanced codes", "IN-USE"},
      {with_actions(R"({"close": {"mode": "rst"}})"), at("/0/close/mode"),
       "no mode is called \"rst\"", "fin_drain"},
      {with_actions(R"({"close": {"linger": 2000}})"), at("/0/close/linger"), "expected a duration",
       "2s"},
      {with_actions(R"({"close": {"stored": true}})"), at("/0/close/stored"), "nothing to store",
       "end_of_data"},
      {with_actions(R"({"delay": {"uniform": ["1s", "2s"]}})"), at("/0/delay/uniform"),
       "not a key here", R"({"for": {"uniform")"},
      {with_actions(R"({"delay": {"for": {"uniform": ["3s", "2s"]}}})"), at("/0/delay/for/uniform"),
       "longer than the second", "1s"},
      {with_actions(
           R"({"delay": {"for": {"lognormal": {"median": "1s", "sigma": -1, "max": "3s"}}}})"),
       at("/0/delay/for/lognormal/sigma"), "out of range", "0 to 10"},
      {with_actions(R"({"stall": {"max": "60"}})"), at("/0/stall/max"), "not a duration", "60s"},
      {with_actions(R"({"stall": {"then": "stop"}})"), at("/0/stall/then"), "does not end a stall",
       "go_on"},
      {with_actions(R"({"stall": {"stored": true}})"), at("/0/stall/stored"), "nothing to store",
       "end_of_data"},
      {with_actions(R"({"stall": {"then": "go_on", "stored": true}})", "end_of_data"),
       at("/0/stall/stored"), "the reply says", "no `stored`"},
      {with_actions(R"({"stall": {"then": {"close": {"stored": false}}, "stored": true}})",
                    "end_of_data"),
       at("/0/stall/stored"), "said of the end", "one of the two"},
      {with_actions(reply + R"(, {"stall": {"stored": true}})", "end_of_data"), at("/1/stall"),
       "beside a `reply`", "without a reply"},
      {with_actions(R"({"malform": {"kind": "long_line"}})"), at("/0/malform"), "`n` is missing",
       "from 1"},
      {with_actions(R"({"malform": {"kind": "unstuffed_dot"}})"), at("/0/malform/kind"), "POP3",
       "retr"},
      {with_actions(R"({"certificate": {"name": "expired"}})"), at("/0/certificate"),
       "does not fit stage rcpt", "tls_handshake"},
      {with_actions(R"({"certificate": {"name": "revoked"}})", "tls_handshake"),
       at("/0/certificate/name"), "no name is called \"revoked\"", "one of"},
      {with_actions(R"({"tls": {"min_version": "1.3", "max_version": "1.2"}})", "tls_handshake"),
       at("/0/tls/max_version"), "below", "1.3"},
      {with_actions(R"({"tls": {"after_220": "fin"}})", "tls_handshake"), at("/0/tls"),
       "STARTTLS command", "starttls"},
      {with_actions(R"({"transform": {"kind": "seven_bit"}})"), at("/0/transform"),
       "does not fit stage rcpt", "delivery"},
      {with_actions(R"({"reply": {"code": 450, "text": "a"}})", "deliver", "delivery"),
       at("/0/reply"), "does not fit stage deliver", "protocol smtp"},
      {with_actions(R"({"delay": {"for": "2s"}})", "deliver", "delivery"), at("/0/delay"),
       "does not fit", "`delay_delivery`"},
      {with_actions(R"({"reply": {"code": 450, "text": "a"}})", "listen"), at("/0/reply"),
       "does not fit stage listen", "rcpt"},
      {with_actions(R"({"listener": {"mode": "refuse"}})"), at("/0/listener"),
       "does not fit stage rcpt", "listen"},
      {with_actions(R"({"ehlo": {"remove": ["STARTTLS"]}})"), at("/0/ehlo"),
       "does not fit stage rcpt", "ehlo"},
      {with_actions(R"({"ehlo": {}})", "ehlo"), at("/0/ehlo"), "nothing changes", "STARTTLS"},
      {with_actions(R"({"bounce": {"status": "bad"}})", "deliver", "delivery"),
       at("/0/bounce/status"), "no status", "5.1.1"},
      {with_actions(R"({"set_state": {"of": "m", "to": "x"}})"), at("/0/set_state/of"),
       "no machine called `m`", "states"},
      {with_actions(R"({"ban": {"by": "client_ip"}})"), at("/0/ban"), "`for` is missing", "1h"},
      // contradictions
      {with_actions(reply + "," + reply), at("/1/reply"), "a second `reply`", "`extra`"},
      {with_actions(R"({"close": {}}, )" + reply), at("/1/reply"), "behind `close`", "last"},
      {with_actions(R"({"close": {}}, {"delay": {"for": "1s"}})"), at("/1/delay"), "behind `close`",
       "last"},
      {with_actions(R"({"close": {}}, {"close": {}})"), at("/1/close"), "a second `close`",
       "one `close`"},
      {with_actions(R"({"stall": {}}, )" + reply), at("/1/reply"), "behind `stall`", "`delay`"},
      {with_actions(R"({"stall": {}}, {"close": {}})"), at("/1/close"), "behind `stall`", "then"},
      {with_actions(R"({"omit": {}}, )" + reply), at("/1/reply"), "`omit` says nothing",
       "one of the two"},
      {with_actions(R"({"drip": {"gap": "1s"}}, {"slice": {"size": 2}})"), at("/1/slice"),
       "both cut", "one of the two"},
      {with_actions(
           R"({"reply": {"code": 450, "raw_base64": "AAAA"}}, {"malform": {"kind": "lf_only"}})"),
       at("/1/malform"), "raw octets", "no `malform`"},
      {with_actions(reply + R"(, {"close": {"stored": true}})", "end_of_data"), at("/1/close"),
       "whose code says", "without a reply"},
      {with_actions(R"({"drop": {}}, {"transform": {"kind": "seven_bit"}})", "deliver", "delivery"),
       at("/1/transform"), "dropped mail", "one of the two"},
      {with_rule(
           R"({"continue": true, "where": {"protocol": "smtp", "stage": "rcpt"}, "actions": [{"close": {}}]})"),
       at("/0/close"), "`continue`", "no `continue`"},
  };
}

std::vector<bad_row> bad_rows() {
  std::vector<bad_row> all;
  for (const auto& part : {documents(), places(), conditions(), actions()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}
INSTANTIATE_TEST_SUITE_P(Load, BadRules, testing::ValuesIn(bad_rows()),
                         [](const auto& row) { return "row" + std::to_string(row.index); });

TEST(LoadRules, EverythingThatIsWrongIsNamedAtOnce) {
  const load_result result = load_rule_set(R"({"sead": 1, "rules": [
      {"id": "?", "where": {"protocol": "smtp", "stage": "rctp"}, "actions": [{"replay": {}}]},
      {"where": {"protocol": "smtp", "stage": "mail"}, "when": {"rcpt": {"eq": "a"}, "nth": 0},
       "actions": [{"delay": {"for": 10000}}, {"close": {"mode": "x"}}, {"reply": {"code": 1, "text": "{x}"}}]}]})");
  EXPECT_FALSE(result.rules);
  std::vector<std::string> pointers;
  for (const load_error& each : result.errors) pointers.push_back(each.pointer);
  EXPECT_THAT(pointers, testing::UnorderedElementsAre(
                            "/sead", "/rules/0/id", "/rules/0/where/stage", "/rules/1/when/rcpt",
                            "/rules/1/when/nth", "/rules/1/actions/0/delay/for",
                            "/rules/1/actions/1/close/mode", "/rules/1/actions/2/reply/code",
                            "/rules/1/actions/2/reply/text", "/rules/1/actions/2/reply"));
}

TEST(LoadRules, ErrorsAreBoundedAndTheRestIsCounted) {
  std::string rules;
  for (int i = 0; i < 1000; ++i) rules += (i == 0 ? "1" : ",1");
  const load_result result = load_rule_set(with_rule(rules));
  // Each of them is no object, and that one is called r1, r2, …
  ASSERT_EQ(result.errors.size(), most_load_errors);
  EXPECT_THAT(result.errors.back().wrong, HasSubstr("801 more faults"));
}

TEST(LoadRules, ADeepDocumentIsRefusedWithoutRecursion) {
  for (const char* const brackets : {"[]", "{\"a\":}"}) {
    const std::string all = brackets;
    const std::string open = all.substr(0, all.size() - 1);
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += open;
    const load_result result = load_rule_set(text);
    ASSERT_EQ(result.errors.size(), 1U);
    EXPECT_THAT(result.errors[0].wrong, HasSubstr("deeper than 64 levels"));
  }
}

TEST(LoadRules, ALargeDocumentIsRefusedUnread) {
  const load_result result = load_rule_set(std::string().append(100'000'000, ' '));
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_THAT(result.errors[0].wrong, HasSubstr("100000000 octets"));
  EXPECT_THAT(result.errors[0].right, HasSubstr("16 MiB"));
}

template <std::size_t... Index>
std::vector<std::string> names_of_actions(std::index_sequence<Index...>) {
  return {std::string(name_of(action(std::in_place_index<Index>)))...};
}

bool loads_somewhere(const std::string& action) {
  const std::string states = R"({"states": {"outage": {"up": {}, "down": {}}}, "start": "up", )";
  for (std::size_t talk = 0; talk < protocol_count; ++talk) {
    for (std::size_t point = 0; point < model::stage_count; ++point) {
      const std::string rules =
          with_actions(action, std::string(to_string(static_cast<model::stage>(point))),
                       std::string(to_string(static_cast<protocol>(talk))));
      if (load_rule_set(states + rules.substr(1)).rules) return true;
    }
  }
  return false;
}

TEST(LoadRules, WhatWouldBeRightIsRight) {
  constexpr auto all = std::make_index_sequence<std::variant_size_v<action>>();
  for (const std::string& name : names_of_actions(all)) {
    const load_result result = load_rule_set(with_actions("{\"" + name + "\": 7}"));
    const auto said = std::find_if(result.errors.begin(), result.errors.end(), [](const auto& one) {
      return one.wrong == "expected an object, found 7";
    });
    ASSERT_NE(said, result.errors.end()) << name;
    EXPECT_TRUE(said->right.starts_with("{\"" + name + "\": {")) << said->right;
    EXPECT_TRUE(loads_somewhere(said->right)) << said->right;
  }
}

}  // namespace
}  // namespace mailrig::faults
