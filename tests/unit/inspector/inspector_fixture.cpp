#include "inspector_fixture.hpp"

#include "capture/model/mail_builder.hpp"
#include "capture/store/memory_store.hpp"
#include "webui/inspector/router.hpp"

#include <map>
#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailrig::inspector {

void hand_played_loop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
  }
  came_.notify_one();
}

void hand_played_loop::run_until(const std::function<bool()>& is_done) {
  while (!is_done()) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      if (!came_.wait_for(lock, std::chrono::seconds(30), [this] { return !posted_.empty(); }))
        throw std::runtime_error("nothing was posted back within 30 s");
      work = std::move(posted_.front());
      posted_.pop_front();
    }
    work();
  }
}

std::string with_crlf(std::string_view text) {
  std::string result;
  for (const char each : text) {
    if (each == '\n') result += '\r';
    result += each;
  }
  return result;
}

world::world(rig::worker_pool::post post, rig::table_limits limits)
    : rigs(limits, clock, ids, [] { return std::make_unique<store::memory_store>(); }),
      pool(post),
      reader(pool, post) {}

services world::all() {
  return {.rigs = rigs,
          .pool = pool,
          .reader = reader,
          .listeners = listeners,
          .find_page = {},
          .is_ready = {}};
}

model::mail_ref world::make_mail(std::string_view text, const mail_facts& facts) {
  model::envelope envelope;
  envelope.reverse_path = facts.mail_from;
  for (const std::string& each : facts.rcpt_to)
    envelope.recipients.push_back({each, "", 250, {2, 1, 5}, "Ok"});
  const std::string octets = with_crlf(text);
  model::mail_builder builder(rigs, envelope, octets.size());
  builder.append(octets);
  model::attempt_facts attempt;
  attempt.attempt = ids.draw(clock.now());
  attempt.session = facts.session ? *facts.session : ids.draw(clock.now());
  attempt.started_at = clock.now();
  attempt.ended_at = clock.now();
  attempt.result = facts.result;
  attempt.reached = model::stage::end_of_data;
  attempt.reply_code = facts.result == model::outcome::accepted ? 250 : 552;
  attempt.reply_enhanced = facts.result == model::outcome::accepted ? model::enhanced_code{2, 0, 0}
                                                                    : model::enhanced_code{5, 3, 4};
  if (!facts.is_answered) {
    attempt.reply_code = 0;
    attempt.reply_enhanced = {};
  }
  attempt.octets_received = octets.size();
  return builder.finish(attempt, facts.result == model::outcome::accepted ? "" : "Too large");
}

model::mail_ref world::put(std::string_view text, const mail_facts& facts) {
  model::mail_ref mail = make_mail(text, facts);
  rig().deliver(mail, [](const auto& put) {
    if (!put) throw std::runtime_error("the store had no room");
  });
  rig().announce(mail->id());
  return mail;
}

server_settings named_settings() {
  server_settings result;
  result.version = "1.2.3";
  return result;
}

request make_request(std::string_view verb, std::string_view target) {
  static const std::map<std::string_view, method> verbs = {
      {"GET", method::get},        {"HEAD", method::head},   {"POST", method::post},
      {"PUT", method::put},        {"PATCH", method::patch}, {"DELETE", method::delete_},
      {"OPTIONS", method::options}};
  request asked;
  const auto known = verbs.find(verb);
  asked.verb = known == verbs.end() ? method::other : known->second;
  asked.verb_text = verb;
  asked.where = parse_target(target).value();
  asked.host = "localhost:8025";
  asked.host_count = 1;
  return asked;
}

answer inspector_test::ask(std::string_view verb, std::string_view target,
                           const std::function<void(request&)>& alter) {
  request asked = make_request(verb, target);
  if (alter) alter(asked);
  std::optional<answer> given;
  dispatch(asked, with, [&given](answer what) { given = std::move(what); });
  loop.run_until([&given] { return given.has_value(); });
  return std::move(*given);
}

nlohmann::json inspector_test::get_json(std::string_view target) {
  return json_of(get(target));
}

std::string text_of(const answer& what) {
  return std::string(what.body());
}

nlohmann::json json_of(const answer& what) {
  return nlohmann::json::parse(what.body());
}

void expect_problem(const answer& what, unsigned status, std::string_view said) {
  EXPECT_EQ(what.status, status) << text_of(what);
  ASSERT_EQ(what.content_type, "application/problem+json");
  const nlohmann::json body = json_of(what);
  EXPECT_EQ(body.at("status"), status);
  EXPECT_TRUE(body.at("type").is_string() && body.at("title").is_string());
  EXPECT_THAT(body.at("detail").get<std::string>(), testing::HasSubstr(std::string(said)));
}

std::string header_of(const answer& what, std::string_view name) {
  for (const header& each : what.headers)
    if (each.name == name) return each.value;
  return {};
}

}  // namespace mailrig::inspector
