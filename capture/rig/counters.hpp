// What the process has done since it started: numbers that only grow, for the metrics. Counted
// where it happens, on the I/O thread.
#pragma once

#include "capture/model/fate.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailrig::rig {

struct counters {
  std::uint64_t sessions = 0;
  std::uint64_t messages = 0;
  std::uint64_t attempts_failed = 0;  // rejected or aborted
  std::uint64_t messages_generated = 0;
  std::array<std::uint64_t, model::fate_count> fates{};  // of recipients for whom a rule acted
  std::uint64_t octets_in = 0;
  std::uint64_t octets_out = 0;
  std::uint64_t evictions = 0;
  std::uint64_t rigs_made = 0;
  std::uint64_t rigs_expired = 0;
  std::array<std::uint64_t, 600> replies{};  // by code (RFC 5321 4.2.1)

  // `reply` as on the wire.
  void replied(std::string_view reply) {
    if (reply.size() < 3) return;
    const auto digit = [reply](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(reply[at]) - '0');
    };
    const std::size_t code = digit(0) * 100 + digit(1) * 10 + digit(2);
    if (digit(0) < 6 && digit(1) < 10 && digit(2) < 10) ++replies[code];
  }
};

}  // namespace mailrig::rig
