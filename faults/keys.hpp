// What a counter, a memory or a draw is kept apart by: one value for each client, sender,
// recipient.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailrig::faults {

enum class key_part : std::uint8_t {
  rig,  // one value for all; rules write it `global` or `scope`
  connection,
  transaction,
  client_ip,
  mail_from,
  mail_from_domain,
  rcpt,  // where the recipients are a set, the whole set
  auth_user,
  fingerprint,
  message_id,
  helo,
};
inline constexpr std::size_t key_part_count = static_cast<std::size_t>(key_part::helo) + 1;

using key_parts = std::vector<key_part>;

// "client_ip", "mail_from.domain".
[[nodiscard]] std::string_view to_string(key_part part);
[[nodiscard]] std::optional<key_part> find_key_part(std::string_view name);

}  // namespace mailrig::faults
