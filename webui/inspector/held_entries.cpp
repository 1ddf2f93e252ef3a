#include "webui/inspector/held_entries.hpp"

#include <algorithm>

namespace mailrig::inspector {
namespace {

void add_entries(std::vector<held_entry>& to, rig::rig& where, std::string_view address,
                 store::message_uid uid) {
  delivery::mailboxes& boxes = where.mailboxes();
  const delivery::mailbox* const box = boxes.find(address);
  if (box == nullptr) return;
  const model::mail_ref altered = box->altered(uid);
  const model::mail_ref mail = altered ? altered : where.messages().get(uid).mail;
  for (const delivery::mailbox::entry& each : box->entries_of(uid)) {
    const model::mailbox_entry listed{.message = mail->id(),
                                      .octets = model::handed_out_octets(mail->bytes()),
                                      .copy = each.copy,
                                      .was_read = each.was_read,
                                      .is_deleted = each.is_deleted};
    to.push_back({std::string(address), listed, altered != nullptr});
  }
}

}  // namespace

std::vector<held_entry> entries_holding(rig::rig& where, store::message_uid uid,
                                        const store::entry& stored) {
  std::vector<held_entry> result;
  const bool is_plain = !stored.fates && !where.mailboxes().has_taken(uid);
  const model::mailbox_entry plain{.message = stored.mail->id(),
                                   .octets = model::handed_out_octets(stored.mail->bytes())};
  stored.mail->for_each_recipient([&](std::string_view address, std::uint16_t code) {
    const bool is_known = std::any_of(result.begin(), result.end(), [&](const held_entry& each) {
      return each.mailbox == address;
    });
    if (code < 200 || code >= 300 || is_known) return;
    if (is_plain)
      result.push_back({std::string(address), plain});
    else
      add_entries(result, where, address, uid);
  });
  return result;
}

}  // namespace mailrig::inspector
