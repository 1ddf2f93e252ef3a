// Which rig a fact leads to. Exact values are found by hash, globs are tried in the order in which
// they came.
//
// Owned by the table of rigs; knows rigs as addresses only and never looks into them.
#pragma once

#include "capture/rig/rig_config.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailrig::rig {

class rig;

class route_table {
 public:
  // Null if nothing leads anywhere. An exact value wins over a glob.
  [[nodiscard]] rig* find(route_fact fact, std::string_view value) const;
  // For a forward-path: its domain first, then what stands behind the `+` of its local part.
  [[nodiscard]] rig* find_recipient(std::string_view forward_path) const;

  // Who has this very route already; null if nobody.
  [[nodiscard]] rig* holder(const route& wanted) const;
  // No holder may have it yet.
  void add(const route& wanted, rig& to);
  void remove(const rig& to);
  [[nodiscard]] bool is_empty() const { return count_ == 0; }

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct glob {
    std::string pattern;
    rig* to;
  };
  struct of_fact {
    std::unordered_map<std::string, rig*, hash, std::equal_to<>> exact;  // lower case
    std::vector<glob> globs;
  };

  std::array<of_fact, 5> facts_;
  std::size_t count_ = 0;
};

}  // namespace mailrig::rig
