// Those who wait for mail: told when enough has come, at once or later, without anybody polling.
//
// One for the process, on the I/O thread. It knows no timer: whoever owns it arms one for
// next_due() and calls tick(). A mail is held against the waits of its rig once it is announced;
// what can be said without reading it is said at once, the rest is judged on the pool, each mail
// read once.
#pragma once

#include "capture/rig/mail_search.hpp"
#include "capture/rig/mark.hpp"
#include "capture/rig/observer.hpp"
#include "capture/rig/rig_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace mailrig::rig {

enum class wait_kind : std::uint8_t { messages, attempts };

struct wait_request {
  wait_kind kind = wait_kind::messages;
  query_ref wanted;
  std::uint64_t after = 0;  // the uid or the attempt's number behind which it counts
  std::size_t count = 1;    // at least, or exactly, so many
  bool is_exact = false;
  model::duration timeout{10'000};
  model::duration settle{2'000};  // of an exact wait: how long nothing more may match
};

enum class wait_outcome : std::uint8_t {
  met,
  timed_out,
  exceeded,  // more matched than an exact wait allows
  emptied,   // the rig was emptied or deleted
  stopped,   // the program ends
  busy,      // the pool takes no more work; also from within add()
};

struct wait_result {
  wait_outcome how = wait_outcome::met;
  std::vector<search_hit> hits;  // newest first, at most waiters::most_hits
  std::size_t matched = 0;
  model::duration waited{0};
  model::duration quiet{0};   // since the last match, or since the wait began
  std::uint64_t evicted = 0;  // messages of the rig, meanwhile
};

class waiters final : public observer {
 public:
  using steady = std::chrono::steady_clock;
  using callback = std::function<void(wait_result)>;
  using wait_id = std::uint64_t;

  static constexpr std::size_t most_waiters = 10'000;
  static constexpr std::size_t most_hits = 500;

  // `now` is asked for the time; `due_changed` is told when next_due() became earlier.
  waiters(rig_table& rigs, mail_search& search, std::function<steady::time_point()> now,
          std::function<void()> due_changed);
  ~waiters() override;
  waiters(const waiters&) = delete;
  waiters& operator=(const waiters&) = delete;

  // Nothing: there are too many. `done` is called once, also from within, unless the wait is
  // cancelled.
  [[nodiscard]] std::optional<wait_id> add(rig& where, wait_request what, callback done);
  // Nobody is interested any more.
  void cancel(wait_id which);
  [[nodiscard]] std::size_t count() const { return waits_.size(); }
  [[nodiscard]] std::optional<steady::time_point> next_due() const;
  void tick();
  // Ends all waits.
  void stop();

  void message_announced(const rig& where, store::message_uid uid,
                         const model::mail_ref& mail) override;
  void attempt_ended(const rig& where, const model::mail_ref& attempt) override;
  void rig_changed(const rig& where, rig_change what) override;

 private:
  struct wait {
    wait_id id;
    std::shared_ptr<rig> where;
    wait_request what;
    callback done;
    steady::time_point began;
    steady::time_point last_match;
    std::uint64_t evicted_before;
    std::uint64_t live_from;       // what has a smaller uid, the first search finds
    std::size_t open_answers = 1;  // of the first search, and of mails on the pool
    std::size_t matched = 0;
    std::vector<search_hit> hits;
    steady::time_point due;
    std::string address;  // indexed by it; empty: it looks at every mail
  };
  // The waits of one rig and one kind.
  struct audience {
    std::vector<wait_id> everywhere;
    std::unordered_multimap<std::string, wait_id> by_recipient;
    std::vector<wait_id> exact;
  };
  struct queued {
    search_question question;
    std::vector<wait_id> who;
    store::message_uid uid;
  };
  using audience_key = std::pair<const rig*, wait_kind>;

  [[nodiscard]] bool search_now(wait& one);
  void begin_search(wait& one);
  void mail_came(const rig& where, wait_kind kind, store::message_uid uid,
                 const store::entry& entry);
  [[nodiscard]] std::vector<wait_id> concerned(const audience& all,
                                               const model::mail_record& mail) const;
  void judge_now(const rig& where, const std::vector<wait_id>& who, store::message_uid uid,
                 const store::entry& entry);
  void judge_later(queued one);
  [[nodiscard]] std::vector<query_ref> queries_of(const std::vector<wait_id>& who);
  void send_to_pool();
  void judged(const std::vector<queued>& asked,
              const std::optional<std::vector<search_verdicts>>& verdicts);
  void add_hit(wait& one, search_hit hit);
  void look_at(wait_id which);
  void look_at_exact(const rig& where, wait_kind kind);
  void set_due(wait& one, steady::time_point when);
  void finish(wait_id which, wait_outcome how);
  void leave(const wait& one);
  [[nodiscard]] wait* find(wait_id which);

  rig_table& rigs_;
  mail_search& search_;
  std::function<steady::time_point()> now_;
  std::function<void()> due_changed_;
  // Completions that come back from the pool find out whether this is still there.
  std::shared_ptr<waiters*> self_;
  wait_id last_id_ = 0;
  std::unordered_map<wait_id, std::unique_ptr<wait>> waits_;
  std::map<audience_key, audience> audiences_;
  std::multimap<steady::time_point, wait_id> due_;
  std::vector<queued> queue_;
  bool is_judging_ = false;
};

}  // namespace mailrig::rig
