// Reading a JSON document strictly: everything that is wrong is collected with its place and what
// would be right, and reading goes on.
//
// Only the loaders of this folder use it. Recursion is bounded: parse_json() refuses deep documents
// before anything walks through them.
#pragma once

#include "capture/model/clock.hpp"
#include "faults/rule_set.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace mailrig::faults {

using json = nlohmann::json;

// Where a value stands; a chain of frames on the stack, made into a pointer only when something is
// wrong.
class place {
 public:
  place() = default;
  [[nodiscard]] place operator/(std::string_view key) const { return {this, key, 0}; }
  [[nodiscard]] place operator[](std::size_t index) const { return {this, {}, index}; }
  [[nodiscard]] std::string pointer() const;
  // The pointer from `root` on.
  [[nodiscard]] std::string pointer_below(const place& root) const;

 private:
  place(const place* parent, std::string_view key, std::size_t index)
      : parent_(parent), key_(key), index_(index) {}
  const place* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
};

// Adds "/key" with its escapes (RFC 6901 3).
void append_to_pointer(std::string& pointer, std::string_view key);

class findings {
 public:
  void add(const place& where, std::string wrong, std::string right = {});
  void add(std::string pointer, std::string wrong, std::string right);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::size_t count() const { return count_; }
  // Ends the collecting.
  [[nodiscard]] std::vector<load_error> take();

 private:
  std::vector<load_error> errors_;
  std::size_t count_ = 0;
};

// Nothing: `out` says why (too big, too deep, a key twice, no JSON).
[[nodiscard]] std::optional<json> parse_json(std::string_view text, findings& out);

struct number_range {
  std::int64_t least = 0;
  std::int64_t most = INT64_MAX;
};

// "a string", "a number" …, as messages call it.
[[nodiscard]] std::string kind_of(const json& value);
// The value as JSON, short enough for a message.
[[nodiscard]] std::string excerpt(const json& value);
// "a, b or c", each in backquotes.
[[nodiscard]] std::string choices(std::span<const std::string_view> names);

[[nodiscard]] std::optional<std::string> read_text(const json& value, const place& where,
                                                   findings& out, std::size_t most = 4096);
[[nodiscard]] std::optional<std::int64_t> read_integer(const json& value, const place& where,
                                                       findings& out, number_range range);
[[nodiscard]] std::optional<bool> read_flag(const json& value, const place& where, findings& out);
[[nodiscard]] std::optional<model::duration> read_duration(const json& value, const place& where,
                                                           findings& out,
                                                           model::duration least = model::duration{
                                                               0});
// The position among `names`.
[[nodiscard]] std::optional<std::size_t> read_choice(const json& value, const place& where,
                                                     findings& out,
                                                     std::span<const std::string_view> names,
                                                     std::string_view what);
[[nodiscard]] std::vector<std::string> read_texts(const json& value, const place& where,
                                                  findings& out, std::size_t most_entries,
                                                  std::size_t most_octets = 4096);

// Reads one object: each key once, and at the end no other key may be there.
class object_reader {
 public:
  object_reader(const json& value, const place& where, findings& out, std::string_view example);

  [[nodiscard]] bool is_object() const { return object_ != nullptr; }
  [[nodiscard]] const place& where() const { return where_; }
  [[nodiscard]] findings& out() { return out_; }

  // Null if it is not there; the key is known from here on.
  [[nodiscard]] const json* find(std::string_view key);
  [[nodiscard]] const json* require(std::string_view key, std::string_view right);
  // A key that people write but that is not right; reported instead of as unknown.
  // True: it stood there.
  bool refuse(std::string_view key, std::string_view right);

  [[nodiscard]] std::string text(std::string_view key, std::string_view otherwise = {},
                                 std::size_t most = 4096);
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t otherwise,
                                     number_range range);
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  [[nodiscard]] model::duration duration(std::string_view key, model::duration otherwise,
                                         model::duration least = model::duration{0});
  [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::size_t most_entries);
  template <typename Enum>
  [[nodiscard]] Enum choice(std::string_view key, std::span<const std::string_view> names,
                            Enum otherwise) {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    const auto found = read_choice(*value, where_ / key, out_, names, key);
    return found ? static_cast<Enum>(*found) : otherwise;
  }

  // Reports the keys that nobody asked for.
  void finish();

 private:
  const json* object_ = nullptr;
  const place& where_;
  findings& out_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> refused_;
};

}  // namespace mailrig::faults
