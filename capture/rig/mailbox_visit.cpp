#include "capture/rig/mailbox_visit.hpp"

#include "capture/rig/mail_examiner.hpp"

#include <utility>

namespace mailrig::rig {

mailbox_visit::~mailbox_visit() {
  release();
  table_.give_back(charged_);
}

model::opened_mailbox mailbox_visit::open(std::string_view login,
                                          const model::mailbox_rules& rules) {
  begin(login, rules);
  examination facts;
  while (const model::mail_ref mail = go_on(std::move(facts)))
    facts = examine(mail->bytes(), wanted());
  return end();
}

void mailbox_visit::begin(std::string_view login, const model::mailbox_rules& rules) {
  const std::size_t slash = login.find('/');
  if (slash != std::string_view::npos) {
    if (rig* const named = table_.find(login.substr(0, slash))) {
      where_ = named->shared_from_this();
      login.remove_prefix(slash + 1);
    }
  }
  opened_ = where_->mailboxes().open({login, session_, table_.clock().now()}, rules);
  if (opened_.refused) return;
  name_ = opened_.name;
  is_open_ = true;
  reading_ = std::make_unique<delivery::mailbox_reading>(where_->post_office(), name_, session_,
                                                         std::exchange(opened_.entries, {}));
}

model::mail_ref mailbox_visit::go_on(std::shared_ptr<const faults::parsed_facts> facts) {
  return reading_ ? reading_->go_on(std::move(facts)) : nullptr;
}

model::opened_mailbox mailbox_visit::end() {
  model::opened_mailbox result = std::exchange(opened_, {});
  if (!reading_) return result;
  result.entries = reading_->take_listing();
  differing_ = reading_->take_differing();
  reading_.reset();
  std::size_t octets = result.entries.capacity() * sizeof(model::mailbox_entry);
  for (const auto& [which, content] : differing_) octets += content->footprint();
  if (!table_.take_for_reader(octets)) {
    release();
    differing_.clear();
    return {model::mailbox_refusal::no_memory, name_, {}};
  }
  charged_ += octets;
  return result;
}

model::mail_ref mailbox_visit::fetch(const model::mailbox_entry& entry, purpose why) {
  if (!is_open_) return nullptr;
  const model::mail_ref held = where_->mailboxes().content(name_, entry.message);
  if (!held) return nullptr;
  if (why == purpose::read) note(entry, delivery::mailbox_visit::deed::read);
  const auto differing = differing_.find({entry.message, entry.copy});
  return differing == differing_.end() ? held : differing->second;
}

void mailbox_visit::update(const model::mailbox_listing& entries) {
  if (!is_open_) return;
  for (const model::mailbox_entry& each : entries) {
    if (each.is_deleted) note(each, delivery::mailbox_visit::deed::deleted);
  }
  release();
}

void mailbox_visit::note(const model::mailbox_entry& entry, delivery::mailbox_visit::deed what) {
  where_->mailboxes().note(name_, entry, {session_, table_.clock().now(), what});
}

void mailbox_visit::release() {
  if (std::exchange(is_open_, false)) where_->mailboxes().close(name_, session_);
}

}  // namespace mailrig::rig
