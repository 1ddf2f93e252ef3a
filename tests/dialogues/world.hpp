// What a dialogue is played in: a table of rigs with a clock that stands still, ids by count, the
// scripted judge, and the settings that the dialogue asks for. No sockets; one thread at a time.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/pop3/session.hpp"
#include "capture/pop3/settings.hpp"
#include "capture/rig/observer.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/rig/session_recorder.hpp"
#include "capture/smtp/session.hpp"
#include "capture/smtp/settings.hpp"
#include "faults/engine.hpp"
#include "tests/dialogues/script.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailrig::dialogue {

class standing_clock final : public model::clock {
 public:
  [[nodiscard]] model::instant now() const override {
    if (!runs_since_) return now_;
    return now_ + std::chrono::floor<model::duration>(steady::now() - *runs_since_);
  }
  void advance(model::duration time) { now_ += time; }
  // From here on it goes as the time does: over sockets waits end by themselves.
  void run() { runs_since_ = steady::now(); }

 private:
  using steady = std::chrono::steady_clock;

  std::optional<steady::time_point> runs_since_;
  model::instant now_ = std::chrono::sys_days{std::chrono::November / 22 / 2026};
};

// Draws 1, 2, 3 … and remembers how many.
class counting_ids final : public model::id_source {
 public:
  explicit counting_ids(std::uint64_t kind) : kind_(kind) {}
  [[nodiscard]] model::id draw(model::instant) override { return number(++drawn_); }
  [[nodiscard]] model::id number(std::uint64_t n) const { return {kind_, n}; }
  [[nodiscard]] std::uint64_t drawn() const { return drawn_; }

 private:
  std::uint64_t kind_;
  std::uint64_t drawn_ = 0;
};

// n1, n2, n3 …
class counting_nonces final : public wire::nonce_source {
 public:
  [[nodiscard]] std::string draw() override { return 'n' + std::to_string(++drawn_); }

 private:
  std::uint64_t drawn_ = 0;
};

struct world_settings {
  smtp::settings rules;
  pop3::settings pop3_rules;
  rig::table_limits limits;
  rig::rig_table::store_maker make_store;  // empty: in memory
  bool asks_the_rigs = false;              // for verdicts, through the session's router
};

// Throws script_error when a setting is unknown.
[[nodiscard]] world_settings read_settings(const script& played);

class world final : public rig::observer {
 public:
  // `rules`: a rule set as JSON; empty: the scripted faults are all.
  world(const world_settings& settings, std::vector<scripted_fault> faults,
        const std::string& rules = {});
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] std::unique_ptr<wire::protocol_session> make_session(
      protocol spoken, rig::session_recorder& recorder, const std::string& peer,
      std::uint16_t peer_port = 0, std::uint16_t own_port = 0);
  // Stores a mail as if it had come over SMTP; the recipients are parted by commas.
  void add_mail(std::string_view rcpt, std::string_view text);
  [[nodiscard]] rig::rig& home() { return rigs_.default_rig(); }
  [[nodiscard]] rig::rig_table& rigs() { return rigs_; }
  [[nodiscard]] const smtp::settings& rules() const { return rules_; }
  [[nodiscard]] standing_clock& clock() { return clock_; }

  void remove_all_messages();
  // The tokens of rules that are gone. Throws script_error when the rule set is wrong.
  std::vector<std::uint64_t> replace_rules(const std::string& json);
  // Null where the scripted judge decides.
  [[nodiscard]] const faults::engine* engine() const { return engine_.get(); }

  // What the rig told its observers.
  [[nodiscard]] const std::vector<model::id>& announced() const { return announced_; }
  [[nodiscard]] const std::vector<model::mail_ref>& attempts() const { return attempts_; }
  [[nodiscard]] std::size_t sessions_ended() const { return sessions_ended_; }
  // What was said in the n-th session, n counting from 1, as "C: …\r\n" and "S: …\r\n" and "N: …".
  [[nodiscard]] std::string transcript_of(std::size_t session);

  // Every attempt that was begun is kept exactly once, as message or as attempt, and every octet of
  // the budget was given back. Call when all sessions have ended; clears the rig. Throws
  // script_error.
  void check_that_nothing_leaked();

 private:
  void message_announced(const rig::rig&, store::message_uid, const model::mail_ref&) override;
  void messages_removed(const rig::rig&, const std::vector<model::id>&, rig::removal) override;
  void attempt_ended(const rig::rig&, const model::mail_ref&) override;
  void session_ended(const rig::rig&, const rig::session_record&) override;

  smtp::settings rules_;
  pop3::settings pop3_rules_;
  smtp::announcements texts_;
  standing_clock clock_;
  counting_ids session_ids_{1};
  counting_ids attempt_ids_{2};
  counting_nonces nonces_;
  rig::rig_table rigs_;
  bool asks_the_rigs_;
  scripted_judge scripted_;
  std::unique_ptr<faults::engine> engine_;  // null: the scripted judge decides
  std::vector<model::id> announced_;
  std::vector<model::id> evicted_;
  std::vector<model::mail_ref> attempts_;
  std::size_t sessions_ended_ = 0;
};

}  // namespace mailrig::dialogue
