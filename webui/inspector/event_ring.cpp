#include "webui/inspector/event_ring.hpp"

#include <charconv>

namespace mailrig::inspector {

void event_ring::push(event what) {
  events_.push_back(std::move(what));
  if (events_.size() <= capacity_) return;
  events_.pop_front();
  ++first_;
}

std::string event_ring::id_of(event_number number) const {
  return tag_ + '.' + std::to_string(number);
}

std::optional<event_number> event_ring::after(std::string_view last_event_id) const {
  if (!last_event_id.starts_with(tag_)) return std::nullopt;
  last_event_id.remove_prefix(tag_.size());
  if (!last_event_id.starts_with('.')) return std::nullopt;
  last_event_id.remove_prefix(1);
  event_number number = 0;
  const char* end = last_event_id.data() + last_event_id.size();
  const auto [stopped, error] = std::from_chars(last_event_id.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  if (number >= this->end() || number + 1 < first_) return std::nullopt;
  return number + 1;
}

}  // namespace mailrig::inspector
