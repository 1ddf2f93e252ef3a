#include "capture/delivery/mailboxes.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::delivery {
namespace {

constexpr std::size_t node_overhead = 64;  // of a map, roughly
constexpr std::size_t most_last_logins = 10'000;
constexpr std::size_t candidates_named = 5;

std::string folded(std::string_view name) {
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(), [](char octet) {
    return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet;
  });
  return result;
}

bool is_accepted(std::uint16_t code) {
  return code >= 200 && code < 300;
}

// The part before the last @: a quoted local part may hold others (RFC 5321 4.1.2).
bool has_local_part(std::string_view name, std::string_view local) {
  return name.starts_with(local) && name.rfind('@') == local.size();
}

}  // namespace

template <typename Change>
void mailboxes::alter(mailbox& which, Change change) {
  const std::size_t before = which.footprint();
  change(which);
  const std::size_t after = which.footprint();
  if (after >= before) {
    grow(after - before);
  } else {
    shrink(before - after);
  }
}

void mailboxes::count_into(store::usage& total) {
  total_ = &total;
  total.octets += octets_;
}

void mailboxes::grow(std::size_t octets) {
  octets_ += octets;
  if (total_ != nullptr) total_->octets += octets;
}

void mailboxes::shrink(std::size_t octets) {
  octets_ -= octets;
  if (total_ != nullptr) total_->octets -= octets;
}

// Filling

void mailboxes::fill() {
  const store::snapshot now = messages_.take_snapshot();
  for (next_uid_ = std::max(next_uid_, now.begin_uid()); next_uid_ < now.end_uid(); ++next_uid_) {
    if (const store::entry* stored = now.find(next_uid_)) fill_from(next_uid_, *stored);
  }
}

// Recipients for whom a rule acted are left to the post office.
void mailboxes::fill_from(store::message_uid uid, const store::entry& stored) {
  const model::mail_fates* const fates = stored.fates.get();
  const auto deliver = [uid](mailbox& to) { to.add(uid); };
  bool is_for_all = fates == nullptr || fates->recipients.empty();
  stored.mail->for_each_recipient([&](std::string_view address, std::uint16_t code) {
    if (!is_accepted(code) || (fates != nullptr && fates->find(address) != nullptr)) return;
    is_for_all = true;
    std::string name = folded(address);
    if (name == all) return;
    mailbox& to = add(std::move(name));
    // A recipient that was given twice gets one.
    if (!to.ends_with(uid)) alter(to, deliver);
  });
  if (is_for_all) alter(all_, deliver);
}

mailbox& mailboxes::add(std::string name) {
  const auto [at, is_new] = named_.try_emplace(std::move(name));
  if (is_new) grow(at->first.capacity() + node_overhead + at->second.footprint());
  return at->second;
}

void mailboxes::deliver(std::string_view name, const parcel& what) {
  fill();
  if (!messages_.get(what.message).mail) return;
  const auto hand_over = [&what](mailbox& to) { to.add(what.message, what.count, what.altered); };
  std::string key = folded(name);
  if (key == all) return alter(all_, hand_over);
  mailbox& to = add(std::move(key));
  alter(to, hand_over);
  const std::uint32_t has = to.last_copy(what.message);
  const std::uint32_t all_has = all_.last_copy(what.message);
  if (has <= all_has) return;
  alter(all_, [&](mailbox& which) { which.add(what.message, has - all_has, what.altered); });
}

void mailboxes::lose(std::string_view name, store::message_uid message) {
  fill();
  const model::mail_ref mail = messages_.get(message).mail;
  const auto forget = [message](mailbox& from) { from.forget(message); };
  const std::string key = folded(name);
  if (mailbox* const from = lookup(key)) alter(*from, forget);
  drop_if_unused(key);
  bool is_held = false;
  if (mail) {
    mail->for_each_address([&](std::string_view address) {
      const mailbox* const other = lookup(folded(address));
      is_held = is_held || (other != nullptr && !other->entries_of(message).empty());
    });
  }
  if (!is_held) alter(all_, forget);
}

model::mail_ref mailboxes::content(std::string_view name, const model::id& message) {
  const auto uid = messages_.find(message);
  if (!uid) return nullptr;
  const mailbox* const which = lookup(folded(name));
  model::mail_ref altered = which == nullptr ? nullptr : which->altered(*uid);
  return altered ? altered : messages_.get(*uid).mail;
}

std::vector<mailbox::entry> mailboxes::entries_of(std::string_view name,
                                                  store::message_uid message) {
  const mailbox* const which = find(name);
  return which == nullptr ? std::vector<mailbox::entry>{} : which->entries_of(message);
}

void mailboxes::forget_filled(store::message_uid uid, const model::mail_record& mail) {
  const auto forget = [uid](mailbox& from) { from.forget(uid); };
  alter(all_, forget);
  mail.for_each_recipient([&](std::string_view address, std::uint16_t code) {
    if (!is_accepted(code)) return;
    const std::string name = folded(address);
    const auto found = named_.find(name);
    if (found == named_.end()) return;
    alter(found->second, forget);
    drop_if_unused(name);
  });
}

void mailboxes::clear() {
  const auto forget_all = [this](mailbox& which) {
    alter(which, [](mailbox& emptied) {
      mailbox fresh;
      for (const model::id& each : emptied.open_by()) fresh.open(each);
      emptied = std::move(fresh);
    });
  };
  forget_all(all_);
  for (auto at = named_.begin(); at != named_.end();) {
    const auto next = std::next(at);
    forget_all(at->second);
    drop_if_unused(at->first);
    at = next;
  }
  last_logins_.clear();
  // What the store held until now is not looked for again.
  next_uid_ = std::max(next_uid_, messages_.take_snapshot().end_uid());
}

void mailboxes::drop_if_unused(std::string_view name) {
  const auto found = named_.find(name);
  if (found == named_.end()) return;
  if (!found->second.is_empty() || !found->second.open_by().empty()) return;
  shrink(found->first.capacity() + node_overhead + found->second.footprint());
  named_.erase(found);
}

// Looking

const mailboxes::table& mailboxes::named() {
  fill();
  return named_;
}

const mailbox* mailboxes::find(std::string_view name) {
  fill();
  return lookup(folded(name));
}

mailbox* mailboxes::lookup(std::string_view name) {
  if (name == all) return &all_;
  const auto found = named_.find(name);
  return found == named_.end() ? nullptr : &found->second;
}

// Opening

mailboxes::resolved mailboxes::resolve(std::string_view given,
                                       const model::mailbox_rules& rules) const {
  std::string name = folded(given);
  if (!rules.all_name.empty() && name == folded(rules.all_name)) return {std::string(all), 1};
  if (name == all) return {std::move(name), 0};
  if (named_.contains(name)) return {std::move(name), 1};
  resolved result{std::move(name), 0};
  if (result.name.find('@') != std::string::npos) return result;
  std::string meant;
  for (auto at = named_.lower_bound(result.name + '@');
       at != named_.end() && at->first.starts_with(result.name + '@'); ++at) {
    if (!has_local_part(at->first, result.name) || at->second.is_empty()) continue;
    if (++result.candidates <= candidates_named) meant += (meant.empty() ? "" : ", ") + at->first;
  }
  if (result.candidates > candidates_named) meant += " …";
  if (result.candidates > 0) result.name = std::move(meant);
  return result;
}

model::opened_mailbox mailboxes::open(const login& who, const model::mailbox_rules& rules) {
  using enum model::mailbox_refusal;
  fill();
  resolved found = resolve(who.name, rules);
  if (found.candidates > 1) return {ambiguous, std::move(found.name), {}};
  const bool is_unknown = found.candidates == 0;
  const bool is_reserved = is_unknown && found.name == all;
  if (is_reserved ||
      (is_unknown && rules.unknown == model::mailbox_rules::unknown_login::is_refused))
    return {unknown, std::move(found.name), {}};
  mailbox* opened = lookup(found.name);
  const bool is_exclusive = rules.locking == model::mailbox_rules::lock::exclusive;
  if (is_exclusive && opened != nullptr && !opened->open_by().empty())
    return {in_use, std::move(found.name), {}};
  if (comes_too_early(who, found.name, rules.login_delay))
    return {login_delay, std::move(found.name), {}};
  if (opened == nullptr) opened = &add(found.name);
  alter(*opened, [&who](mailbox& which) { which.open(who.session); });
  return {std::nullopt, std::move(found.name), list(*opened)};
}

bool mailboxes::comes_too_early(const login& who, const std::string& name, model::duration delay) {
  if (delay.count() == 0) return false;
  std::erase_if(last_logins_, [&](const auto& each) { return each.second + delay <= who.at; });
  if (last_logins_.contains(name)) return true;
  if (last_logins_.size() < most_last_logins) last_logins_.emplace(name, who.at);
  return false;
}

model::mailbox_listing mailboxes::list(const mailbox& opened) const {
  const store::snapshot now = messages_.take_snapshot();
  model::mailbox_listing result;
  result.reserve(opened.visible());
  for (const mailbox::entry& each : opened.entries()) {
    if (!each.is_visible()) continue;
    const store::entry* stored = now.find(each.uid);
    if (stored == nullptr) continue;
    const model::mail_ref altered = opened.altered(each.uid);
    const model::mail_record& mail = altered ? *altered : *stored->mail;
    result.push_back({.message = mail.id(),
                      .octets = model::handed_out_octets(mail.bytes()),
                      .copy = each.copy,
                      .was_read = each.was_read});
  }
  return result;
}

void mailboxes::close(std::string_view name, const model::id& session) {
  mailbox* const which = lookup(name);
  if (which == nullptr) return;
  alter(*which, [&session](mailbox& closed) { closed.close(session); });
  drop_if_unused(name);
}

void mailboxes::note(std::string_view name, const model::mailbox_entry& entry,
                     const mailbox_visit& visit) {
  const auto uid = messages_.find(entry.message);
  mailbox* const which = lookup(name);
  if (!uid || which == nullptr) return;
  alter(*which, [&](mailbox& visited) { visited.note(*uid, entry.copy, visit); });
}

}  // namespace mailrig::delivery
