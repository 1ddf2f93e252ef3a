// What logins change of the fates and marks of messages.
#include "capture/delivery/post_office.hpp"

#include <algorithm>

namespace mailrig::delivery {
namespace {

constexpr std::size_t most_tags = 50;

}  // namespace

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
