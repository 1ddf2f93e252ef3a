// The rules of one rig by where they come from: its own set, scenarios that were applied, and those
// that the program generates at start and that nobody takes off.
//
// Owned by the rig, on the I/O thread. Every change is atomic: the engine gets the sum of all
// documents, or what is wrong is named and everything stays as it was.
#pragma once

#include "faults/engine.hpp"
#include "faults/rule_set.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

struct applied_scenario {
  std::string name;
  std::string params;  // a JSON object, defaults included
  model::instant at;   // on the rig's clock
  rule_set rules;      // their ids begin with "NAME/"
};

class rule_book {
 public:
  // Names what a rule set may not hold in this rig, with pointers into it.
  using check = std::function<std::vector<load_error>(const rule_set&)>;
  // Takes the tokens of rules that are gone or changed.
  using changed = std::function<void(const std::vector<std::uint64_t>& gone)>;

  explicit rule_book(engine& rules) : engine_(rules) {}
  void set_check(check what) { check_ = std::move(what); }
  void on_change(changed tell) { tell_ = std::move(tell); }

  using errors = std::vector<load_error>;  // empty: it is done

  // The whole set: scenarios are taken off, too.
  [[nodiscard]] errors put(std::string_view document);
  // All but the generated ones.
  void clear();
  // What a rig that inherits gets: the own set and the scenarios of the other.
  void copy(const rule_book& other);
  void set_generated(rule_set rules);

  struct added {
    errors wrong;
    std::string id;
  };
  // A rule without an id gets one that is free.
  [[nodiscard]] added add_rule(std::string_view rule);
  // In the place of the one of this id, which must be there; an id in `rule` must be the same.
  [[nodiscard]] errors replace_rule(std::string_view id, std::string_view rule);
  // RFC 7396: keys of `patch` replace those of the rule, null takes them away.
  [[nodiscard]] errors patch_rule(std::string_view id, std::string_view patch);
  [[nodiscard]] errors remove_rule(std::string_view id);
  // In the place of all named lists of the own set.
  [[nodiscard]] errors put_list(std::string_view name, std::string_view values);

  // `document` has its parameters filled in. In the place of the same scenario applied before, as
  // if for the first time.
  [[nodiscard]] errors apply(std::string name, std::string params, std::string_view document);
  // False: it was not applied.
  [[nodiscard]] bool take_off(std::string_view name);

  [[nodiscard]] const std::vector<applied_scenario>& scenarios() const { return scenarios_; }
  // The own set as JSON.
  [[nodiscard]] const std::string& document() const { return own_.content; }
  // Where a rule comes from.
  enum class origin : std::uint8_t { nowhere, own, scenario, generated };
  [[nodiscard]] origin origin_of(std::string_view id) const;
  // Stages at which any rule but the generated ones is asked.
  [[nodiscard]] stage_set stages_not_generated(protocol talk) const;
  [[nodiscard]] bool has_generated() const { return !generated_.rules.empty(); }
  // How many rules there are beside the generated ones.
  [[nodiscard]] std::size_t size() const;

 private:
  [[nodiscard]] errors change_own(std::string_view document);
  [[nodiscard]] errors find_conflicts(const rule_set& fresh, std::string_view except) const;
  void publish();

  engine& engine_;
  check check_;
  changed tell_;
  rule_set own_ = {.seed = {}, .machines = {}, .rules = {}, .content = R"({"rules":[]})"};
  std::vector<applied_scenario> scenarios_;
  rule_set generated_;
};

[[nodiscard]] std::string_view to_string(rule_book::origin value);

}  // namespace mailrig::faults
