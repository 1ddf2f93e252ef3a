// A map from keys to values that forgets: the key that was used least recently goes first.
//
// Bounded, and counts what it forgot. Owned by one counter or one leaf of a rule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mailrig::faults {

inline constexpr std::size_t most_keys = 100'000;

template <typename Value>
class keyed_memory {
 public:
  // What is forgotten is added to `total` too, which must outlive the memory.
  explicit keyed_memory(std::size_t capacity = most_keys, std::uint64_t* total = nullptr)
      : capacity_(capacity), total_(total) {}
  keyed_memory(keyed_memory&&) noexcept = default;
  keyed_memory& operator=(keyed_memory&&) noexcept = default;

  // The key's value, made if there is none; the key is now the one used last.
  Value& use(std::string_view key) {
    if (Value* const found = find(key)) return *found;
    entries_.emplace_front(std::string(key), Value{});
    index_.emplace(entries_.front().first, entries_.begin());
    Value& made = entries_.front().second;
    if (entries_.size() > capacity_) forget_oldest();
    return made;
  }
  // Null if there is none; the key is now the one used last.
  Value* find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }
  // Looks without using.
  [[nodiscard]] const Value* peek(std::string_view key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &found->second->second;
  }

  void forget_oldest() {
    index_.erase(entries_.back().first);
    entries_.pop_back();
    ++forgotten_;
    if (total_ != nullptr) ++*total_;
  }
  void clear() {
    index_.clear();
    entries_.clear();
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  // Pairs of key and value, the one used last first.
  [[nodiscard]] const auto& entries() const { return entries_; }
  [[nodiscard]] const Value& oldest() const { return entries_.back().second; }

 private:
  using entry_list = std::list<std::pair<std::string, Value>>;
  entry_list entries_;
  // The keys lie in the entries, which never move.
  std::unordered_map<std::string_view, typename entry_list::iterator> index_;
  std::size_t capacity_;
  std::uint64_t* total_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace mailrig::faults
