// Which rules may act at a point: found without asking those that cannot.
//
// Rules that want an address, its domain or its local part to be one thing are found by that value;
// only the others are asked one by one. Built anew when the rules are replaced; points to rules,
// owns none.
#pragma once

#include "faults/event.hpp"
#include "faults/rule_state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailrig::faults {

class rule_index {
 public:
  // In the order in which they are asked; positions in it name the rules.
  void build(const std::vector<std::unique_ptr<loaded_rule>>& rules);

  // Positions of the rules that may act on this event, in order. Valid until the next call.
  [[nodiscard]] const std::vector<std::uint32_t>& candidates(const event& facts);

  [[nodiscard]] stage_set stages_of(protocol talk) const;
  // The first count of octets from `from` on at which a rule of that body stage is asked.
  [[nodiscard]] std::optional<std::uint64_t> next_mark(protocol talk, model::stage body,
                                                       std::uint64_t from) const;
  [[nodiscard]] std::optional<model::duration> next_idle_mark(protocol talk,
                                                              model::duration from) const;
  [[nodiscard]] parsed_fact_set wanted_at(protocol talk, model::stage point) const;

 private:
  using positions = std::vector<std::uint32_t>;
  enum class part : std::uint8_t { whole, domain, local };
  struct by_value {
    fact what = fact::rcpt;
    part of = part::whole;
    std::unordered_map<std::string, positions> rules;
  };
  struct point_rules {
    positions plain;
    std::vector<by_value> equal;
    std::vector<std::uint64_t> marks;         // sorted
    std::vector<model::duration> idle_marks;  // sorted
    parsed_fact_set wanted;
  };
  // What a rule wants a fact to be, whatever else it wants.
  struct wanted_values {
    fact what;
    part of;
    std::vector<std::string> values;
  };
  [[nodiscard]] static std::optional<wanted_values> find_equality(const condition& node);
  [[nodiscard]] static std::optional<wanted_values> find_equality(fact what, const predicate& is);
  using points = std::array<std::array<point_rules, model::stage_count>, protocol_count>;

  [[nodiscard]] const point_rules& at(protocol talk, model::stage where) const {
    return (*points_)[static_cast<std::size_t>(talk)][static_cast<std::size_t>(where)];
  }
  void add(point_rules& where, model::stage stage, std::uint32_t position, const rule& what);
  static void thin_out(point_rules& where);
  void gather(const by_value& index, const event& facts);
  void gather(const by_value& index, std::string_view value);

  std::unique_ptr<points> points_ = std::make_unique<points>();
  positions found_;
  std::string scratch_;
};

}  // namespace mailrig::faults
