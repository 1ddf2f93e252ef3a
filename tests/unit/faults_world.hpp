// A rig's engine without a rig: a clock to set, and clients that come to points of a session.
#pragma once

#include "faults/compose.hpp"
#include "faults/engine.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::faults::testing_world {

class set_clock final : public model::clock {
 public:
  [[nodiscard]] model::instant now() const override { return now_; }
  void advance(model::duration by) { now_ += by; }

 private:
  // A Monday, 2026-11-23 08:00 UTC.
  model::instant now_ =
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{8};
};

// Why the document was not taken, or "".
inline std::string errors_of(const load_result& result) {
  std::string text;
  for (const load_error& each : result.errors)
    text += each.pointer + ": " + each.wrong + " (" + each.right + ")\n";
  return text;
}

class world {
 public:
  // The tokens of the rules that are gone.
  std::vector<std::uint64_t> load(const std::string& json) {
    load_result result = load_rule_set(json);
    EXPECT_EQ(errors_of(result), "") << json;
    if (!result.rules) return {};
    return rules.replace(std::move(*result.rules));
  }
  // One rule around a condition, at one stage of SMTP, that answers 450.
  void load_when(const std::string& stage, const std::string& when, const std::string& more = "") {
    load(R"({"seed": 7, "rules": [)" + rule(stage, when, more) + "]}");
  }
  static std::string rule(const std::string& stage, const std::string& when,
                          const std::string& more = "") {
    return R"({"where": {"protocol": "smtp", "stage": ")" + stage + R"("}, "when": )" + when +
           more + R"(, "actions": [{"reply": {"code": 450, "text": "no"}}]})";
  }

  set_clock clock;
  engine rules{{clock, clock}, 1};
};

// One connection of SMTP and the transaction that it has open.
class client {
 public:
  explicit client(world& where, std::string address = "127.0.0.1")
      : world_(where), address_(std::move(address)) {
    static std::uint64_t next = 0;
    session.id = {1, ++next};
    session.client_address = address_;
    session.server_name = "mailrig.test";
    session.began_at = where.clock.now();
    happen(happening::connection_opened);
  }
  ~client() {
    if (session.is_linked()) happen(happening::connection_closed);
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  [[nodiscard]] event at(model::stage point, std::string_view path = {}) const {
    event facts{.point = point, .client_address = address_, .helo = helo, .path = path};
    facts.session = &session;
    facts.parsed = parsed;
    facts.message = message;
    facts.size = message.size();
    if (has_transaction) {
      facts.envelope = &envelope;
      facts.attempt = &attempt;
    }
    return facts;
  }
  const verdict* ask(model::stage point, std::string_view path = {}) {
    return world_.rules.decide(at(point, path));
  }
  // Whether a rule acted.
  bool meets(model::stage point, std::string_view path = {}) { return ask(point, path) != nullptr; }

  void happen(happening what, std::string_view path = {}) {
    session.in_connection.count(what, message.size());
    session.in_transaction.count(what, message.size());
    world_.rules.observe(what, at(model::stage::mail, path));
  }
  void begin(std::string reverse_path) {
    envelope = {std::move(reverse_path), {}, {}};
    has_transaction = true;
    session.in_transaction = {};
    happen(happening::mail_accepted);
  }
  void add(std::string recipient) {
    envelope.recipients.push_back({std::move(recipient), {}, 250, {}, {}});
    happen(happening::rcpt_accepted);
  }
  void accept() { happen(happening::message_accepted); }
  void end() { has_transaction = false; }
  // One mail from MAIL to the 250, whatever the rules say.
  void send(const std::string& from) {
    begin(from);
    add("b@b.test");
    accept();
    end();
  }

  session_facts session;
  std::string helo = "client.test";
  std::string message = "Subject: hello\r\nMessage-ID: <1@a.test>\r\n\r\nbody\r\n";
  model::id attempt{17, 4};
  model::envelope envelope;
  bool has_transaction = false;
  const parsed_facts* parsed = nullptr;

 private:
  world& world_;
  std::string address_;
};

inline std::vector<std::string> steps_of(const verdict* decided) {
  std::vector<std::string> texts;
  if (decided == nullptr) return texts;
  for (const step& each : decided->steps) texts.push_back(text_of(each));
  return texts;
}

}  // namespace mailrig::faults::testing_world
