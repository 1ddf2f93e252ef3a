// Names of mails and sessions: UUIDv7 values (RFC 9562 5.7) written as 22 characters of base62.
//
// The digits stand in ASCII order and the width is fixed, so that the order of the texts is the
// order of the values, which is the order in time. An id is drawn at MAIL; it names the attempt,
// later its message, and is the queue id in replies.
#pragma once

#include "capture/model/clock.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace mailrig::model {

struct id {
  static constexpr std::size_t text_size = 22;

  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] bool is_nil() const { return high == 0 && low == 0; }
  [[nodiscard]] std::array<char, text_size> text() const;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the 0 of `(a <=> b) < 0` for a
  // pointer
  friend auto operator<=>(const id&, const id&) = default;
};

[[nodiscard]] std::string to_string(const id& value);
[[nodiscard]] std::optional<id> parse_id(std::string_view text);
std::ostream& operator<<(std::ostream& out, const id& value);

class id_source {
 public:
  virtual ~id_source() = default;
  [[nodiscard]] virtual id draw(instant now) = 0;
};

// Grows strictly, also within one millisecond and when the clock steps back (RFC 9562 6.2, method
// 2).
class uuid7_source final : public id_source {
 public:
  explicit uuid7_source(std::uint64_t seed) : random_(seed) {}
  [[nodiscard]] id draw(instant now) override;

 private:
  std::mt19937_64 random_;
  id last_;
};

}  // namespace mailrig::model

template <>
struct std::hash<mailrig::model::id> {
  std::size_t operator()(const mailrig::model::id& value) const noexcept {
    return static_cast<std::size_t>(value.high * 0x9E3779B97F4A7C15U ^ value.low);
  }
};
