#include "webui/inspector/newest_pages.hpp"

#include <utility>

namespace mailrig::inspector {

page_state state_of(const rig::rig& where, std::size_t limit) {
  return {where.number(), where.messages().revision(), where.attempt_count(), limit};
}

std::size_t newest_pages::place_of(const page_state& state) {
  return (state.rig * 7 + state.limit) % std::tuple_size_v<decltype(pages_)>;
}

std::shared_ptr<const std::string> newest_pages::find(const page_state& now) const {
  const kept_page& kept = pages_[place_of(now)];
  return kept.state == now ? kept.text : nullptr;
}

void newest_pages::keep(const page_state& as_of, answer& made) {
  if (made.status != 200 || made.text.size() > most_octets) return;
  auto text = std::make_shared<const std::string>(std::move(made.text));
  pages_[place_of(as_of)] = {as_of, text};
  made = shared_answer(std::move(text));
}

answer shared_answer(std::shared_ptr<const std::string> json) {
  answer result = json_answer({});
  result.borrowed = *json;
  result.owner = std::move(json);
  return result;
}

}  // namespace mailrig::inspector
