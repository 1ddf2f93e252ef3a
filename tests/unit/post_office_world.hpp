// A post office in a rig that is nothing else: a clock to set, rules as JSON, mails that come in,
// and what its mailboxes then hold.
#pragma once

#include "capture/delivery/mailbox_reading.hpp"
#include "capture/delivery/parsed_mail.hpp"
#include "capture/delivery/post_office.hpp"
#include "capture/model/mail_builder.hpp"
#include "capture/store/memory_store.hpp"
#include "tests/contract/make_mail.hpp"
#include "tests/unit/faults_world.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mailrig::delivery::testing_world {

using namespace std::chrono_literals;

struct posted {
  std::vector<std::string> to = {"bob@b.test"};
  std::string from = "alice@a.test";
  std::string text = "Subject: hello\r\nMessage-ID: <1@a.test>\r\n\r\nbody\r\n";
  std::string mail_parameters = {};
  std::string rcpt_parameters = {};
};

class office_world : public surroundings {
 public:
  // Rules at the stage `deliver`, or another of `delivery`.
  void rule(const std::string& actions, const std::string& when = "",
            const std::string& stage = "deliver") {
    rules_ += rules_.empty() ? "" : ",";
    rules_ += R"({"where": {"protocol": "delivery", "stage": ")" + stage + R"("}, )" +
              (when.empty() ? "" : R"("when": )" + when + ", ") + R"("actions": [)" + actions +
              "]}";
    judge.load(R"({"seed": 7, "rules": [)" + rules_ + "]}");
  }
  // 0 while the mail is examined.
  store::message_uid post(const posted& what = {}) {
    model::envelope envelope{what.from, what.mail_parameters, {}};
    for (const std::string& each : what.to)
      envelope.recipients.push_back({each, what.rcpt_parameters, 250, {2, 1, 5}, "Ok"});
    model::mail_builder builder(budget_, envelope, 0);
    builder.append(what.text);
    model::attempt_facts facts;
    facts.attempt = {7, ++posted_};
    facts.session = {1, 1};
    facts.result = model::outcome::accepted;
    facts.ended_at = judge.clock.now();
    const auto uid = std::make_shared<store::message_uid>(0);
    office.take(builder.finish(facts, ""), [uid](const auto& put) { *uid = put->uid; });
    return *uid;
  }
  // Lets time pass, doing what falls due on the way.
  void advance(model::duration by) {
    const model::instant end = judge.clock.now() + by;
    for (auto due = office.next_due(); due && *due <= end; due = office.next_due()) {
      if (*due > judge.clock.now()) judge.clock.advance(*due - judge.clock.now());
      office.run_due(*due);
    }
    judge.clock.advance(end - judge.clock.now());
  }
  // Numbers of the mails that a login sees, with ".2" for further copies.
  std::vector<std::string> seen_by(std::string_view name) {
    std::vector<std::string> seen;
    const auto opened = boxes.open({name, {9, 9}, judge.clock.now()}, {});
    for (const model::mailbox_entry& each : opened.entries)
      seen.push_back(std::to_string(each.message.low) +
                     (each.copy > 1 ? '.' + std::to_string(each.copy) : ""));
    boxes.close(opened.name, {9, 9});
    return seen;
  }
  std::string read_by(std::string_view name, std::uint64_t mail) {
    const model::mail_ref content = boxes.content(name, {7, mail});
    return content ? std::string(content->bytes()) : "gone";
  }
  // "bob@b.test: delayed until 08:00:30 by r1".
  std::string fates_of(store::message_uid uid) const {
    std::string text;
    const store::entry stored = messages.get(uid);
    if (!stored.fates) return "";
    for (const model::recipient_fate& each : stored.fates->recipients) {
      if (!text.empty()) text += ", ";
      text += each.address + ": " + std::string(model::to_string(each.what));
      if (each.until) text += " until " + model::to_rfc3339(*each.until).substr(11, 8);
      if (each.copies != 1) text += " copies " + std::to_string(each.copies);
      if (!each.altered.empty()) text += " by " + each.altered;
    }
    return text;
  }
  // What a login sees once the rules of `mailbox_read` were asked: numbers, octets, and whose
  // content differs.
  std::vector<std::string> listed_for(std::string_view name) {
    auto opened = boxes.open({name, {9, 9}, judge.clock.now()}, {});
    mailbox_reading reading(office, opened.name, {9, 9}, opened.entries);
    std::shared_ptr<const faults::parsed_facts> facts;
    while (const model::mail_ref mail = reading.go_on(facts)) {
      examined_to_read.push_back(mail->id().low);
      facts = parse(mail->bytes(), reading.wanted());
    }
    opened.entries = reading.take_listing();
    const post_office::contents contents = reading.take_differing();
    boxes.close(opened.name, {9, 9});
    std::vector<std::string> lines;
    for (const model::mailbox_entry& each : opened.entries) {
      std::string line = std::to_string(each.message.low);
      if (each.copy > 1) line += '.' + std::to_string(each.copy);
      line += ' ' + std::to_string(each.octets);
      const auto found = contents.find({each.message, each.copy});
      if (found != contents.end()) line += ' ' + std::string(found->second->bytes().substr(0, 8));
      lines.push_back(std::move(line));
    }
    return lines;
  }
  std::vector<std::string> mails_for(std::string_view name) {
    std::vector<std::string> texts;
    const auto opened = boxes.open({name, {9, 9}, judge.clock.now()}, {});
    for (const model::mailbox_entry& each : opened.entries)
      texts.emplace_back(boxes.content(opened.name, each.message)->bytes());
    boxes.close(opened.name, {9, 9});
    return texts;
  }

  [[nodiscard]] model::instant rig_time() const override { return judge.clock.now(); }
  [[nodiscard]] model::instant real_time() const override {
    return std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  }
  [[nodiscard]] model::instant taken_at(const model::mail_record& mail) const override {
    return mail.facts().ended_at;
  }
  [[nodiscard]] model::id draw_id() override { return {8, ++drawn_}; }
  [[nodiscard]] model::memory_budget& budget() override { return budget_; }
  [[nodiscard]] bool is_judged(const model::mail_record&) const override {
    ++asked;
    return true;
  }
  void describe(const model::id& session, faults::session_facts& into) const override {
    into.id = session;
    into.client_address = "192.0.2.7";
  }
  void examine(const model::mail_ref& mail, faults::parsed_fact_set wanted,
               examined done) override {
    auto work = [mail, wanted, done = std::move(done)] { done(parse(mail->bytes(), wanted)); };
    examines_later ? to_examine.push_back(std::move(work)) : work();
  }
  [[nodiscard]] bool make_room(std::size_t) override { return has_room; }
  void announce(const model::id& message) override { announced.push_back(message); }
  void fate_given(model::fate what) override { ++given[what]; }
  void fate_changed(const model::id& message) override { changed.push_back(message.low); }
  void due_changed() override { ++due_told; }

  faults::testing_world::world judge;
  store::memory_store messages;
  mailboxes boxes{messages};
  post_office office{messages, boxes, judge.rules, *this};
  mutable int asked = 0;
  int due_told = 0;
  bool has_room = true;
  bool examines_later = false;  // when a test says so
  std::vector<std::function<void()>> to_examine;
  std::vector<std::uint64_t> examined_to_read;  // mails that a listing had to wait for
  std::vector<model::id> announced;
  std::map<model::fate, int> given;
  std::vector<std::uint64_t> changed;

 private:
  store::contract::endless_budget budget_;
  std::uint64_t posted_ = 0;
  std::uint64_t drawn_ = 0;
  std::string rules_;
};

}  // namespace mailrig::delivery::testing_world
