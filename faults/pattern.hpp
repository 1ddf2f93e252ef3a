// A regular expression of a rule (RE2): linear in the text, bounded in memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace mailrig::faults {

class pattern {
 public:
  ~pattern();
  // The pattern, or what is wrong with it.
  [[nodiscard]] static std::variant<std::shared_ptr<const pattern>, std::string> compile(
      const std::string& expression);
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  explicit pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace mailrig::faults
