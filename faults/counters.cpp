#include "faults/counters.hpp"

#include "faults/fact_values.hpp"
#include "faults/text.hpp"

#include <algorithm>

namespace mailrig::faults {
namespace {

constexpr std::size_t most_marks = 1'000'000;  // of one counter, over all its keys

bool is_fed_by(quantity of, happening what) {
  using enum happening;
  switch (of) {
    case quantity::connections_open: return false;
    case quantity::connections_total: return what == connection_opened;
    case quantity::commands: return what == command;
    case quantity::commands_errors: return what == command_error;
    case quantity::commands_unknown: return what == command_unknown;
    case quantity::auth_failed: return what == auth_failed;
    case quantity::auth_total: return what == auth_failed || what == auth_succeeded;
    case quantity::mail: return what == mail_accepted;
    case quantity::mail_distinct_sender_domains: return what == mail_accepted;
    case quantity::rcpt_accepted: return what == rcpt_accepted;
    case quantity::rcpt_rejected: return what == rcpt_rejected;
    case quantity::rcpt_unknown: return what == rcpt_unknown;
    case quantity::messages_accepted:
    case quantity::messages_bytes:
    case quantity::messages_same_fingerprint:
    case quantity::message_id_same: return what == message_accepted;
    case quantity::pop3_logins: return what == pop3_login;
  }
  return false;
}

// What the session itself counts; nothing if the engine has to.
const tallies* own_tallies(const counter_spec& spec, const session_facts* session) {
  if (session == nullptr || spec.per.size() != 1 || spec.within.what != window::kind::none ||
      spec.of == quantity::mail_distinct_sender_domains ||
      spec.of == quantity::messages_same_fingerprint || spec.of == quantity::message_id_same)
    return nullptr;
  if (spec.per.front() == key_part::connection) return &session->in_connection;
  return spec.per.front() == key_part::transaction ? &session->in_transaction : nullptr;
}

std::uint64_t own_value(quantity of, const tallies& own) {
  if (of == quantity::messages_bytes) return own.octets;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < happening_count; ++i) {
    const auto what = static_cast<happening>(i);
    if (is_fed_by(of, what)) sum += own.of(what);
  }
  return sum;
}

bool is_of_session(const counter_spec& spec) {
  return spec.per.size() == 1 &&
         (spec.per.front() == key_part::connection || spec.per.front() == key_part::transaction);
}

}  // namespace

bool counter::make_key(const event& facts, std::string& key) const {
  key.clear();
  bool is_whole = append_key(key, spec_.per, facts);
  if (spec_.of == quantity::messages_same_fingerprint) {
    key += '\x1e';
    is_whole = append_key(key, {key_part::fingerprint}, facts) && is_whole;
  } else if (spec_.of == quantity::message_id_same) {
    key += '\x1e';
    is_whole = append_key(key, {key_part::message_id}, facts) && is_whole;
  }
  return is_whole;
}

void counter::feed(const event& facts, model::instant now, std::string& scratch) {
  if (!make_key(facts, scratch)) return;
  if (spec_.of == quantity::mail_distinct_sender_domains) {
    const std::string domain = folded(domain_of(reverse_path_of(facts).value_or("")));
    distinct_.use(scratch).add(spec_, now, domain);
    return;
  }
  add(scratch, now, spec_.of == quantity::messages_bytes ? facts.size : 1);
}

void counter::add(std::string_view key, model::instant now, std::uint64_t amount) {
  tally& sum = sums_.use(key);
  const std::size_t before = sum.marks();
  sum.add(spec_, now, amount);
  marks_ += sum.marks();
  marks_ -= before;
  while (marks_ > most_marks && sums_.size() > 1) {
    marks_ -= sums_.oldest().marks();
    sums_.forget_oldest();
  }
}

std::uint64_t counter::value(const event& facts, model::instant now, std::string& scratch) const {
  if (!make_key(facts, scratch)) return 0;
  if (spec_.of == quantity::mail_distinct_sender_domains) {
    const distinct_tally* const found = distinct_.peek(scratch);
    return found == nullptr ? 0 : found->value(spec_, now);
  }
  const tally* const found = sums_.peek(scratch);
  return found == nullptr ? 0 : found->value(spec_, now);
}

void counter::clear() {
  sums_.clear();
  distinct_.clear();
  marks_ = 0;
}

counter_ref counters::use(const counter_spec& spec) {
  const auto found = std::find_if(
      all_.begin(), all_.end(), [&spec](const counter_ref& each) { return each->spec() == spec; });
  if (found != all_.end()) return *found;
  all_.push_back(std::make_shared<counter>(spec, forgotten_));
  for (std::size_t i = 0; i < happening_count; ++i) {
    if (is_fed_by(spec.of, static_cast<happening>(i))) fed_by_[i].push_back(all_.back().get());
  }
  if (spec.of == quantity::connections_open && !counts_open_) {
    counts_open_ = true;
    count_open_sessions();
  }
  return all_.back();
}

void counters::forget_unused() {
  for (auto& fed : fed_by_) fed.clear();
  std::erase_if(all_, [](const counter_ref& each) { return each.use_count() == 1; });
  counts_open_ = false;
  for (const counter_ref& each : all_) {
    counts_open_ = counts_open_ || each->spec().of == quantity::connections_open;
    for (std::size_t i = 0; i < happening_count; ++i) {
      if (is_fed_by(each->spec().of, static_cast<happening>(i))) fed_by_[i].push_back(each.get());
    }
  }
  if (!counts_open_) {
    open_by_address_.clear();
    open_by_user_.clear();
  }
}

void counters::clear() {
  opened_ = 0;
  for (const counter_ref& each : all_) each->clear();
}

void counters::open(session_facts& session, model::instant now) {
  if (session.is_linked()) return;
  session.number = ++opened_;
  session.began_at = now;
  sessions_.push_back(session);
  if (!counts_open_) return;
  ++open_;
  ++open_by_address_[std::string(session.client_address)];
}

void counters::decrease(open_counts& counts, std::string_view key) {
  const auto found = counts.find(std::string(key));
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

void counters::close(session_facts& session, model::instant now) {
  if (!session.is_linked()) return;
  session.age_elsewhere += now - session.began_at;
  sessions_.erase(sessions_.iterator_to(session));
  if (!counts_open_) return;
  --open_;
  decrease(open_by_address_, session.client_address);
  if (session.auth_result.value_or(false)) decrease(open_by_user_, folded(session.auth_user));
}

void counters::count_open_sessions() {
  open_by_address_.clear();
  open_by_user_.clear();
  open_ = 0;
  for (const session_facts& each : sessions_) {
    ++open_;
    ++open_by_address_[std::string(each.client_address)];
    if (each.auth_result.value_or(false)) ++open_by_user_[folded(each.auth_user)];
  }
}

void counters::observe(happening what, const event& facts, model::instant now) {
  if (facts.session != nullptr) {
    // Listed by the engine while it is open; its facts stay the session's own.
    auto& session = const_cast<session_facts&>(*facts.session);
    if (what == happening::connection_opened) open(session, now);
    if (what == happening::connection_closed) close(session, now);
    if (what == happening::auth_succeeded && counts_open_)
      ++open_by_user_[folded(session.auth_user)];
  }
  for (counter* const each : fed_by_[static_cast<std::size_t>(what)])
    each->feed(facts, now, scratch_);
}

std::uint64_t counters::value(const counter& which, const event& facts, model::instant now) const {
  const counter_spec& spec = which.spec();
  if (spec.of == quantity::connections_open) {
    const key_part per = spec.per.front();
    if (per == key_part::rig) return open_;
    const bool by_user = per == key_part::auth_user;
    const std::string key = by_user ? folded(text_of(fact::auth_user, facts).value_or(""))
                                    : std::string(facts.client_address);
    const open_counts& counts = by_user ? open_by_user_ : open_by_address_;
    const auto found = counts.find(key);
    return found == counts.end() ? 0 : found->second;
  }
  if (const tallies* const own = own_tallies(spec, facts.session)) return own_value(spec.of, *own);
  return which.value(facts, now, scratch_);
}

std::uint32_t counters::wanted() const {
  const auto bit = [](happening what) { return std::uint32_t{1} << static_cast<unsigned>(what); };
  // Open sessions are always listed, so that a rule that comes later knows them.
  std::uint32_t bits = bit(happening::connection_opened) | bit(happening::connection_closed);
  if (counts_open_) bits |= bit(happening::auth_succeeded);
  for (std::size_t i = 0; i < happening_count; ++i) {
    const auto& fed = fed_by_[i];
    const bool is_needed = std::any_of(fed.begin(), fed.end(), [](const counter* each) {
      return !is_of_session(each->spec()) || each->spec().within.what != window::kind::none ||
             each->spec().of == quantity::mail_distinct_sender_domains;
    });
    if (is_needed) bits |= bit(static_cast<happening>(i));
  }
  return bits;
}

bool counters::wants_fingerprint() const {
  return std::any_of(all_.begin(), all_.end(), [](const counter_ref& each) {
    const counter_spec& spec = each->spec();
    return spec.of == quantity::messages_same_fingerprint ||
           std::find(spec.per.begin(), spec.per.end(), key_part::fingerprint) != spec.per.end();
  });
}

std::size_t counters::open_sessions() const {
  return sessions_.size();
}

}  // namespace mailrig::faults
