// /v1/rigs and /v1/reset through the dispatcher, without sockets.
#include "inspector_fixture.hpp"
#include "webui/inspector/rig_wish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {
namespace {

using nlohmann::json;

class Rigs : public testing::Test, protected inspector_test {
 protected:
  answer post(const std::string& body) { return send("POST", "/v1/rigs", body); }
  // A mail that is put into a rig as if it had come by its port.
  void put_into(const std::string& name, std::string_view text) {
    rig::rig& where = *here.rigs.find(name);
    const model::mail_ref mail = here.make_mail(text);
    where.deliver(mail, [](const auto& put) { ASSERT_TRUE(put.has_value()); });
    where.announce(mail->id());
  }
  std::size_t count(const std::string& name) {
    return here.rigs.find(name)->messages().in_use().messages;
  }
};

TEST_F(Rigs, ANewRigHasEveryKey) {
  const answer made =
      post(R"({"name":"a","ports":["smtp"],"ttl":"90s","route":{"helo":"app"},"seed":7,)"
           R"("limits":{"max_messages":5,"max_memory":"1MiB","max_age":"1h"},)"
           R"("settings":{"host_name":"mx.test","max_message_size":"10k","max_recipients":3,)"
           R"("max_command_line":1000,"max_errors":2,"idle_timeout":"5s"}})");
  EXPECT_EQ(made.status, 201U);
  EXPECT_EQ(header_of(made, "Location"), "/v1/rigs/a");
  const json wanted = {
      {"id", "a"},
      {"made_at", "2026-11-22T06:00:00.123Z"},
      {"last_use_at", "2026-11-22T06:00:00.123Z"},
      {"ttl_ms", 90'000},
      {"expires_at", "2026-11-22T06:01:30.123Z"},
      {"listeners",
       {{{"protocol", "smtp"},
         {"address", "127.0.0.1"},
         {"port", 40'000},
         {"url", "smtp://localhost:40000"}}}},
      {"route", {{{"helo", "app"}}}},
      {"seed", 7},
      {"limits", {{"max_messages", 5}, {"max_memory", 1'048'576}, {"max_age_ms", 3'600'000}}},
      {"settings",
       {{"host_name", "mx.test"},
        {"max_message_size", 10'240},
        {"max_recipients", 3},
        {"max_command_line", 1'000},
        {"max_errors", 2},
        {"idle_timeout_ms", 5'000}}},
      {"faults", json::array()},
      {"messages", 0},
      {"octets", 0},
      {"evicted", 0},
      {"attempts", 0},
      {"sessions", 0},
      {"open_sessions", 0},
      {"open_transactions", 0},
      {"mark", "after.0.0"}};
  EXPECT_EQ(json_of(made), wanted);
  EXPECT_EQ(get_json("/v1/rigs/a"), wanted);
}

TEST_F(Rigs, AnEmptyBodyMakesARigWithAMadeUpName) {
  const json one = json_of(post(""));
  const json two = json_of(post("{}"));
  EXPECT_NE(one.at("id"), two.at("id"));
  EXPECT_TRUE(is_rig_name(one.at("id").get<std::string>()));
  EXPECT_EQ(one.at("ttl_ms"), 3'600'000);
  EXPECT_EQ(get_json("/v1/rigs").at("total"), 3);
}

TEST_F(Rigs, ANullTtlIsForEver) {
  const json made = json_of(post(R"({"name":"a","ttl":null})"));
  EXPECT_EQ(made.at("ttl_ms"), nullptr);
  EXPECT_EQ(made.at("expires_at"), nullptr);
}

TEST_F(Rigs, TheListIsPaged) {
  for (const char* name : {"a", "b", "c"}) post(R"({"name":")" + std::string(name) + R"("})");
  const json first = get_json("/v1/rigs?limit=3");
  EXPECT_EQ(first.at("rigs").size(), 3U);
  EXPECT_EQ(first.at("rigs")[0].at("id"), "c");
  const json rest =
      get_json("/v1/rigs?limit=3&cursor=" + first.at("next_cursor").get<std::string>());
  ASSERT_EQ(rest.at("rigs").size(), 1U);
  EXPECT_EQ(rest.at("rigs")[0].at("id"), "default");
  EXPECT_EQ(rest.at("next_cursor"), nullptr);
  expect_problem(get("/v1/rigs?cursor=before.z"), 400, "next_cursor");
}

TEST_F(Rigs, WhatIsWrongIsNamedWithItsPlace) {
  struct row {
    const char* body;
    const char* said;
  };
  for (const row& each : std::vector<row>{
           {"[]", "a rig is an object"},
           {"{", "octet"},
           {"{\"seed\":1e999}", "too large"},
           {R"({"nam":"a"})", "\"/nam\" is not a key of a rig"},
           {R"({"name":7})", "\"/name\" is a number; it is a string"},
           {R"({"name":"-a"})", "\"/name\" is not a name for a rig"},
           {R"({"name":"a/b"})", "\"/name\" is not a name for a rig"},
           {R"({"ttl":10000})", "Is 10000 meant to be \"10s\"?"},
           {R"({"ttl":1500})", "Is 1500 meant to be \"1500ms\"?"},
           {R"({"ttl":"0s"})", "longer than 0"},
           {R"({"ttl":"soon"})", "\"/ttl\""},
           {R"({"ports":[7]})", "\"/ports/0\" is a number"},
           {R"({"ports":[{"port":25}]})", "\"/ports/0/protocol\" is missing"},
           {R"({"ports":[{"protocol":"smtp","port":65536}]})", "from 0 to 65535"},
           {R"({"ports":[{"protocol":"smtp","tls":true}]})", "\"/ports/0/tls\" is not a key"},
           {R"({"route":"gw1.test"})", "\"/route\" is a string"},
           {R"({"route":{}})", "\"/route\" has 0 keys"},
           {R"({"route":{"helo":"a","user":"b"}})", "\"/route\" has 2 keys"},
           {R"({"route":[{"helo":"a"},{"sender":"b"}]})", "\"/route/1/sender\" is not a fact"},
           {R"({"route":{"helo":""}})", "\"/route/helo\""},
           {R"({"route":{"helo":"**"}})", "every mail"},
           {R"({"seed":-1})", "\"/seed\""},
           {R"({"limits":{"max_memory":"much"}})", "\"/limits/max_memory\""},
           {R"({"limits":{"messages":1}})", "\"/limits/messages\" is not a key of limits"},
           {R"({"settings":{"host_name":"a b"}})", "\"/settings/host_name\""},
           {R"({"settings":{"max_command_line":100}})", "4.5.3.1.4"},
       })
    expect_problem(post(each.body), 400, each.said);
  EXPECT_EQ(here.rigs.all().size(), 1U);
}

TEST_F(Rigs, ADeepBodyIsRefused) {
  expect_problem(post(std::string(30'000, '[')), 400, "");
  expect_problem(post("{\"ports\":" + std::string(1'000, '[') + std::string(1'000, ']') + "}"), 400,
                 "deep");
}

TEST_F(Rigs, ANameThatIsTakenIsAConflict) {
  post(R"({"name":"a"})");
  expect_problem(post(R"({"name":"a"})"), 409, "PUT /v1/rigs/a");
  expect_problem(post(R"({"name":"default"})"), 409, "default");
}

TEST_F(Rigs, ATakenRouteNamesItsRig) {
  post(R"({"name":"a","route":{"recipient_domain":"gw1.test"}})");
  expect_problem(post(R"({"name":"b","route":{"recipient_domain":"GW1.TEST"}})"), 409,
                 "the rig \"a\"");
  EXPECT_EQ(here.rigs.find("b"), nullptr);
  EXPECT_EQ(
      post(R"({"name":"b","route":[{"recipient_domain":"gw2.test"},{"plus_tag":"x"}]})").status,
      201U);
}

TEST_F(Rigs, ARigWithoutItsPortsIsNotMade) {
  here.listeners.refusal = {rig::port_refusal::reason::taken, "All ports are in use."};
  expect_problem(post(R"({"name":"a","ports":["smtp"]})"), 409, "in use");
  EXPECT_EQ(here.rigs.find("a"), nullptr);
  here.listeners.refusal = {rig::port_refusal::reason::bad_wish, "No such thing."};
  expect_problem(post(R"({"name":"a","ports":["smtp"]})"), 400, "No such thing");
  EXPECT_EQ(here.rigs.find("a"), nullptr);
}

TEST_F(Rigs, PutMakesOrEmptiesAndKeepsThePorts) {
  const std::string wish = R"({"ports":["smtp"],"route":{"helo":"app"}})";
  const answer made = send("PUT", "/v1/rigs/a", wish);
  EXPECT_EQ(made.status, 201U);
  put_into("a", "Subject: one\n\nx\n");
  EXPECT_EQ(count("a"), 1U);
  const answer again = send("PUT", "/v1/rigs/a", wish);
  EXPECT_EQ(again.status, 200U);
  EXPECT_EQ(json_of(again).at("listeners"), json_of(made).at("listeners"));
  EXPECT_EQ(json_of(again).at("messages"), 0);
  EXPECT_EQ(json_of(again).at("mark"), "after.1.0");
  EXPECT_EQ(count("a"), 0U);
  const json other = json_of(send("PUT", "/v1/rigs/a", R"({"ports":["smtp","smtp"]})"));
  EXPECT_EQ(other.at("listeners").size(), 2U);
  EXPECT_EQ(other.at("route"), json::array());
}

TEST_F(Rigs, PutThatGetsNoPortsLeavesTheRigAsItWas) {
  static_cast<void>(send("PUT", "/v1/rigs/a", R"({"ports":["smtp"],"seed":1})"));
  put_into("a", "Subject: one\n\nx\n");
  const json before = get_json("/v1/rigs/a");
  here.listeners.refusal = {rig::port_refusal::reason::taken, "All ports are in use."};
  expect_problem(send("PUT", "/v1/rigs/a", R"({"ports":["smtp","smtp"],"seed":2})"), 409, "in use");
  EXPECT_EQ(get_json("/v1/rigs/a"), before);
}

TEST_F(Rigs, PutRefusesAnotherNameThanThePaths) {
  expect_problem(send("PUT", "/v1/rigs/a", R"({"name":"b"})"), 400, "\"/name\"");
  expect_problem(send("PUT", "/v1/rigs/a%20b", ""), 400, "a b");
  EXPECT_EQ(send("PUT", "/v1/rigs/a", R"({"name":"a"})").status, 201U);
}

TEST_F(Rigs, TheDefaultRigCanBeSetButNotRoutedOrDeleted) {
  put_into("default", "Subject: one\n\nx\n");
  EXPECT_EQ(json_of(send("PUT", "/v1/rigs/default", R"({"seed":3})")).at("seed"), 3);
  EXPECT_EQ(count("default"), 0U);
  expect_problem(send("PUT", "/v1/rigs/default", R"({"ports":["smtp"]})"), 409, "command line");
  expect_problem(send("PUT", "/v1/rigs/default", R"({"route":{"helo":"x"}})"), 409, "command line");
  expect_problem(ask("DELETE", "/v1/rigs/default"), 409, "/v1/reset");
}

TEST_F(Rigs, DeletingEndsEverythingOfARig) {
  post(R"({"name":"a","ports":["smtp"],"route":{"helo":"app"}})");
  put_into("a", "Subject: one\n\nx\n");
  EXPECT_EQ(json_of(ask("DELETE", "/v1/rigs/a")).at("deleted"), 1);
  EXPECT_EQ(here.listeners.ended, std::vector<std::string>{"a"});
  EXPECT_EQ(here.listeners.all.size(), 2U);
  EXPECT_TRUE(here.rigs.routes().is_empty());
  EXPECT_EQ(here.rigs.in_use(), store::usage{});
  expect_problem(get("/v1/rigs/a"), 404, "\"a\"");
  expect_problem(get("/v1/rigs/a/messages"), 404, "\"a\"");
  expect_problem(ask("DELETE", "/v1/rigs/a"), 404, "\"a\"");
}

TEST_F(Rigs, EverythingExistsAgainUnderARig) {
  post(R"({"name":"a"})");
  put_into("a", "Subject: mine\n\nx\n");
  put_into("default", "Subject: other\n\nx\n");
  const json list = get_json("/v1/rigs/a/messages");
  ASSERT_EQ(list.at("total"), 1);
  EXPECT_EQ(list.at("messages")[0].at("subject"), "mine");
  EXPECT_EQ(list.at("messages")[0].at("rig"), "a");
  EXPECT_EQ(get_json("/v1/rigs/a/info").at("rig").at("id"), "a");
  EXPECT_EQ(json_of(ask("DELETE", "/v1/rigs/a/messages?all=true")).at("deleted"), 1);
  EXPECT_EQ(count("default"), 1U);
  for (const char* path : {"/v1/rigs/a/rigs", "/v1/rigs/a/rigs/b", "/v1/rigs/a/livez"})
    expect_problem(get(path), 404, "nearest");
}

TEST_F(Rigs, ABodyIsTakenOnlyWhereOneIsWanted) {
  expect_problem(send("GET", "/v1/rigs", "{}"), 400, "takes none");
  expect_problem(send("DELETE", "/v1/rigs/a", "{}"), 400, "takes none");
}

TEST_F(Rigs, UsingARigMovesItsEnd) {
  post(R"({"name":"a","ttl":"10s"})");
  here.clock.tick(model::duration{9'000});
  static_cast<void>(get("/v1/rigs/a/messages"));
  here.clock.tick(model::duration{9'000});
  EXPECT_TRUE(here.rigs.expired().empty());
  here.clock.tick(model::duration{1'000});
  EXPECT_EQ(here.rigs.expired(), std::vector<rig::rig*>{here.rigs.find("a")});
}

TEST_F(Rigs, AResetForgetsMessagesAndAttempts) {
  put_into("default", "Subject: one\n\nx\n");
  here.rig().attempt_ended(here.make_mail("x", {.result = model::outcome::aborted}));
  const json said = json_of(send("POST", "/v1/reset", ""));
  EXPECT_EQ(said, (json{{"rig", "default"}, {"mark", "after.1.1"}}));
  EXPECT_EQ(get_json("/v1/messages").at("total"), 0);
  EXPECT_EQ(get_json("/v1/attempts").at("total"), 0);
  EXPECT_EQ(here.rig().epoch(), 1U);
}

TEST_F(Rigs, AResetOfOtherPartsKeepsTheMessages) {
  put_into("default", "Subject: one\n\nx\n");
  EXPECT_EQ(send("POST", "/v1/reset", R"({"only":["faults","counters","clock"]})").status, 200U);
  EXPECT_EQ(count("default"), 1U);
  EXPECT_EQ(send("POST", "/v1/reset", R"({"only":["messages"]})").status, 200U);
  EXPECT_EQ(count("default"), 0U);
}

TEST_F(Rigs, AMalformedResetResetsNothing) {
  put_into("default", "Subject: one\n\nx\n");
  for (const char* body : {R"({"only":[]})", R"({"only":"messages"})", R"({"only":["mail"]})",
                           R"({"onyl":["faults"]})", "[]", "{"})
    expect_problem(send("POST", "/v1/reset", body), 400, "");
  EXPECT_EQ(count("default"), 1U);
}

TEST_F(Rigs, AResetIsOfOneRigOnly) {
  post(R"({"name":"a"})");
  put_into("a", "Subject: one\n\nx\n");
  put_into("default", "Subject: one\n\nx\n");
  static_cast<void>(send("POST", "/v1/rigs/a/reset", ""));
  EXPECT_EQ(count("a"), 0U);
  EXPECT_EQ(count("default"), 1U);
}

}  // namespace
}  // namespace mailrig::inspector
