#include "capture/rig/route_table.hpp"

#include "capture/rig/glob.hpp"

#include <algorithm>

namespace mailrig::rig {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& each : result)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return result;
}

std::size_t index_of(route_fact fact) {
  return static_cast<std::size_t>(fact);
}

}  // namespace

rig* route_table::find(route_fact fact, std::string_view value) const {
  const of_fact& known = facts_[index_of(fact)];
  if (value.empty() || (known.exact.empty() && known.globs.empty())) return nullptr;
  if (const auto found = known.exact.find(lower(value)); found != known.exact.end())
    return found->second;
  const auto found =
      std::find_if(known.globs.begin(), known.globs.end(),
                   [value](const glob& each) { return matches_glob(each.pattern, value); });
  return found == known.globs.end() ? nullptr : found->to;
}

rig* route_table::find_recipient(std::string_view forward_path) const {
  const std::size_t at = forward_path.rfind('@');
  const std::string_view local_part = forward_path.substr(0, at);
  if (at != std::string_view::npos) {
    if (rig* found = find(route_fact::recipient_domain, forward_path.substr(at + 1))) return found;
  }
  const std::size_t plus = local_part.find('+');
  if (plus == std::string_view::npos) return nullptr;
  return find(route_fact::plus_tag, local_part.substr(plus + 1));
}

rig* route_table::holder(const route& wanted) const {
  const of_fact& known = facts_[index_of(wanted.fact)];
  const std::string value = lower(wanted.value);
  if (const auto found = known.exact.find(value); found != known.exact.end()) return found->second;
  const auto found = std::find_if(known.globs.begin(), known.globs.end(),
                                  [&value](const glob& each) { return each.pattern == value; });
  return found == known.globs.end() ? nullptr : found->to;
}

void route_table::add(const route& wanted, rig& to) {
  of_fact& known = facts_[index_of(wanted.fact)];
  ++count_;
  if (is_glob(wanted.value))
    known.globs.push_back({lower(wanted.value), &to});
  else
    known.exact.emplace(lower(wanted.value), &to);
}

void route_table::remove(const rig& to) {
  for (of_fact& known : facts_) {
    count_ -= std::erase_if(known.exact, [&to](const auto& each) { return each.second == &to; });
    count_ -= std::erase_if(known.globs, [&to](const glob& each) { return each.to == &to; });
  }
}

}  // namespace mailrig::rig
