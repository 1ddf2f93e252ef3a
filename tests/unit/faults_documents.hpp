// Rule sets with one part that is tested, and what the loader says of them as text.
#pragma once

#include "faults/rule_set.hpp"

#include <ostream>
#include <string>

namespace mailrig::faults {

inline std::ostream& operator<<(std::ostream& out, const load_error& error) {
  return out << error.pointer << " | " << error.wrong << " | " << error.right;
}

// One rule around what is tested.
inline std::string with_rule(const std::string& rule) {
  return R"({"rules": [)" + rule + "]}";
}
inline std::string with_actions(const std::string& actions, const std::string& stage = "rcpt",
                                const std::string& protocol = "smtp") {
  return with_rule(R"({"where": {"protocol": ")" + protocol + R"(", "stage": ")" + stage +
                   R"("}, "actions": [)" + actions + "]}");
}
inline std::string with_when(const std::string& when, const std::string& stage = R"("rcpt")",
                             const std::string& protocol = "smtp") {
  return with_rule(R"({"where": {"protocol": ")" + protocol + R"(", "stage": )" + stage +
                   R"(}, "when": )" + when + R"(, "actions": [{"omit": {}}]})");
}

inline std::string all_errors(const load_result& result) {
  std::string text;
  for (const load_error& each : result.errors)
    text += each.pointer + " | " + each.wrong + " | " + each.right + '\n';
  return text;
}

}  // namespace mailrig::faults
