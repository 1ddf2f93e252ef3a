#include "capture/model/id.hpp"

#include <array>
#include <cstring>
#include <ostream>

namespace mailrig::model {
namespace {

__extension__ using uint128 = unsigned __int128;

constexpr std::string_view digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::uint64_t base_to_the_10th =
    839299365868340224U;  // 62^10 is the largest power below 2^64

constexpr int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'Z') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 36;
  return -1;
}

// Two digits at a time: half the divisions.
constexpr auto digit_pairs = [] {
  std::array<char, std::size_t{62} * 62 * 2> pairs{};
  for (std::size_t i = 0; i < std::size_t{62} * 62; ++i) {
    pairs[2 * i] = digits[i / 62];
    pairs[2 * i + 1] = digits[i % 62];
  }
  return pairs;
}();

void write_pairs(std::uint64_t value, char* end, int pairs) {
  for (int i = 0; i < pairs; ++i) {
    end -= 2;
    std::memcpy(end, &digit_pairs[2 * (value % 3844)], 2);
    value /= 3844;
  }
}

constexpr std::uint64_t variant = std::uint64_t{2} << 62;
constexpr std::uint64_t random_bits = (std::uint64_t{1} << 62) - 1;

}  // namespace

std::array<char, id::text_size> id::text() const {
  std::array<char, text_size> result{};
  const uint128 value = (static_cast<uint128>(high) << 64) | low;
  const uint128 upper = value / base_to_the_10th;  // below 2^69
  const auto top = static_cast<std::uint64_t>(upper / base_to_the_10th);
  write_pairs(static_cast<std::uint64_t>(value - upper * base_to_the_10th), result.data() + 22, 5);
  write_pairs(static_cast<std::uint64_t>(upper - static_cast<uint128>(top) * base_to_the_10th),
              result.data() + 12, 5);
  write_pairs(top, result.data() + 2, 1);
  return result;
}

std::string to_string(const id& value) {
  const auto text = value.text();
  return {text.data(), text.size()};
}

std::optional<id> parse_id(std::string_view text) {
  if (text.size() != id::text_size) return std::nullopt;
  uint128 value = 0;
  for (const char digit : text) {
    const int worth = value_of(digit);
    if (worth < 0 || value > (~uint128{0} - static_cast<unsigned>(worth)) / 62) return std::nullopt;
    value = value * 62 + static_cast<unsigned>(worth);
  }
  return id{static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

std::ostream& operator<<(std::ostream& out, const id& value) {
  return out << to_string(value);
}

id uuid7_source::draw(instant now) {
  const auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  id next{(milliseconds << 16) | 0x7000U, variant | (random_() & random_bits)};
  // The 12 bits behind the version count the draws of one millisecond; when they overflow, the next
  // millisecond is used.
  if (next.high <= last_.high) {
    next.high = (last_.high & 0xFFFU) == 0xFFFU ? (((last_.high >> 16) + 1) << 16) | 0x7000U
                                                : last_.high + 1;
  }
  last_ = next;
  return next;
}

}  // namespace mailrig::model
