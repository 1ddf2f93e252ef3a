#include "capture/rig/session_query.hpp"

#include <algorithm>

namespace mailrig::rig {
namespace {

bool applies(word what) {
  switch (what) {
    case word::any_text:
    case word::helo:
    case word::user:
    case word::tls:
    case word::lint:
    case word::session:
    case word::before:
    case word::after: return true;
    default: return false;
  }
}

bool term_matches(const term& what, const session_record& session, std::string& scratch) {
  const text_pattern& pattern = what.pattern;
  const std::string user = session.auth ? session.auth->who.user : std::string();
  switch (what.what) {
    case word::helo: return pattern.is_in(session.helo, scratch);
    case word::user: return pattern.is_in(user, scratch);
    case word::tls: return (session.tls != nullptr) == (what.value == "yes");
    case word::session: return pattern.is_all_of(model::to_string(session.id), scratch);
    case word::before: return session.started_at < what.when;
    case word::after: return session.started_at > what.when;
    case word::lint:
      return std::any_of(session.notes.begin(), session.notes.end(),
                         [&](const note& each) { return pattern.is_all_of(each.name, scratch); });
    default:
      return pattern.is_in(session.peer, scratch) || pattern.is_in(session.helo, scratch) ||
             pattern.is_in(user, scratch) || pattern.is_in(session.protocol, scratch);
  }
}

}  // namespace

std::optional<query_error> refuse_for_sessions(const query_node& wanted) {
  if (wanted.what == query_node::kind::term) {
    if (applies(wanted.leaf.what)) return std::nullopt;
    return query_error{wanted.leaf.text() +
                           " asks for what a session has not; there are helo:, user:, tls:, lint:, "
                           "session:, before:, after: and free text",
                       wanted.leaf.position};
  }
  for (const query_node& each : wanted.children)
    if (auto refused = refuse_for_sessions(each)) return refused;
  return std::nullopt;
}

bool matches(const query_node& wanted, const session_record& session, std::string& scratch) {
  const auto holds = [&](const query_node& each) { return matches(each, session, scratch); };
  switch (wanted.what) {
    case query_node::kind::term: return term_matches(wanted.leaf, session, scratch);
    case query_node::kind::all_of:
      return std::all_of(wanted.children.begin(), wanted.children.end(), holds);
    case query_node::kind::any_of:
      return std::any_of(wanted.children.begin(), wanted.children.end(), holds);
    case query_node::kind::none_of: return !holds(wanted.children.front());
  }
  return false;
}

}  // namespace mailrig::rig
