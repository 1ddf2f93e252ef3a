// What header fields and attachments say of a mail, packed into one string: what a search by fields
// needs, made once and kept with the message.
//
// Made from a parsed mail. Bounded when it is to be kept (about 1 KiB): a field that was cut says
// so, and a search that did not find its text there has to look at the mail itself.
#pragma once

#include "capture/mime/message_view.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailrig::rig {

enum class fact : std::uint8_t { subject, message_id, from, to, cc, bcc, attachments };
inline constexpr std::size_t fact_count = 7;

// Addresses stand as `name 0x01 mailbox 0x02`, file names end in 0x02.
inline constexpr char before_mailbox = '\x01', after_item = '\x02';

enum class fact_limits : std::uint8_t { kept, none };

[[nodiscard]] std::string pack_facts(const mime::message_view& view, fact_limits limits);

// A view into packed facts.
class mail_facts {
 public:
  explicit mail_facts(std::string_view packed) : packed_(packed) {}

  [[nodiscard]] std::string_view field(fact which) const;
  // False: there is more of it in the mail.
  [[nodiscard]] bool is_whole(fact which) const;
  [[nodiscard]] bool has_attachment() const;
  [[nodiscard]] bool has_inline() const;

 private:
  std::string_view packed_;
};

// Calls `visit(name, mailbox)` for each address of a field.
template <class Visit>
void for_each_packed_address(std::string_view field, Visit visit) {
  while (!field.empty()) {
    const std::size_t middle = field.find(before_mailbox);
    const std::size_t end = field.find(after_item, middle);
    if (middle == field.npos || end == field.npos) return;
    visit(field.substr(0, middle), field.substr(middle + 1, end - middle - 1));
    field.remove_prefix(end + 1);
  }
}

}  // namespace mailrig::rig
