#include "capture/delivery/due_queue.hpp"

namespace mailrig::delivery {
namespace {

constexpr std::size_t node_overhead = 64;  // of a map, roughly

std::size_t footprint(const due_work& what) {
  std::size_t octets = node_overhead + sizeof what + what.recipient.size();
  if (const auto* const entries = std::get_if<due_entries>(&what.what)) {
    if (entries->altered) octets += entries->altered->footprint();
  } else if (const auto* const mail = std::get_if<due_mail>(&what.what)) {
    if (const auto* const bounce = std::get_if<faults::bounce>(mail))
      octets += bounce->diagnostic.size() + bounce->remote_mta.size();
    if (const auto* const reply = std::get_if<faults::auto_reply>(mail))
      octets += reply->text.size();
  }
  return octets;
}

}  // namespace

bool due_queue::add(model::instant at, due_work what, order among) {
  if (works_.size() >= most) return false;
  ++turn_;
  octets_ += footprint(what);
  works_.emplace(key{at, among == order::in_turn ? turn_ : -turn_}, std::move(what));
  return true;
}

std::optional<model::instant> due_queue::next() const {
  if (works_.empty()) return std::nullopt;
  return works_.begin()->first.first;
}

std::pair<model::instant, due_work> due_queue::take() {
  auto first = works_.extract(works_.begin());
  octets_ -= footprint(first.mapped());
  return {first.key().first, std::move(first.mapped())};
}

void due_queue::clear() {
  works_.clear();
  octets_ = 0;
}

}  // namespace mailrig::delivery
