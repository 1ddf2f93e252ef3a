#include "capture/rig/rig_facts.hpp"

#include "capture/rig/rig.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::rig {
namespace {

bool any_term(const query_node& node, bool (*holds)(word)) {
  if (node.what == query_node::kind::term) return holds(node.leaf.what);
  return std::any_of(node.children.begin(), node.children.end(),
                     [holds](const query_node& each) { return any_term(each, holds); });
}

bool is_of_session(word what) {
  return what == word::helo || what == word::user || what == word::tls || what == word::lint;
}

bool is_chain(word what) {
  return what == word::chain;
}

bool is_rule(word what) {
  return what == word::rule;
}

void add_rule(std::string& list, const std::string& rule) {
  list += (list.empty() ? "" : " ") + rule;
}

session_index session_of(const rig& where, const model::mail_record& mail) {
  const auto found = where.find_session(mail.facts().session);
  return found ? session_index(facts_of(*found)) : session_index();
}

}  // namespace

std::vector<model::mail_ref> recent_mails(const rig& where) {
  constexpr std::size_t most = 10'000;
  std::vector<model::mail_ref> all;
  const store::store& messages = where.messages();
  for (store::message_uid uid = messages.end_uid();
       uid > messages.begin_uid() && all.size() < most;) {
    if (auto entry = messages.get(--uid); entry.mail) all.push_back(std::move(entry.mail));
  }
  const auto& attempts = where.attempts();
  const std::size_t count = std::min(attempts.size(), most);
  all.insert(all.end(), attempts.end() - static_cast<std::ptrdiff_t>(count), attempts.end());
  return all;
}

chain_finder chains_for(std::span<const model::mail_ref> mails, const rig& where) {
  const bool is_whole =
      std::all_of(mails.begin(), mails.end(), [](const auto& each) { return has_content(*each); });
  return is_whole ? chain_finder() : chain_finder(recent_mails(where));
}

bool asks_for_rig_facts(const query& wanted) {
  return any_term(wanted,
                  [](word what) { return is_of_session(what) || is_chain(what) || is_rule(what); });
}

rig_facts::ref rig_facts::of(const query& wanted, const rig& where) {
  if (!asks_for_rig_facts(wanted)) return nullptr;
  auto made = std::make_shared<rig_facts>();
  if (any_term(wanted, is_of_session)) made->sessions_ = session_index(where.sessions());
  if (any_term(wanted, is_chain)) made->chains_ = chain_finder(recent_mails(where));
  if (any_term(wanted, is_rule)) {
    where.judge().hits().for_each([&made](const faults::hit& each) {
      if (!each.attempt.empty()) add_rule(made->rules_[each.attempt], each.rule);
    });
  }
  return made;
}

rig_facts::ref rig_facts::of(std::span<const query_ref> wanted, const rig& where,
                             const model::mail_record& one) {
  const auto any = [wanted](bool (*holds)(word)) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [holds](const query_ref& each) { return any_term(*each, holds); });
  };
  const bool of_session = any(is_of_session), of_chain = any(is_chain), of_rule = any(is_rule);
  if (!of_session && !of_chain && !of_rule) return nullptr;
  auto made = std::make_shared<rig_facts>();
  if (of_session) made->sessions_ = session_of(where, one);
  if (of_chain) made->chains_ = chain_finder(recent_mails(where));
  if (of_rule) {
    const std::string id = model::to_string(one.id());
    for (const faults::hit* each : where.judge().hits().of_attempt(id))
      add_rule(made->rules_[id], each->rule);
  }
  return made;
}

const rig_facts& rig_facts::get(const ref& from) {
  static const rig_facts nothing;
  return from ? *from : nothing;
}

std::string_view rig_facts::rules_of(const model::mail_record& mail) const {
  if (rules_.empty()) return {};
  const auto found = rules_.find(model::to_string(mail.id()));
  return found != rules_.end() ? std::string_view(found->second) : std::string_view();
}

std::string rig_facts::chain_of(const model::mail_record& mail) const {
  return chains_.chain_of(mail);
}

}  // namespace mailrig::rig
