// Takes the JSON object of a request's body apart, strictly: an unknown key, a wrong type or a
// value out of range is refused with its place, what was wrong and what would be right.
//
// The first thing that is wrong is kept; what is asked for afterwards answers nothing. Included by
// .cpp files of handlers only: the JSON library is heavy.
#pragma once

#include "capture/model/clock.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

namespace mailrig::inspector {

using json_value = nlohmann::json;

// What is wrong with a body; the whole call is refused with it.
struct body_complaint {
  std::string place;  // a JSON pointer (RFC 6901)
  std::string detail;
};

[[nodiscard]] answer bad_body(const body_complaint& wrong);

inline constexpr int deepest_body = 16;
inline constexpr int deepest_rules = 64;

// An empty body is the empty object.
[[nodiscard]] std::variant<json_value, answer> parse_body(const request& asked,
                                                          int deepest = deepest_body);

class object_reader {
 public:
  // `what` names the object in messages: "a rig".
  object_reader(const json_value& value, std::string place, std::string_view what);

  // Null if the key is not there; known from here on.
  [[nodiscard]] const json_value* find(std::string_view key);
  // A key that may be null, which is the same as not there.
  [[nodiscard]] const json_value* find_value(std::string_view key);
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::optional<std::uint64_t> integer(std::string_view key, std::uint64_t least,
                                                     std::uint64_t most);
  // "10s"; a bare number is refused.
  [[nodiscard]] std::optional<model::duration> duration(std::string_view key);
  // "64MiB", or a number of octets.
  [[nodiscard]] std::optional<std::size_t> size(std::string_view key);

  void complain(std::string_view key, std::string detail);
  // Refuses the keys that nobody asked for.
  void finish();
  [[nodiscard]] std::string place_of(std::string_view key) const;
  [[nodiscard]] const std::optional<body_complaint>& complaint() const { return complaint_; }
  void adopt(const std::optional<body_complaint>& other) {
    if (!complaint_) complaint_ = other;
  }

 private:
  const json_value* object_ = nullptr;
  std::string place_;
  std::string what_;
  std::vector<std::string> known_;
  std::optional<body_complaint> complaint_;
};

// "a string", "a number" …
[[nodiscard]] std::string_view kind_of(const json_value& value);

}  // namespace mailrig::inspector
