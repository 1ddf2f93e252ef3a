// What the pretended provider did with accepted mail, for each recipient, and what mail that nobody
// sent came from.
//
// Values beside a message, which itself never changes. Made by the post office and replaced as a
// whole; a message without them was delivered to all its recipients. Times are those of the rig's
// clock.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"
#include "capture/model/mail_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::model {

enum class fate : std::uint8_t {
  delivered,
  delayed,      // not in the mailbox before `until`; delivered from then on
  duplicated,   // there are `copies`
  reordered,    // held back until `until`, and delivered before what came earlier
  dropped,      // never in a mailbox
  lost_later,   // delivered, and gone at `until`
  bounced,      // the sender was told that it failed
  quarantined,  // in the mailbox, but its reader does not see it
  corrupted,    // the mailbox holds other octets; `altered` says how
};
inline constexpr std::size_t fate_count = static_cast<std::size_t>(fate::corrupted) + 1;

[[nodiscard]] std::string_view to_string(fate value);

struct recipient_fate {
  std::string address;  // as RCPT gave it
  fate what = fate::delivered;
  std::optional<instant> until{};
  std::string rule{};        // its id
  std::uint32_t copies = 1;  // that there will be in all
  std::string altered{};     // "truncate, bare_lf"; empty: the octets are those received

  friend bool operator==(const recipient_fate&, const recipient_fate&) = default;
};

struct mail_fates {
  std::vector<recipient_fate> recipients;  // those for whom a rule acted, no two alike
  std::optional<id> caused_by;             // of generated mail: the message that it speaks of

  // Null: delivered as usual. Addresses compare without ASCII case.
  [[nodiscard]] const recipient_fate* find(std::string_view address) const;
  [[nodiscard]] recipient_fate* find(std::string_view address);
  [[nodiscard]] std::size_t footprint() const;

  friend bool operator==(const mail_fates&, const mail_fates&) = default;
};

// The fate that all recipients of a message share, or "mixed". `fates` may be null.
[[nodiscard]] std::string_view common_fate(const mail_fates* fates, const mail_record& mail);

}  // namespace mailrig::model
