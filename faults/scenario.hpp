// A scenario: a named story for one test, as a file says it: rules with parameters, what clients
// then see, what a robust app does, what a test may expect.
//
// Plain values; nobody owns them. A parameter stands in the file as a string "$name", which becomes
// its value, or inside of one as "${name}". A key whose value becomes null is left out.
#pragma once

#include "faults/rule_set.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::faults {

struct scenario_parameter {
  std::string name;
  std::string title;
  std::string kind;                  // "number", "text", "duration", "flag"
  std::string standard;              // its default, as JSON
  std::vector<std::string> choices;  // empty: any
  // It counts only where another parameter has this value, and is null elsewhere.
  struct condition {
    std::string parameter;  // empty: it always counts
    std::string value;
  };
  condition when{};
};

class scenario {
 public:
  // The scenario, or everything that is wrong with the file.
  [[nodiscard]] static std::variant<scenario, std::vector<load_error>> parse(std::string_view json);

  // As letters, digits, '-', '_' and '.'.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const std::vector<scenario_parameter>& parameters() const { return parameters_; }
  // The file as JSON.
  [[nodiscard]] const std::string& text() const { return text_; }

  struct wish {
    std::string params = "{}";   // a JSON object
    std::string ttl = {};        // of each rule, "10m"; empty: what the file says
    std::uint64_t max_hits = 0;  // of each rule; 0: what the file says
  };
  struct instance {
    std::string document;  // ready for load_rule_set()
    std::string params;    // all of them, defaults included
  };
  // A number may be given as its text, as command lines do.
  [[nodiscard]] std::variant<instance, std::vector<load_error>> fill(const wish& wanted) const;

 private:
  std::string name_;
  std::string title_;
  std::vector<scenario_parameter> parameters_;
  std::string text_;
};

// The scenarios that mailrig brings along, in the order of their names.
[[nodiscard]] std::span<const scenario> catalogue();
// Null if there is none.
[[nodiscard]] const scenario* find_scenario(std::string_view name);
// The name that is most like it.
[[nodiscard]] std::string_view nearest_scenario(std::string_view name);

}  // namespace mailrig::faults
