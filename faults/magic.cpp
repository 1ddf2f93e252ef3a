#include "faults/magic.hpp"

#include "faults/json_reader.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace mailrig::faults {
namespace {

struct refusal {
  int code;
  const char* enhanced;  // or ""
  const char* text;
};

// Replies to RCPT by name; those with an enhanced code are what providers say most.
constexpr auto refusals = std::to_array<refusal>({
    {421, "", "Service not available, closing transmission channel"},
    {421, "4.7.0", "Too many connections"},
    {450, "", "Requested mail action not taken: mailbox unavailable"},
    {450, "4.2.1", "The mailbox receives mail too quickly"},
    {451, "", "Requested action aborted: local error in processing"},
    {451, "4.7.1", "Greylisted, please try again later"},
    {452, "", "Requested action not taken: insufficient system storage"},
    {452, "4.2.2", "Mailbox full"},
    {452, "4.5.3", "Too many recipients"},
    {454, "4.7.0", "Temporary failure"},
    {550, "", "Requested action not taken: mailbox unavailable"},
    {550, "5.1.1", "User unknown"},
    {550, "5.2.1", "Mailbox disabled"},
    {550, "5.7.1", "Rejected by policy"},
    {551, "", "User not local"},
    {552, "", "Requested mail action aborted: exceeded storage allocation"},
    {552, "5.2.2", "Mailbox full"},
    {553, "", "Requested action not taken: mailbox name not allowed"},
    {554, "", "Transaction failed"},
    {554, "5.7.1", "Relay access denied"},
});

json list(json only) {
  return json::array({std::move(only)});
}

class maker {
 public:
  explicit maker(const std::string& domain) : domain_(domain) {}

  void at_rcpt(const std::string& name, json actions) {
    add(name, "smtp", "rcpt", is_recipient(name, "rcpt"), std::move(actions));
  }
  void at_delivery(const std::string& name, json actions) {
    add(name, "delivery", "deliver", is_recipient(name, "rcpt"), std::move(actions));
  }
  void at_end_of_data(const std::string& name, json actions) {
    json condition = {{"rcpt.any", {{"regex", pattern_of(name) + escaped(domain_) + '$'}}}};
    add(name, "smtp", "end_of_data", std::move(condition), std::move(actions));
  }
  // The first tries for each recipient fail.
  void flaky(const std::string& name, int times) {
    json condition = is_recipient(name, "rcpt");
    condition["all"].push_back({{"nth", {{"from", 1}, {"to", times}, {"per", "rcpt"}}}});
    add(name, "smtp", "rcpt", std::move(condition),
        list({{"reply", {{"code", 451}, {"enhanced", "4.3.0"}, {"text", "Try again later"}}}}));
  }
  [[nodiscard]] std::string document() const { return json{{"rules", rules_}}.dump(); }

 private:
  static std::string escaped(const std::string& text) {
    std::string result;
    for (const char each : text) {
      if (each == '.') result += '\\';
      result += each;
    }
    return result;
  }
  static std::string pattern_of(const std::string& name) {
    return "(?i)^" + escaped(name) + "(\\+[^@]*)?@";
  }
  [[nodiscard]] json is_recipient(const std::string& name, const char* fact) const {
    json domain = {{"rcpt.domain", {{"eq", domain_}}}};
    json local = {{fact, {{"regex", pattern_of(name)}}}};
    return {{"all", json::array({std::move(domain), std::move(local)})}};
  }
  void add(const std::string& name, const char* protocol, const char* stage, json condition,
           json actions) {
    // Behind the rules of a test, which go first.
    rules_.push_back({{"id", "magic/" + name},
                      {"priority", 900'000},
                      {"where", {{"protocol", protocol}, {"stage", stage}}},
                      {"when", std::move(condition)},
                      {"actions", std::move(actions)}});
  }

  std::string domain_;
  json rules_ = json::array();
};

void add_refusals(maker& to) {
  for (const refusal& each : refusals) {
    json reply = {{"code", each.code}, {"text", each.text}};
    std::string name = std::to_string(each.code);
    if (*each.enhanced != '\0') {
      reply["enhanced"] = each.enhanced;
      name.append("-").append(each.enhanced);
    }
    json actions = list({{"reply", std::move(reply)}});
    // RFC 5321 3.8: 421 announces the end.
    if (each.code == 421) actions.push_back({{"close", {{"mode", "fin_drain"}}}});
    to.at_rcpt(name, std::move(actions));
  }
}

void add_bounce(maker& to, const std::string& name, const char* status, const char* diagnostic) {
  json actions = json::array();
  actions.push_back({{"drop", json::object()}});
  actions.push_back({{"bounce", {{"status", status}, {"diagnostic", diagnostic}}}});
  to.at_delivery(name, std::move(actions));
}

void add_deliveries(maker& to) {
  add_bounce(to, "bounce", "5.1.1", "550 5.1.1 User unknown");
  add_bounce(to, "bounce-550-5.1.1", "5.1.1", "550 5.1.1 User unknown");
  add_bounce(to, "bounce-550-5.7.1", "5.7.1", "550 5.7.1 Rejected by policy");
  add_bounce(to, "bounce-552-5.2.2", "5.2.2", "552 5.2.2 Mailbox full");
  to.at_delivery("complaint", list({{"complaint", json::object()}}));
  to.at_delivery("ooto", list({{"auto_reply", {{"text", "I am out of the office."}}}}));
  to.at_delivery("drop", list({{"drop", json::object()}}));
  to.at_delivery("duplicate", list({{"duplicate", {{"copies", 2}}}}));
}

}  // namespace

bool is_magic_domain(std::string_view domain) {
  return !domain.empty() && domain.size() <= 200 &&
         std::all_of(domain.begin(), domain.end(), [](char each) {
           return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '.' ||
                  each == '-';
         });
}

rule_set magic_rules(const std::string& domain) {
  maker all(domain);
  add_refusals(all);
  for (const char* time : {"1s", "5s", "10s", "30s", "60s"}) {
    const json pause = list({{"delay", {{"for", time}}}});
    all.at_rcpt(std::string("delay-") + time, pause);
    all.at_rcpt(std::string("stall-") + time, list({{"stall", {{"max", time}}}}));
  }
  for (int times = 1; times <= 5; ++times) all.flaky("flaky-" + std::to_string(times), times);
  all.at_rcpt("reset", list({{"close", {{"mode", "reset"}}}}));
  all.at_rcpt("close", list({{"close", {{"mode", "fin_drain"}}}}));
  all.at_end_of_data("drop-after-dot", list({{"close", {{"mode", "fin_drain"}}}}));
  all.at_end_of_data("lost-reply", list({{"close", {{"mode", "fin_drain"}, {"stored", true}}}}));
  add_deliveries(all);
  auto loaded = load_rule_set(all.document());
  if (!loaded.rules)
    throw std::logic_error("magic recipients: " + loaded.errors.front().pointer + ' ' +
                           loaded.errors.front().wrong);
  return std::move(*loaded.rules);
}

}  // namespace mailrig::faults
