// The counters that loaded rules name, and the sessions that are open: fed whether or not a rule
// fires.
//
// Owned by the engine. Every counter is bounded in keys and in marks; what one connection or one
// transaction did is not counted here but read from the session's own tallies.
#pragma once

#include "faults/event.hpp"
#include "faults/keyed_memory.hpp"
#include "faults/tally.hpp"
#include "faults/window.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/intrusive/list.hpp>

namespace mailrig::faults {

class counter {
 public:
  // Keys that it forgets are added to `forgotten`.
  counter(counter_spec spec, std::uint64_t& forgotten)
      : spec_(std::move(spec)), sums_(most_keys, &forgotten), distinct_(most_keys, &forgotten) {}

  [[nodiscard]] const counter_spec& spec() const { return spec_; }
  void feed(const event& facts, model::instant now, std::string& scratch);
  // Against the key of this event.
  [[nodiscard]] std::uint64_t value(const event& facts, model::instant now,
                                    std::string& scratch) const;
  void clear();
  [[nodiscard]] std::size_t keys() const { return sums_.size() + distinct_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const {
    return sums_.forgotten() + distinct_.forgotten();
  }

 private:
  // False: the event has no such key.
  [[nodiscard]] bool make_key(const event& facts, std::string& key) const;
  void add(std::string_view key, model::instant now, std::uint64_t amount);

  counter_spec spec_;
  keyed_memory<tally> sums_;
  keyed_memory<distinct_tally> distinct_;
  std::size_t marks_ = 0;
};

using counter_ref = std::shared_ptr<counter>;

class counters {
 public:
  explicit counters(std::uint64_t& forgotten) : forgotten_(forgotten) {}

  // The counter of that kind; a new one begins at nothing.
  [[nodiscard]] counter_ref use(const counter_spec& spec);
  // After the rules changed: counters that nobody else holds are let go.
  void forget_unused();
  // The next session is the first one again.
  void clear();

  void observe(happening what, const event& facts, model::instant now);
  [[nodiscard]] std::uint64_t value(const counter& which, const event& facts,
                                    model::instant now) const;
  // Bits of the happenings that must be told.
  [[nodiscard]] std::uint32_t wanted() const;
  [[nodiscard]] const std::vector<counter_ref>& all() const { return all_; }
  // Whether one of them needs the fingerprint of accepted mail.
  [[nodiscard]] bool wants_fingerprint() const;
  [[nodiscard]] std::size_t open_sessions() const;

 private:
  using session_list =
      boost::intrusive::list<session_facts, boost::intrusive::constant_time_size<false>>;
  using open_counts = std::unordered_map<std::string, std::uint64_t>;

  void open(session_facts& session, model::instant now);
  void close(session_facts& session, model::instant now);
  void count_open_sessions();
  static void decrease(open_counts& counts, std::string_view key);

  std::uint64_t& forgotten_;
  std::vector<counter_ref> all_;
  std::array<std::vector<counter*>, happening_count> fed_by_;
  bool counts_open_ = false;  // a rule asks how many connections are open
  session_list sessions_;
  std::uint64_t opened_ = 0;  // ever
  std::uint64_t open_ = 0;
  open_counts open_by_address_;
  open_counts open_by_user_;
  mutable std::string scratch_;
};

}  // namespace mailrig::faults
