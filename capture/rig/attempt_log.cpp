#include "capture/rig/attempt_log.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace mailrig::rig {

void attempt_log::push(model::mail_ref attempt) {
  octets_ += attempt->footprint();
  mails_.push_back(std::move(attempt));
  ++count_;
  while (mails_.size() > most || (octets_ > most_octets && mails_.size() > 1)) {
    octets_ -= mails_.front()->footprint();
    mails_.pop_front();
  }
}

void attempt_log::clear() {
  mails_.clear();
  octets_ = 0;
}

model::mail_ref attempt_log::find(const model::id& attempt) const {
  const auto found =
      std::find_if(mails_.rbegin(), mails_.rend(),
                   [&attempt](const model::mail_ref& each) { return each->id() == attempt; });
  return found == mails_.rend() ? nullptr : *found;
}

store::snapshot attempt_log::take_snapshot(store::message_uid behind) const {
  std::size_t alive = 0;
  std::vector<store::block_ref> blocks;
  boost::intrusive_ptr<store::block> open;
  for (std::size_t i = 0; i < mails_.size(); ++i) {
    if (i % store::block_size == 0) {
      open = new store::block;
      blocks.push_back(open);
    }
    const std::uint64_t uid = mails_[i]->facts().gone_uid;
    if (uid != 0 && uid <= behind) continue;
    open->entries[i % store::block_size].mail = mails_[i];
    ++alive;
  }
  return {std::move(blocks), count_ + 1 - mails_.size(), count_ + 1, alive};
}

}  // namespace mailrig::rig
