// What a login sees of a mailbox, where rules have a say in it.
#include "capture/delivery/parsed_mail.hpp"
#include "capture/delivery/post_office.hpp"

#include <algorithm>

namespace mailrig::delivery {
namespace {

constexpr std::size_t most_listed = 1'000'000;
constexpr std::size_t most_tags = 50;

// The recipient whose mail it is; of the mailbox of all, the first one of the message.
std::string_view recipient_of(std::string_view mailbox, const model::mail_record& mail) {
  if (mailbox != mailboxes::all) return mailbox;
  std::string_view first;
  mail.for_each_recipient([&first](std::string_view address, std::uint16_t code) {
    if (first.empty() && code >= 200 && code < 300) first = address;
  });
  return first;
}

// With a gap between them, copies are seen one after the other.
std::uint32_t copies_by(const plan& what, model::duration age) {
  if (what.gap.count() <= 0) return what.copies;
  const auto seen = static_cast<std::uint64_t>(std::max<model::duration::rep>(age / what.gap, 0));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(what.copies, seen + 1));
}

}  // namespace

struct post_office::shown {
  model::mailbox_entry entry;
  store::message_uid uid = 0;
  model::mail_ref mail;  // what the mailbox holds
  std::string_view mailbox;
  std::string_view recipient;
  model::duration age{0};
  std::uint32_t last_copy = 0;  // of the message in this listing, so far
  model::mailbox_listing& listing;
  contents& differing;
};

post_office::contents post_office::let_read(std::string_view mailbox, const model::id& session,
                                            model::mailbox_listing& listing) {
  using faults::protocol;
  contents differing;
  if (!judge_.is_asked_at(protocol::delivery, model::stage::mailbox_read)) return differing;
  faults::session_facts facts;
  around_.describe(session, facts);
  const auto wanted = judge_.wanted_at(protocol::delivery, model::stage::mailbox_read);
  std::map<model::id, std::uint32_t> last_copies;
  for (const model::mailbox_entry& each : listing) last_copies[each.message] = each.copy;
  model::mailbox_listing seen;
  seen.reserve(listing.size());
  for (const model::mailbox_entry& each : listing) {
    const auto uid = messages_.find(each.message);
    const model::mail_ref mail = boxes_.content(mailbox, each.message);
    if (!uid || !mail) continue;
    const model::envelope envelope = mail->envelope();
    std::optional<parsed_mail> parsed;
    if (!wanted.empty()) parsed.emplace(mail->bytes(), wanted);
    shown one{each,
              *uid,
              mail,
              mailbox,
              recipient_of(mailbox, *mail),
              around_.rig_time() - around_.taken_at(*mail),
              last_copies[each.message],
              seen,
              differing};
    const faults::event event{.point = model::stage::mailbox_read,
                              .client_address = facts.client_address,
                              .path = one.recipient,
                              .envelope = &envelope,
                              .size = mail->bytes().size(),
                              .user = mailbox,
                              .talk = protocol::delivery,
                              .session = &facts,
                              .attempt = &mail->facts().attempt,
                              .message = mail->bytes(),
                              .parsed = parsed ? &parsed->facts() : nullptr,
                              .age = one.age};
    if (const faults::verdict* const said = judge_.decide(event)) {
      show(*said, one);
      last_copies[each.message] = one.last_copy;
    } else {
      seen.push_back(each);
      if (mailbox != mailboxes::all) unhide(*uid, one.recipient);
    }
  }
  listing = std::move(seen);
  return differing;
}

void post_office::show(const faults::verdict& said, shown& one) {
  const plan what = read_plan(said, one.recipient);
  add_tags(one.uid, what.tags);
  const bool is_everybodys = one.mailbox == mailboxes::all;
  if (what.is_hidden) {
    if (!is_everybodys) hide(one.uid, one.recipient, what.rule);
    return;
  }
  if (!is_everybodys) unhide(one.uid, one.recipient);
  const model::mail_ref altered = alter(*one.mail, what.transforms, around_.budget());
  if (altered) one.entry.octets = model::handed_out_octets(altered->bytes());
  const std::uint32_t copies = copies_by(what, one.age);
  for (std::uint32_t i = 0; i < copies && one.listing.size() < most_listed; ++i) {
    // Numbers that no real copy has; nobody can delete what is not there.
    if (i > 0) one.entry.copy = ++one.last_copy;
    one.listing.push_back(one.entry);
    if (altered) one.differing.emplace(std::pair(one.entry.message, one.entry.copy), altered);
  }
}

void post_office::hide(store::message_uid uid, std::string_view recipient,
                       const std::string& rule) {
  const store::entry stored = messages_.get(uid);
  const model::recipient_fate* const before =
      stored.fates ? stored.fates->find(recipient) : nullptr;
  if (before != nullptr && before->what != model::fate::delivered) return;
  auto fates = stored.fates ? std::make_shared<model::mail_fates>(*stored.fates)
                            : std::make_shared<model::mail_fates>();
  model::recipient_fate* one = fates->find(recipient);
  if (one == nullptr) {
    fates->recipients.push_back({std::string(recipient), model::fate::quarantined});
    one = &fates->recipients.back();
  }
  one->what = model::fate::quarantined;
  one->rule = rule;
  messages_.set_fates(uid, std::move(fates));
  around_.fate_given(model::fate::quarantined);
  around_.fate_changed(stored.mail->id());
}

void post_office::unhide(store::message_uid uid, std::string_view recipient) {
  const store::entry stored = messages_.get(uid);
  const model::recipient_fate* const before =
      stored.fates ? stored.fates->find(recipient) : nullptr;
  if (before == nullptr || before->what != model::fate::quarantined) return;
  auto fates = std::make_shared<model::mail_fates>(*stored.fates);
  fates->find(recipient)->what = model::fate::delivered;
  messages_.set_fates(uid, std::move(fates));
  around_.fate_changed(stored.mail->id());
}

void post_office::add_tags(store::message_uid uid, const std::vector<std::string>& tags) {
  if (tags.empty()) return;
  const store::entry stored = messages_.get(uid);
  if (!stored.mail) return;
  auto marks = stored.marks ? std::make_shared<store::message_marks>(*stored.marks)
                            : std::make_shared<store::message_marks>();
  for (const std::string& tag : tags) {
    const bool is_known =
        std::find(marks->tags.begin(), marks->tags.end(), tag) != marks->tags.end();
    if (!is_known && marks->tags.size() < most_tags) marks->tags.push_back(tag);
  }
  messages_.set_marks(uid, std::move(marks));
}

}  // namespace mailrig::delivery
