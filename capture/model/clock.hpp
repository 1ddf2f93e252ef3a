// Time as the program sees it: UTC milliseconds, given in through `clock` so that tests hold the
// hands.
#pragma once

#include <chrono>
#include <string>

namespace mailrig::model {

using instant = std::chrono::sys_time<std::chrono::milliseconds>;
using duration = std::chrono::milliseconds;

class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual instant now() const = 0;
};

class system_clock final : public clock {
 public:
  [[nodiscard]] instant now() const override;
};

// "2026-11-22T06:15:00.123Z" (RFC 3339, UTC, milliseconds).
[[nodiscard]] std::string to_rfc3339(instant when);

}  // namespace mailrig::model
