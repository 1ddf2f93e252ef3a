// Chance that repeats: a draw is a hash of the seed, the rule, the key and the number of the key's
// event, so that clients with different keys never disturb each other.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailrig::faults {

struct draw_source {
  std::uint64_t seed = 0;
  std::string_view rule;
  std::string_view key;
  std::uint64_t n = 0;     // the key's how-manieth event, from 1
  std::uint64_t salt = 0;  // several draws of one event
};

// 64 even bits; the same on every machine.
[[nodiscard]] std::uint64_t draw_bits(const draw_source& source);
// From 0 up to, but never, 1.
[[nodiscard]] double draw_fraction(const draw_source& source);

[[nodiscard]] std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0);

}  // namespace mailrig::faults
