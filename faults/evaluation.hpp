// Asks the conditions of rules about one event.
//
// `decide` counts, draws and remembers where a leaf is reached; `explain` looks only. Lives for one
// event; owns nothing but scratch space.
#pragma once

#include "faults/counters.hpp"
#include "faults/event.hpp"
#include "faults/hit_log.hpp"
#include "faults/keyed_memory.hpp"
#include "faults/rule_state.hpp"
#include "faults/state_machines.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mailrig::faults {

// Who is banned, by what, until when.
using ban_list = std::vector<keyed_memory<model::instant>>;  // by key_part

// What one leaf saw.
struct leaf_trace {
  const condition* node = nullptr;
  std::uint64_t number = 0;  // a counter's value, or which event of the key it was
  double draw = 0;
  std::uint32_t key = 0;  // its place among the keys, of a leaf that has one
};
// Kept between events, so that an event that no rule is interested in allocates nothing.
struct evaluation_scratch {
  std::vector<leaf_trace> traces;
  std::vector<std::string> keys;
};

// What leaves look at beside the event.
struct engine_memory {
  std::uint64_t forgotten = 0;  // keys, of all memories
  faults::counters counters{forgotten};
  state_machines machines;
  ban_list bans = ban_list(key_part_count);
  std::uint64_t seed = 0;
  evaluation_scratch scratch;
};

class evaluation {
 public:
  enum class mode : std::uint8_t { decide, explain };
  evaluation(const event& facts, model::instant now, engine_memory& memory, mode how)
      : facts_(facts), now_(now), memory_(memory), mode_(how), scratch_(memory.scratch) {}

  [[nodiscard]] bool holds(loaded_rule& rule);
  // The leaf or group that made the last call of holds() answer false; null if it is unknown.
  [[nodiscard]] const condition* failed() const { return failed_; }
  // Whether chance alone made the last answer: explain cannot tell then.
  [[nodiscard]] bool met_chance() const { return met_chance_; }

  // What the rule looked at in the last call of holds(), as texts.
  [[nodiscard]] std::vector<looked_at> facts_looked_at() const;
  [[nodiscard]] std::vector<drawn> draws() const;
  // What a leaf saw: "rcpt.domain is "a.test"".
  [[nodiscard]] std::string seen_by(const condition& node) const;

  // The key of a leaf or limit; an empty `per` is mail_from from MAIL on and client_ip before it.
  [[nodiscard]] std::string key_of(const key_parts& per) const;

 private:
  bool holds(const condition& node);
  bool all_hold(const condition& node);
  bool any_holds(const condition& node);
  bool leaf_holds(const condition& node);

  bool ask(const fact_test& test, leaf_trace& seen);
  bool ask(const comparison& test, leaf_trace& seen);
  bool ask(const time_test& test, leaf_trace& seen);
  bool ask(const list_test& test, leaf_trace& seen);
  bool ask(const count_test& test, leaf_trace& seen);
  bool ask(const state_test& test, leaf_trace& seen);
  bool ask(const banned_test& test, leaf_trace& seen);
  bool ask(const greylist_test& test, leaf_trace& seen);
  bool ask(const seen_test& test, leaf_trace& seen);
  bool ask(const nth_test& test, leaf_trace& seen);
  bool ask(const every_test& test, leaf_trace& seen);
  bool ask(const probability_test& test, leaf_trace& seen);

  const std::string& note_key(leaf_trace& seen, const key_parts& per);
  [[nodiscard]] const std::string& noted_key(const leaf_trace& seen) const {
    return scratch_.keys[seen.key];
  }
  bool fact_holds(const fact_name& what, const predicate& is);
  std::uint64_t count_event(std::uint32_t slot, leaf_trace& seen);

  const event& facts_;
  model::instant now_;
  engine_memory& memory_;
  mode mode_;
  loaded_rule* rule_ = nullptr;
  const condition* failed_ = nullptr;
  bool met_chance_ = false;
  evaluation_scratch& scratch_;
};

// Whether a number or a text is as a predicate wants it.
[[nodiscard]] bool is_met(const predicate& is, std::int64_t number);
[[nodiscard]] bool is_met(const predicate& is, std::string_view text);

}  // namespace mailrig::faults
