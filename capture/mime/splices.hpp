// Changes to octets that are collected first and made at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::mime {

class splices {
 public:
  explicit splices(std::string_view raw) : raw_(raw) {}

  // The octets from `begin` up to `end` become `text`. Of two that overlap, the earlier one counts.
  void replace(std::size_t begin, std::size_t end, std::string text) {
    changes_.push_back({begin, end, std::move(text)});
  }
  void erase(std::size_t begin, std::size_t end) { replace(begin, end, {}); }
  void insert(std::size_t at, std::string text) { replace(at, at, std::move(text)); }
  // Where a view into the octets begins.
  [[nodiscard]] std::size_t place_of(std::string_view within) const {
    return static_cast<std::size_t>(within.data() - raw_.data());
  }
  [[nodiscard]] bool empty() const { return changes_.empty(); }
  [[nodiscard]] std::string apply();

 private:
  struct change {
    std::size_t begin;
    std::size_t end;
    std::string text;
  };
  std::string_view raw_;
  std::vector<change> changes_;
};

}  // namespace mailrig::mime
