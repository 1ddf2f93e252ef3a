// The mailboxes of one rig: every recipient's, and the one that sees every message.
//
// Owned by the rig, on the I/O thread. A plain mail costs nothing here when it is stored: the
// mailboxes are filled from the store when somebody first looks at them, and each message is looked
// at once. Names compare without ASCII case. What they hold counts as octets of the rig.
#pragma once

#include "capture/delivery/mailbox.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/mailbox.hpp"
#include "capture/store/store.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace mailrig::delivery {

class mailboxes {
 public:
  static constexpr std::string_view all = "*";
  using table = std::map<std::string, mailbox, std::less<>>;

  explicit mailboxes(const store::store& messages) : messages_(messages) {}

  // A login, as RFC 1939 4 has it: the mailbox is locked by the session until close().
  struct login {
    std::string_view name;
    model::id session;
    model::instant at;
  };
  [[nodiscard]] model::opened_mailbox open(const login& who, const model::mailbox_rules& rules);
  // Does nothing when the session does not have it open.
  void close(std::string_view name, const model::id& session);
  void note(std::string_view name, const model::mailbox_entry& entry, const mailbox_visit& visit);

  // A recipient gets so many entries of a stored message, behind what came earlier; `altered` is
  // what a reader gets instead of it. `*` follows: it has as many entries as the recipient who got
  // most. Does nothing when the message is gone.
  struct parcel {
    store::message_uid message = 0;
    std::uint32_t count = 1;
    model::mail_ref altered = {};
  };
  void deliver(std::string_view name, const parcel& what);
  // The recipient has the message no more; neither has `*` when no other recipient has it.
  void lose(std::string_view name, store::message_uid message);
  // What a reader of that mailbox gets; null if the message is gone.
  [[nodiscard]] model::mail_ref content(std::string_view name, const model::id& message);
  // Which entries the mailbox holds of a message: copies, in their order.
  [[nodiscard]] std::vector<mailbox::entry> entries_of(std::string_view name,
                                                       store::message_uid message);

  // Whether the mailboxes were filled up to that message; before that its entries are those of a
  // plain mail.
  [[nodiscard]] bool has_taken(store::message_uid message) const { return message < next_uid_; }

  // A message is being removed from the store.
  void forget(store::message_uid uid, const model::mail_record& mail) {
    if (uid < next_uid_) forget_filled(uid, mail);
  }
  // All messages were removed; sessions keep their locks.
  void clear();

  // Filled up to now; in the order of their names.
  [[nodiscard]] const table& named();
  // Null if there is none of that name; `*` is that of all messages.
  [[nodiscard]] const mailbox* find(std::string_view name);
  [[nodiscard]] std::size_t octets_in_use() const { return octets_; }
  // Keeps count in `total` as well, from now on, which outlives this.
  void count_into(store::usage& total);

 private:
  struct resolved {
    std::string name;
    std::size_t candidates = 0;  // 0: nobody has that name yet
  };
  void fill();
  void fill_from(store::message_uid uid, const store::entry& stored);
  void forget_filled(store::message_uid uid, const model::mail_record& mail);
  [[nodiscard]] resolved resolve(std::string_view given, const model::mailbox_rules& rules) const;
  [[nodiscard]] mailbox* lookup(std::string_view name);
  [[nodiscard]] bool comes_too_early(const login& who, const std::string& name,
                                     model::duration delay);
  [[nodiscard]] model::mailbox_listing list(const mailbox& opened) const;
  void drop_if_unused(std::string_view name);
  mailbox& add(std::string name);
  void grow(std::size_t octets);
  void shrink(std::size_t octets);
  // Changes a mailbox by `change(mailbox)` and keeps count of its octets.
  template <typename Change>
  void alter(mailbox& which, Change change);

  const store::store& messages_;
  store::message_uid next_uid_ = 1;  // the first that is not in the mailboxes yet
  mailbox all_;
  table named_;
  std::size_t octets_ = 0;
  store::usage* total_ = nullptr;
  std::map<std::string, model::instant> last_logins_;  // while there is a login delay
};

}  // namespace mailrig::delivery
