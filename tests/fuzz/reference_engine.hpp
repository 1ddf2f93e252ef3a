// The slow engine that the real one is compared with: see fault_story.hpp.
#pragma once

#include "capture/model/clock.hpp"
#include "tests/fuzz/fault_story.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

namespace mailrig::faults::story {

class reference_engine {
 public:
  void load(const std::string& rules, model::instant now);
  // The ids of the rules that act, in order.
  [[nodiscard]] std::vector<std::string> ask(const step& at, model::instant now);
  void happen(const step& at, model::instant now);

 private:
  using json = nlohmann::json;
  struct memory {
    std::uint64_t count = 0;
    model::instant first{};
    bool has_passed = false;
  };
  struct rule {
    json what;
    model::instant loaded_at;
    std::vector<model::instant> hits;
    std::map<std::string, std::uint64_t> hits_of;
    std::map<std::pair<int, std::string>, memory> memories;  // by leaf and key
  };
  struct past {
    step what;
    model::instant at;
  };
  // A counter begins with the first rule that names it, and lives while one does.
  struct counting {
    json spec;
    std::size_t since = 0;
  };

  [[nodiscard]] bool holds(rule& owner, const json& condition, const step& at, model::instant now);
  [[nodiscard]] bool leaf_holds(rule& owner, const std::string& name, const json& value,
                                const step& at, model::instant now);
  [[nodiscard]] bool counts(const json& test, const step& at, model::instant now);
  [[nodiscard]] bool greylists(rule& owner, const json& test, int leaf, const step& at,
                               model::instant now);
  [[nodiscard]] std::string default_key(const step& at) const;
  void fire(rule& owner, const step& at, model::instant now);
  [[nodiscard]] static int leaf_number(const rule& owner, const json& value);
  void count_what_rules_name();

  std::uint64_t seed_ = 0;
  std::vector<rule> rules_;
  std::vector<past> past_;
  std::vector<counting> counters_;
  std::map<std::pair<std::string, std::string>, model::instant> banned_until_;
};

}  // namespace mailrig::faults::story
