#include "capture/rig/text_cache.hpp"

#include <iterator>
#include <utility>

namespace mailrig::rig {
namespace {

// The item, its place in the list and in the table.
constexpr std::size_t overhead = sizeof(decoded_body) + 200;

}  // namespace

body_ref text_cache::find(const model::id& mail) {
  const auto found = by_mail_.find(mail);
  if (found == by_mail_.end()) return nullptr;
  items_.splice(items_.begin(), items_, found->second);
  found->second->last_search = search_;
  return found->second->body;
}

void text_cache::keep(const model::id& mail, body_ref body) {
  const std::size_t octets = overhead + body->text.capacity() + body->words.capacity();
  if (octets > most_octets_ || by_mail_.contains(mail)) return;
  while (octets_ + octets > most_octets_) {
    const auto oldest = std::prev(items_.end());
    if (oldest->last_search + 1 >= search_) return;
    drop(oldest);
  }
  items_.push_front({mail, std::move(body), octets, search_});
  by_mail_[mail] = items_.begin();
  octets_ += octets;
}

void text_cache::drop(item_list::iterator which) {
  octets_ -= which->octets;
  by_mail_.erase(which->mail);
  items_.erase(which);
}

void text_cache::forget(const model::id& mail) {
  if (const auto found = by_mail_.find(mail); found != by_mail_.end()) drop(found->second);
}

void text_cache::forget_all() {
  items_.clear();
  by_mail_.clear();
  octets_ = 0;
}

}  // namespace mailrig::rig
