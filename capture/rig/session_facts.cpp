#include "capture/rig/session_facts.hpp"

#include <algorithm>

namespace mailrig::rig {

session_facts facts_of(const session_record& session) {
  session_facts facts;
  facts.id = session.id;
  facts.helo = session.helo;
  facts.has_tls = session.tls != nullptr;
  if (session.auth) facts.user = session.auth->who.user;
  for (const note& each : session.notes) facts.lints.push_back(each.name);
  return facts;
}

session_index::session_index(const std::deque<std::shared_ptr<const session_record>>& sessions) {
  facts_.reserve(sessions.size());
  for (const auto& each : sessions) facts_.push_back(facts_of(*each));
  // Listed as they began, which is the order of ids but for those that a route brought.
  const auto by_id = [](const session_facts& a, const session_facts& b) { return a.id < b.id; };
  if (!std::is_sorted(facts_.begin(), facts_.end(), by_id))
    std::sort(facts_.begin(), facts_.end(), by_id);
}

const session_facts* session_index::find(const model::id& session) const {
  const auto found =
      std::lower_bound(facts_.begin(), facts_.end(), session,
                       [](const session_facts& each, const model::id& id) { return each.id < id; });
  return found != facts_.end() && found->id == session ? &*found : nullptr;
}

}  // namespace mailrig::rig
