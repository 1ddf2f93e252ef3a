#include "faults/draw.hpp"

namespace mailrig::faults {
namespace {

// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

}  // namespace

// FNV-1a between two mixings, with the length, so that no text is the beginning of another.
std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = mixed(seed ^ 0xCBF29CE484222325U);
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return mixed(hash ^ text.size());
}

std::uint64_t draw_bits(const draw_source& source) {
  std::uint64_t hash = mixed(source.seed);
  hash = hash_of(source.rule, hash);
  hash = hash_of(source.key, hash);
  return mixed(mixed(hash ^ source.n) ^ source.salt);
}

double draw_fraction(const draw_source& source) {
  constexpr double per_step = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>(draw_bits(source) >> 11U) * per_step;
}

}  // namespace mailrig::faults
