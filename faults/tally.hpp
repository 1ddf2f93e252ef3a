// How much stands against one key of a counter, over its window.
//
// Time never goes back; whoever calls sees to that. Bounded: exact up to 4,096 marks in a sliding
// window, past which a mark may leave a 4,096th of the window early.
#pragma once

#include "capture/model/clock.hpp"
#include "faults/keyed_memory.hpp"
#include "faults/window.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <boost/circular_buffer.hpp>

namespace mailrig::faults {

inline constexpr std::size_t most_exact_marks = 4096;

class tally {
 public:
  void add(const counter_spec& spec, model::instant now, std::uint64_t amount);
  // Lets go of marks that left the window.
  void expire(const counter_spec& spec, model::instant now);
  [[nodiscard]] std::uint64_t value(const counter_spec& spec, model::instant now) const;
  // Marks that it holds in memory.
  [[nodiscard]] std::size_t marks() const { return marks_.size(); }

 private:
  struct mark {
    model::instant at;
    std::uint64_t amount;
  };
  void add_mark(const counter_spec& spec, model::instant now, std::uint64_t amount);
  [[nodiscard]] std::uint64_t level(const window& within, model::instant now) const;

  std::uint64_t sum_ = 0;    // of the running period; of a bucket the level, in tokens times length
  std::int64_t period_ = 0;  // which stretch or day `sum_` is of
  model::instant last_{};    // when the bucket's level was taken
  boost::circular_buffer<mark> marks_;
};

// Different values that stand against one key: the domains of senders.
class distinct_tally {
 public:
  void add(const counter_spec& spec, model::instant now, std::string_view value);
  [[nodiscard]] std::uint64_t value(const counter_spec& spec, model::instant now) const;

 private:
  std::int64_t period_ = 0;
  std::unique_ptr<keyed_memory<model::instant>> seen_;
};

// Which stretch or day of a fixed window a time lies in; 0 for other windows.
[[nodiscard]] std::int64_t period_of(const window& within, model::instant now);

}  // namespace mailrig::faults
