// One session's time with one mailbox: opens it, fetches from it, deletes from it, releases it.
//
// Owned by the connection of a reader. Whatever ends the connection releases the mailbox; only
// update() deletes. The table outlives it.
#pragma once

#include "capture/delivery/mailbox_reading.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/mailbox.hpp"
#include "capture/rig/rig_table.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace mailrig::rig {

class mailbox_visit {
 public:
  enum class purpose { look, read };

  mailbox_visit(rig_table& table, rig& home, const model::id& session)
      : table_(table), where_(home.shared_from_this()), session_(session) {}
  ~mailbox_visit();
  mailbox_visit(const mailbox_visit&) = delete;
  mailbox_visit& operator=(const mailbox_visit&) = delete;

  // `login` may be "RIG/NAME" where there is a rig of that name; else it is a name in the home rig.
  // Rules may show less, or other things, than the mailbox holds. The listing's octets are charged
  // to the process's budget for as long as this lives.
  [[nodiscard]] model::opened_mailbox open(std::string_view login,
                                           const model::mailbox_rules& rules);
  // The same for who can wait until mails were examined: begin(), then go_on() until it answers no
  // mail, then end(). It answers the mail that it must know more of, and takes that with the next
  // call; wanted() says what.
  void begin(std::string_view login, const model::mailbox_rules& rules);
  [[nodiscard]] model::mail_ref go_on(std::shared_ptr<const faults::parsed_facts> facts = nullptr);
  [[nodiscard]] faults::parsed_fact_set wanted() const { return reading_->wanted(); }
  [[nodiscard]] model::opened_mailbox end();
  // Null: the message is gone. Reading it whole is put down to the session.
  [[nodiscard]] model::mail_ref fetch(const model::mailbox_entry& entry, purpose why);
  // Deletes what is marked and releases the mailbox.
  void update(const model::mailbox_listing& entries);
  // The mailbox is free for the next session. Nothing is deleted.
  void release();

 private:
  void note(const model::mailbox_entry& entry, delivery::mailbox_visit::deed what);

  rig_table& table_;
  std::shared_ptr<rig> where_;  // it may be taken out of the table meanwhile
  model::id session_;
  std::string name_;                           // of the mailbox
  delivery::post_office::contents differing_;  // from what the mailbox holds, by rules
  model::opened_mailbox opened_;               // by begin()
  std::unique_ptr<delivery::mailbox_reading> reading_;
  bool is_open_ = false;
  std::size_t charged_ = 0;
};

}  // namespace mailrig::rig
