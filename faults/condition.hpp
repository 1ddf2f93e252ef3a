// When a rule acts: a tree of leaves, as it was loaded. Values only; evaluation.hpp asks them.
//
// The children of a node stand in the order in which they are asked: facts, lists, counters, state,
// memory, order, chance. A leaf is reached only if the earlier ones hold.
#pragma once

#include "capture/model/clock.hpp"
#include "faults/fact.hpp"
#include "faults/ip_network.hpp"
#include "faults/keys.hpp"
#include "faults/window.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace mailrig::faults {

enum class operation : std::uint8_t {
  eq,
  ne,
  in,
  glob,
  regex,
  contains,
  starts,
  ends,
  lt,
  le,
  gt,
  ge,
  between,
  cidr,
  exists,
};
inline constexpr std::size_t operation_count = static_cast<std::size_t>(operation::exists) + 1;
[[nodiscard]] std::string_view to_string(operation value);
[[nodiscard]] std::optional<operation> find_operation(std::string_view name);

// A regular expression, searched for anywhere in a text, in time linear in it.
class pattern;

// One `{"op": value}`. An absent fact satisfies `exists: false` and nothing else.
struct predicate {
  operation op = operation::eq;
  std::vector<std::string> texts;     // in lower case (eq, ne, in, glob, contains, starts, ends)
  std::vector<std::int64_t> numbers;  // times in milliseconds; between holds two, both included
  bool flag = false;                  // of a flag, and of exists
  std::vector<ip_network> networks;
  std::shared_ptr<const pattern> expression;
  std::string written;  // the value as JSON, for explanations
};

struct fact_test {
  fact_name what;
  std::vector<predicate> all;
};

// {"cmp": ["mail_from", "ne", "auth.user"]}
struct comparison {
  fact_name left;
  operation op = operation::eq;
  fact_name right;
};

// A named list made ready for one fact: whole values or globs, or, for texts, words within.
struct value_list {
  bool is_contained = false;  // an entry need only occur within the value
  std::unordered_set<std::string> exact;
  std::vector<std::string> others;  // globs, or the words that are looked for
};
struct list_test {
  fact_name what;
  std::string name;
  std::shared_ptr<const value_list> values;
};

struct count_test {
  counter_spec counter;
  predicate is;
  std::uint32_t slot = 0;  // which of the rule's counters
};

// Times of the rig's clock, since the load of the rule or of the day.
struct time_test {
  enum class kind : std::uint8_t { after, before, daily };
  kind what = kind::after;
  model::duration since_load{0};
  model::duration from{0};    // of the day
  model::duration to{0};      // of the day; before `from`: over midnight
  model::duration offset{0};  // east of UTC
};

struct state_test {
  std::string machine;
  std::vector<std::string> is;
};

struct banned_test {
  key_part by = key_part::client_ip;
};
// True while the key must still be refused.
struct greylist_test {
  key_parts key;
  model::duration min{0};
  model::duration max{0};  // a key that comes back later than this begins anew
  std::uint32_t slot = 0;
};
struct seen_test {
  key_parts key;
  std::uint32_t slot = 0;
};

// The default of `per`: mail_from from MAIL on, client_ip before it.
struct nth_test {
  std::uint64_t from = 1;
  std::uint64_t to = 1;
  key_parts per;  // empty: the default
  std::uint32_t slot = 0;
};
struct every_test {
  std::uint64_t n = 1;
  key_parts per;
  std::uint32_t slot = 0;
};
struct probability_test {
  double p = 0;
  key_parts per;
  std::uint32_t slot = 0;
};

using leaf =
    std::variant<fact_test, comparison, time_test, list_test, count_test, state_test, banned_test,
                 greylist_test, seen_test, nth_test, every_test, probability_test>;

// The order in which leaves are asked.
enum class leaf_rank : std::uint8_t { fact, list, counter, state, memory, order, chance };
[[nodiscard]] leaf_rank rank_of(const leaf& value);

struct condition {
  enum class kind : std::uint8_t { all, any, negation, single };
  kind what = kind::all;
  std::vector<condition> parts;  // of a negation exactly one; `all` of nothing holds
  leaf test;                     // of a single leaf
  std::string pointer;           // where it stands in its rule: "/when/all/0/rcpt.domain"
  leaf_rank rank = leaf_rank::fact;
};

// Puts the parts of `node` and of everything below it into the order in which they are asked.
void put_in_order(condition& node);

}  // namespace mailrig::faults
