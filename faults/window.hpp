// What a counter counts and over which time: as values.
#pragma once

#include "capture/model/clock.hpp"
#include "faults/keys.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::faults {

enum class quantity : std::uint8_t {
  connections_open,
  connections_total,
  commands,
  commands_errors,
  commands_unknown,
  auth_failed,
  auth_total,
  mail,
  rcpt_accepted,
  rcpt_rejected,
  rcpt_unknown,
  messages_accepted,
  messages_bytes,
  messages_same_fingerprint,  // of those accepted, with the fingerprint of the mail in question
  message_id_same,            // likewise with its Message-ID
  mail_distinct_sender_domains,
  pop3_logins,
};
inline constexpr std::size_t quantity_count = static_cast<std::size_t>(quantity::pop3_logins) + 1;

// "messages.accepted".
[[nodiscard]] std::string_view to_string(quantity value);
[[nodiscard]] std::optional<quantity> find_quantity(std::string_view name);

// The time that counts.
struct window {
  enum class kind : std::uint8_t {
    none,     // since the counter exists
    sliding,  // the last `length`
    fixed,    // the running stretch of `length`, counted from the epoch of the rig's clock
    bucket,   // tokens taken from `burst`, of which `rate` come back every `length`
    day,      // the calendar day, `offset` east of UTC
  };
  kind what = kind::none;
  model::duration length{0};
  std::uint64_t rate = 0;
  std::uint64_t burst = 0;
  model::duration offset{0};
  friend bool operator==(const window&, const window&) = default;
};
// "15m", "a day at +08:00".
[[nodiscard]] std::string to_string(const window& value);

struct counter_spec {
  quantity of = quantity::messages_accepted;
  key_parts per;
  window within;
  // No comparison needs to tell apart what is this much or more: older marks are let go.
  std::uint64_t enough = 0;
  friend bool operator==(const counter_spec&, const counter_spec&) = default;
};

}  // namespace mailrig::faults
