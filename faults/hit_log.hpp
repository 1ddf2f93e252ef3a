// What is kept of each time that a rule acted: the last 10,000.
//
// Owned by the engine; filled when the decision is made and once more when it was carried out.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "faults/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailrig::faults {

inline constexpr std::size_t most_hits_kept = 10'000;

// A fact, a counter or a state that the rule looked at, and what it was.
struct looked_at {
  std::string name;
  std::string value;
  friend bool operator==(const looked_at&, const looked_at&) = default;
};

struct drawn {
  double value = 0;
  double threshold = 0;
  std::string key;
  std::uint64_t n = 0;
};

struct executed {
  std::uint64_t octets_written = 0;
  std::uint64_t octets_read = 0;
  std::string ended_by;  // "done", "client_fin", "client_reset", "released", "max"
};

struct hit {
  std::uint64_t number = 0;  // from 1, without gaps
  model::instant at;         // real time
  model::instant rig_time;
  std::uint64_t seed = 0;
  std::string rule;
  protocol talk = protocol::smtp;
  model::stage point = model::stage::connect;
  model::id session;
  std::string attempt;  // the id of the transaction, later of its message; empty outside one
  std::vector<looked_at> facts;
  std::vector<drawn> draws;
  std::vector<std::string> decision;  // one text for each step
  std::optional<executed> done;       // once it was carried out
};

class hit_log {
 public:
  // The number that the next hit gets.
  [[nodiscard]] std::uint64_t next_number() const { return next_; }
  void add(hit what);
  // Nothing happens if the hit is no longer kept.
  void set_executed(std::uint64_t number, executed how);
  // Null if it is not, or no longer, kept.
  [[nodiscard]] const hit* find(std::uint64_t number) const;

  // Of one transaction, the oldest first; as far as they are kept.
  [[nodiscard]] std::vector<const hit*> of_attempt(const std::string& attempt) const;

  // The oldest first.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t n = next_ - ring_.size(); n < next_; ++n) visit(ring_[place_of(n)]);
  }
  [[nodiscard]] std::size_t size() const { return ring_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return next_ - 1 - ring_.size(); }
  // Numbers go on.
  void clear();

 private:
  [[nodiscard]] std::size_t place_of(std::uint64_t number) const {
    return static_cast<std::size_t>((number - first_) % most_hits_kept);
  }
  void forget(const hit& oldest);

  std::vector<hit> ring_;
  std::unordered_map<std::string, std::vector<std::uint64_t>> by_attempt_;  // numbers of hits
  std::uint64_t next_ = 1;
  std::uint64_t first_ = 1;  // the number that stands at place 0 of the ring's first round
};

}  // namespace mailrig::faults
