#include "capture/delivery/mailbox_reading.hpp"

#include "capture/delivery/parsed_mail.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::delivery {
namespace {

constexpr std::size_t most_listed = 1'000'000;

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

// What the mailbox holds of one entry.
struct mailbox_reading::held {
  store::message_uid uid = 0;
  model::mail_ref mail;
  std::string_view recipient;
  model::duration age{0};
};

mailbox_reading::mailbox_reading(post_office& office, std::string mailbox, const model::id& session,
                                 model::mailbox_listing listing)
    : office_(office),
      mailbox_(std::move(mailbox)),
      session_(session),
      listing_(std::move(listing)) {
  if (!office_.judge_.is_asked_at(faults::protocol::delivery, model::stage::mailbox_read)) {
    seen_ = std::exchange(listing_, {});
    return;
  }
  seen_.reserve(listing_.size());
  for (const model::mailbox_entry& each : listing_) last_copies_[each.message] = each.copy;
}

model::mail_ref mailbox_reading::go_on(std::shared_ptr<const faults::parsed_facts> facts) {
  for (; at_ < listing_.size(); ++at_, facts.reset()) {
    const model::mailbox_entry& entry = listing_[at_];
    const auto uid = office_.messages_.find(entry.message);
    model::mail_ref mail = office_.boxes_.content(mailbox_, entry.message);
    if (!uid || !mail) continue;
    if (!facts) {
      wanted_ = office_.judge_.wanted_at(faults::protocol::delivery, model::stage::mailbox_read);
      if (!wanted_.empty() && mail->bytes().size() > most_parsed_at_once) return mail;
      if (!wanted_.empty()) facts = parse(mail->bytes(), wanted_);
    }
    const model::duration age = office_.around_.rig_time() - office_.around_.taken_at(*mail);
    read(entry, {*uid, mail, recipient_of(mailbox_, *mail), age}, facts.get());
  }
  return nullptr;
}

void mailbox_reading::read(const model::mailbox_entry& entry, const held& what,
                           const faults::parsed_facts* facts) {
  faults::session_facts session;
  office_.around_.describe(session_, session);
  const model::envelope envelope = what.mail->envelope();
  const faults::event event{.point = model::stage::mailbox_read,
                            .client_address = session.client_address,
                            .path = what.recipient,
                            .envelope = &envelope,
                            .size = what.mail->bytes().size(),
                            .user = mailbox_,
                            .talk = faults::protocol::delivery,
                            .session = &session,
                            .attempt = &what.mail->facts().attempt,
                            .message = what.mail->bytes(),
                            .parsed = facts,
                            .age = what.age};
  if (const faults::verdict* const said = office_.judge_.decide(event))
    return show(*said, entry, what);
  seen_.push_back(entry);
  if (mailbox_ != mailboxes::all) office_.unhide(what.uid, what.recipient);
}

void mailbox_reading::show(const faults::verdict& said, model::mailbox_entry entry,
                           const held& what) {
  const plan planned = read_plan(said, what.recipient);
  office_.add_tags(what.uid, planned.tags);
  const bool is_everybodys = mailbox_ == mailboxes::all;
  if (planned.is_hidden) {
    if (!is_everybodys) office_.hide(what.uid, what.recipient, planned.rule);
    return;
  }
  if (!is_everybodys) office_.unhide(what.uid, what.recipient);
  const model::mail_ref altered = alter(*what.mail, planned.transforms, office_.around_.budget());
  if (altered) entry.octets = model::handed_out_octets(altered->bytes());
  const std::uint32_t copies = copies_by(planned, what.age);
  for (std::uint32_t i = 0; i < copies && seen_.size() < most_listed; ++i) {
    // Numbers that no real copy has; nobody can delete what is not there.
    if (i > 0) entry.copy = ++last_copies_[entry.message];
    seen_.push_back(entry);
    if (altered) differing_.emplace(std::pair(entry.message, entry.copy), altered);
  }
}

}  // namespace mailrig::delivery
