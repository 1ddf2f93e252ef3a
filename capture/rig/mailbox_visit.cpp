#include "capture/rig/mailbox_visit.hpp"

#include <utility>

namespace mailrig::rig {

mailbox_visit::~mailbox_visit() {
  release();
  table_.give_back(charged_);
}

model::opened_mailbox mailbox_visit::open(std::string_view login,
                                          const model::mailbox_rules& rules) {
  const std::size_t slash = login.find('/');
  if (slash != std::string_view::npos) {
    if (rig* const named = table_.find(login.substr(0, slash))) {
      where_ = named->shared_from_this();
      login.remove_prefix(slash + 1);
    }
  }
  model::opened_mailbox result =
      where_->mailboxes().open({login, session_, table_.clock().now()}, rules);
  if (result.refused) return result;
  name_ = result.name;
  is_open_ = true;
  differing_ = where_->post_office().let_read(name_, session_, result.entries);
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
