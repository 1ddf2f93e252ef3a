// One rig with a memory store, a clock that stands still, and an I/O thread that the test plays by
// hand.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/rig/listeners.hpp"
#include "capture/rig/mail_reader.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/worker_pool.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/request.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mailrig::inspector {

class still_clock final : public model::clock {
 public:
  [[nodiscard]] model::instant now() const override { return now_; }
  void tick(model::duration time) { now_ += time; }

 private:
  model::instant now_{model::duration{1'795'327'200'123}};
};

// Grants every wish, in words only, unless the test says otherwise.
class no_listeners final : public rig::listeners {
 public:
  [[nodiscard]] std::vector<rig::listener_info> list() const override { return all; }
  std::optional<rig::port_refusal> open(rig::rig& home,
                                        const std::vector<rig::port_wish>& wishes) override {
    if (refusal && !wishes.empty()) return std::exchange(refusal, std::nullopt);
    for (const rig::port_wish& each : wishes) {
      const std::uint16_t port = each.port != 0 ? each.port : next_port++;
      all.push_back({each.protocol, "127.0.0.1", port,
                     each.protocol + "://localhost:" + std::to_string(port), home.name()});
    }
    return std::nullopt;
  }
  void close(const rig::rig& home) override {
    std::erase_if(all, [&home](const auto& each) { return each.rig == home.name(); });
  }
  void end_sessions(const rig::rig& home) override { ended.push_back(home.name()); }

  std::vector<rig::listener_info> all{
      {"smtp", "127.0.0.1", 2525, "smtp://localhost:2525", "default"},
      {"http", "127.0.0.1", 8025, "http://localhost:8025", ""}};
  std::optional<rig::port_refusal> refusal;
  std::uint16_t next_port = 40'000;
  std::vector<std::string> ended;  // rigs whose sessions were told to end
};

// What the pool posts back waits here until the test runs it.
class hand_played_loop {
 public:
  void post(std::function<void()> work);
  // Runs what was posted, waiting for more, until `is_done`.
  void run_until(const std::function<bool()>& is_done);

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::function<void()>> posted_;
};

// A mail as it stands in a test: lines end in LF there and in CRLF on the wire.
[[nodiscard]] std::string with_crlf(std::string_view text);

struct mail_facts {
  std::string mail_from = "shop@example.com";
  std::vector<std::string> rcpt_to = {"anna@example.org"};
  model::outcome result = model::outcome::accepted;
  std::optional<model::id> session{};  // none: one that nobody knows
  bool is_answered = true;             // of an accepted one: its reply left
};

class world {
 public:
  explicit world(rig::worker_pool::post post, rig::table_limits limits = {});

  [[nodiscard]] rig::rig& rig() { return rigs.default_rig(); }
  [[nodiscard]] services all();
  [[nodiscard]] model::mail_ref make_mail(std::string_view text, const mail_facts& facts = {});
  // Stores a mail and tells observers of it.
  model::mail_ref put(std::string_view text, const mail_facts& facts = {});

  still_clock clock;
  model::uuid7_source ids{7};
  rig::rig_table rigs;
  rig::worker_pool pool;
  rig::mail_reader reader;
  no_listeners listeners;
};

[[nodiscard]] server_settings named_settings();

// Requests without sockets.
struct inspector_test {
  hand_played_loop loop;
  world here{[this](std::function<void()> work) { loop.post(std::move(work)); }};
  server_settings settings = named_settings();
  context with{settings, here.all()};

  // `alter` makes the request another than the ordinary one.
  [[nodiscard]] answer ask(std::string_view verb, std::string_view target,
                           const std::function<void(request&)>& alter = {});
  [[nodiscard]] answer get(std::string_view target) { return ask("GET", target); }
  // With a body, where the endpoint takes one.
  [[nodiscard]] answer send(std::string_view verb, std::string_view target,
                            const std::string& body) {
    return ask(verb, target, [&body](request& asked) {
      asked.body = body;
      asked.body_size = body.size();
    });
  }
  [[nodiscard]] nlohmann::json get_json(std::string_view target);
};

[[nodiscard]] request make_request(std::string_view verb, std::string_view target);
[[nodiscard]] std::string text_of(const answer& what);
[[nodiscard]] nlohmann::json json_of(const answer& what);
// Expects an RFC 9457 problem whose detail contains `said`.
void expect_problem(const answer& what, unsigned status, std::string_view said);
[[nodiscard]] std::string header_of(const answer& what, std::string_view name);

}  // namespace mailrig::inspector
