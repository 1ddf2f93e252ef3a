// The protocols that rules speak of, and which stages each of them has.
//
// TLS and ports are facts, not protocols. Constant tables; nobody owns them.
#pragma once

#include "capture/model/stage.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace mailrig::faults {

enum class protocol : std::uint8_t { smtp, lmtp, pop3, delivery };
inline constexpr std::size_t protocol_count = 4;

[[nodiscard]] std::string_view to_string(protocol value);
[[nodiscard]] std::optional<protocol> find_protocol(std::string_view name);

// A set of stages as bits.
class stage_set {
 public:
  constexpr stage_set() = default;
  constexpr stage_set(std::initializer_list<model::stage> stages) {
    for (const model::stage each : stages) bits_ |= bit(each);
  }
  [[nodiscard]] static constexpr stage_set all() {
    stage_set result;
    result.bits_ = (std::uint64_t{1} << model::stage_count) - 1;
    return result;
  }

  [[nodiscard]] constexpr bool contains(model::stage one) const { return (bits_ & bit(one)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  constexpr void insert(model::stage one) { bits_ |= bit(one); }

  friend constexpr stage_set operator|(stage_set a, stage_set b) { return from(a.bits_ | b.bits_); }
  friend constexpr stage_set operator&(stage_set a, stage_set b) { return from(a.bits_ & b.bits_); }
  friend constexpr stage_set operator-(stage_set a, stage_set b) {
    return from(a.bits_ & ~b.bits_);
  }
  friend constexpr bool operator==(stage_set, stage_set) = default;

 private:
  static_assert(model::stage_count <= 64);
  [[nodiscard]] static constexpr std::uint64_t bit(model::stage one) {
    return std::uint64_t{1} << static_cast<unsigned>(one);
  }
  [[nodiscard]] static constexpr stage_set from(std::uint64_t bits) {
    stage_set result;
    result.bits_ = bits;
    return result;
  }

  std::uint64_t bits_ = 0;
};

// Every stage at which a session of that protocol may ask, and `listen` where there is a listener.
[[nodiscard]] stage_set stages_of(protocol value);
// Stages that are asked at a count of octets and never by chunk.
[[nodiscard]] bool is_body_stage(model::stage point);

}  // namespace mailrig::faults
