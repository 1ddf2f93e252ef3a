// What a login sees of a mailbox: the entries that a session works on, and why a mailbox may not
// open.
//
// Ids and sizes only, never bytes: a listing is what the mailbox held when it was opened and stays
// as it is, whatever is delivered, deleted or evicted meanwhile.
#pragma once

#include "capture/model/clock.hpp"
#include "capture/model/id.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::model {

struct mailbox_entry {
  id message;
  std::uint64_t octets = 0;  // as handed_out_octets() counts them
  std::uint32_t copy = 1;    // 2, 3 … for further copies of the message in this mailbox
  bool was_read = false;     // whole, in this session or an earlier one
  bool is_deleted = false;   // marked in this session

  friend bool operator==(const mailbox_entry&, const mailbox_entry&) = default;
};
using mailbox_listing = std::vector<mailbox_entry>;  // oldest first

std::ostream& operator<<(std::ostream& out, const mailbox_entry& entry);

// "0aB…", and "0aB….2" for a further copy: 22 to 33 printable octets, never used for anything else
// (RFC 1939 7, UIDL).
[[nodiscard]] std::string unique_id(const mailbox_entry& entry);

// True for mail that needs a CRLF at its end before a line can follow. A mail without any octet has
// no line to end.
[[nodiscard]] constexpr bool lacks_last_line_end(std::string_view bytes) {
  return !bytes.empty() && !bytes.ends_with("\r\n");
}

// Octets of a mail that is handed out in lines: those received, and a last CRLF where it lacks one.
[[nodiscard]] constexpr std::uint64_t handed_out_octets(std::string_view bytes) {
  return bytes.size() + (lacks_last_line_end(bytes) ? 2 : 0);
}

// How the mailboxes of a listener behave.
struct mailbox_rules {
  std::string all_name = "*";  // the login that sees every message of its rig; empty: none
  enum class lock { exclusive, shared } locking = lock::exclusive;
  enum class unknown_login { is_empty, is_refused } unknown = unknown_login::is_empty;
  duration login_delay{0};  // between two logins to one mailbox (RFC 2449 6.5)
  std::optional<duration> max_age;  // of a message, which then goes by itself (RFC 2449 6.7)
};

enum class mailbox_refusal : std::uint8_t { in_use, login_delay, unknown, ambiguous, no_memory };

struct opened_mailbox {
  std::optional<mailbox_refusal> refused;
  std::string name;  // of the mailbox; of an ambiguous login the mailboxes that it could mean
  mailbox_listing entries;
};

}  // namespace mailrig::model
