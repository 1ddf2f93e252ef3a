#include "capture/rig/waiters.hpp"

#include "capture/mime/case_folding.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::rig {
namespace {

// Queries held against a mail at once on the I/O thread; more go to the pool.
constexpr std::size_t most_at_once = 64;
// Mails times queries of one piece of work on the pool.
constexpr std::size_t most_per_work = 20'000;

model::duration between(waiters::steady::time_point from, waiters::steady::time_point to) {
  return std::chrono::duration_cast<model::duration>(to - from);
}

// The address that a mail must have among its recipients to match; empty: there is no such one.
std::string wanted_recipient(const query& wanted) {
  const auto address_of = [](const query_node& node) -> std::string {
    if (node.what != query_node::kind::term || node.leaf.what != word::rcpt) return {};
    const std::string& words = node.leaf.pattern.words();
    return words.find('@') != std::string::npos && !words.starts_with('@') ? words : std::string();
  };
  if (wanted.what == query_node::kind::term) return address_of(wanted);
  if (wanted.what != query_node::kind::all_of) return {};
  for (const query_node& each : wanted.children)
    if (std::string address = address_of(each); !address.empty()) return address;
  return {};
}

}  // namespace

waiters::waiters(rig_table& rigs, mail_search& search, std::function<steady::time_point()> now,
                 std::function<void()> due_changed)
    : rigs_(rigs),
      search_(search),
      now_(std::move(now)),
      due_changed_(std::move(due_changed)),
      self_(std::make_shared<waiters*>(this)) {
  rigs_.observe(*this);
}

waiters::~waiters() {
  *self_ = nullptr;
  rigs_.unobserve(*this);
}

std::optional<waiters::wait_id> waiters::add(rig& where, wait_request what, callback done) {
  if (waits_.size() >= most_waiters) return std::nullopt;
  auto made = std::make_unique<wait>();
  wait& one = *made;
  one.id = ++last_id_;
  one.where = where.shared_from_this();
  one.what = std::move(what);
  one.done = std::move(done);
  one.began = one.last_match = now_();
  one.evicted_before = where.evicted_count();
  one.address = wanted_recipient(*one.what.wanted);
  const wait_kind kind = one.what.kind;
  one.live_from =
      kind == wait_kind::messages ? where.messages().end_uid() : where.attempt_count() + 1;
  audience& all = audiences_[{&where, kind}];
  if (one.address.empty())
    all.everywhere.push_back(one.id);
  else
    all.by_recipient.emplace(one.address, one.id);
  if (one.what.is_exact) all.exact.push_back(one.id);
  const wait_id id = one.id;
  waits_.emplace(id, std::move(made));
  one.due = one.began + one.what.timeout;
  due_.emplace(one.due, id);
  if (due_.begin()->second == id) due_changed_();
  if (search_now(one)) {
    one.open_answers = 0;
    look_at(id);
  } else {
    begin_search(one);
  }
  return id;
}

// Most rigs hold few mails, and most waits ask for an address: that needs no other thread. False:
// it takes one.
bool waiters::search_now(wait& one) {
  if (asks_for_rig_facts(*one.what.wanted)) return false;
  const rig& where = *one.where;
  const bool of_messages = one.what.kind == wait_kind::messages;
  const std::uint64_t kept = of_messages ? where.messages().begin_uid()
                                         : where.attempt_count() + 1 - where.attempts().size();
  const std::uint64_t begin = std::max(kept, one.what.after + 1);
  if (one.live_from > begin + most_at_once) return false;
  matcher held(*one.what.wanted, rig_facts::get(nullptr));
  std::vector<search_hit> hits;
  for (std::uint64_t number = one.live_from; number > begin;) {
    --number;
    store::entry entry;
    if (of_messages)
      entry = where.messages().get(number);
    else
      entry.mail = where.attempts()[static_cast<std::size_t>(number - kept)];
    if (!entry.mail) continue;
    const verdict said = held.match(about(entry), nullptr);
    if (said == verdict::unknown) return false;
    if (said == verdict::yes) hits.push_back({number, std::move(entry)});
  }
  one.matched = hits.size();
  one.hits = std::move(hits);
  return true;
}

// What is there already.
void waiters::begin_search(wait& one) {
  const rig& where = *one.where;
  search_request request;
  request.wanted = one.what.wanted;
  request.after = one.what.after;
  request.most_hits = most_hits;
  const bool of_messages = one.what.kind == wait_kind::messages;
  request.over =
      of_messages ? where.messages().take_snapshot() : where.failed_attempts().take_snapshot();
  request.around = rig_facts::of(*request.wanted, where);
  mail_search::keep_facts keep;
  if (of_messages)
    keep = [held = one.where](const mail_search::made_facts& made) {
      for (const auto& [uid, facts] : made) held->messages().set_facts(uid, facts);
    };
  auto take = [self = self_, id = one.id](std::optional<search_result> found) {
    if (*self == nullptr) return;
    wait* const who = (*self)->find(id);
    if (who == nullptr) return;
    if (!found) return (*self)->finish(id, wait_outcome::busy);
    --who->open_answers;
    who->matched += found->matched;
    who->hits.insert(who->hits.end(), found->hits.begin(), found->hits.end());
    (*self)->look_at(id);
  };
  search_.search(std::move(request), std::move(keep), std::move(take));
}

void waiters::message_announced(const rig& where, store::message_uid uid,
                                const model::mail_ref& mail) {
  search_.prepare(mail);
  if (waits_.empty()) return;
  const store::entry entry = where.messages().get(uid);
  if (entry.mail) mail_came(where, wait_kind::messages, uid, entry);
  look_at_exact(where, wait_kind::messages);
  look_at_exact(where, wait_kind::attempts);
}

void waiters::attempt_ended(const rig& where, const model::mail_ref& attempt) {
  if (waits_.empty()) return;
  store::entry entry;
  entry.mail = attempt;
  mail_came(where, wait_kind::attempts, where.attempt_count(), entry);
  look_at_exact(where, wait_kind::messages);
  look_at_exact(where, wait_kind::attempts);
}

std::vector<waiters::wait_id> waiters::concerned(const audience& all,
                                                 const model::mail_record& mail) const {
  std::vector<wait_id> who = all.everywhere;
  if (all.by_recipient.empty()) return who;
  std::vector<std::string> seen;
  mail.for_each_address([&](std::string_view address) {
    std::string folded = mime::fold_case(address);
    if (std::find(seen.begin(), seen.end(), folded) != seen.end()) return;
    const auto [begin, end] = all.by_recipient.equal_range(folded);
    for (auto each = begin; each != end; ++each) who.push_back(each->second);
    if (seen.size() < most_at_once) seen.push_back(std::move(folded));
  });
  return who;
}

void waiters::mail_came(const rig& where, wait_kind kind, store::message_uid uid,
                        const store::entry& entry) {
  const auto found = audiences_.find({&where, kind});
  if (found == audiences_.end()) return;
  std::vector<wait_id> who = concerned(found->second, *entry.mail);
  // What the first search of a wait sees is none of these; neither is what came before its mark.
  std::erase_if(who, [this, uid](wait_id id) {
    const wait* const one = find(id);
    return one == nullptr || uid < one->live_from || uid <= one->what.after;
  });
  std::sort(who.begin(), who.end());
  who.erase(std::unique(who.begin(), who.end()), who.end());
  if (who.empty()) return;
  if (who.size() <= most_at_once) return judge_now(where, who, uid, entry);
  queued one{{entry, queries_of(who), nullptr}, std::move(who), uid};
  one.question.around = rig_facts::of(one.question.wanted, where, *entry.mail);
  judge_later(std::move(one));
}

void waiters::judge_now(const rig& where, const std::vector<wait_id>& who, store::message_uid uid,
                        const store::entry& entry) {
  const rig_facts::ref around = rig_facts::of(queries_of(who), where, *entry.mail);
  queued later{{entry, {}, around}, {}, uid};
  std::vector<wait_id> matched;
  for (const wait_id id : who) {
    matcher held(*find(id)->what.wanted, rig_facts::get(around));
    const verdict said = held.match(about(entry), nullptr);
    if (said == verdict::yes) matched.push_back(id);
    if (said == verdict::unknown) later.who.push_back(id);
  }
  for (const wait_id id : matched) {
    add_hit(*find(id), {uid, entry});
    look_at(id);
  }
  if (later.who.empty()) return;
  later.question.wanted = queries_of(later.who);
  judge_later(std::move(later));
}

std::vector<query_ref> waiters::queries_of(const std::vector<wait_id>& who) {
  std::vector<query_ref> all;
  all.reserve(who.size());
  for (const wait_id id : who) all.push_back(find(id)->what.wanted);
  return all;
}

void waiters::judge_later(queued one) {
  for (const wait_id id : one.who) ++find(id)->open_answers;
  queue_.push_back(std::move(one));
  if (!is_judging_) send_to_pool();
}

// One piece of work at a time: what comes meanwhile goes together with the next.
void waiters::send_to_pool() {
  std::size_t count = 0, weight = 0;
  while (count < queue_.size() && (count == 0 || weight < most_per_work))
    weight += queue_[count++].who.size();
  if (count == 0) return;
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  auto asked = std::make_shared<std::vector<queued>>(std::make_move_iterator(queue_.begin()),
                                                     std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  std::vector<search_question> questions;
  questions.reserve(asked->size());
  for (queued& each : *asked) questions.push_back(std::exchange(each.question, {}));
  for (std::size_t i = 0; i < asked->size(); ++i) (*asked)[i].question.entry = questions[i].entry;
  is_judging_ = true;
  auto take = [self = self_, asked](const std::optional<std::vector<search_verdicts>>& verdicts) {
    if (*self != nullptr) (*self)->judged(*asked, verdicts);
  };
  search_.judge(std::move(questions), std::move(take));
}

void waiters::judged(const std::vector<queued>& asked,
                     const std::optional<std::vector<search_verdicts>>& verdicts) {
  is_judging_ = false;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    for (std::size_t j = 0; j < asked[i].who.size(); ++j) {
      const wait_id id = asked[i].who[j];
      wait* const who = find(id);
      if (who == nullptr) continue;
      if (!verdicts) {
        finish(id, wait_outcome::busy);
        continue;
      }
      --who->open_answers;
      if ((*verdicts)[i][j]) add_hit(*who, {asked[i].uid, asked[i].question.entry});
      look_at(id);
    }
  }
  if (!is_judging_) send_to_pool();
}

void waiters::add_hit(wait& one, search_hit hit) {
  ++one.matched;
  one.last_match = now_();
  if (one.hits.size() == most_hits) {
    const auto oldest =
        std::min_element(one.hits.begin(), one.hits.end(),
                         [](const search_hit& a, const search_hit& b) { return a.uid < b.uid; });
    one.hits.erase(oldest);
  }
  one.hits.push_back(std::move(hit));
}

void waiters::look_at(wait_id which) {
  wait* const one = find(which);
  if (one == nullptr) return;
  const wait_request& what = one->what;
  if (!what.is_exact) {
    if (one->matched >= what.count) finish(which, wait_outcome::met);
    return;
  }
  if (one->matched > what.count) return finish(which, wait_outcome::exceeded);
  if (one->matched < what.count || one->open_answers > 0) return;
  const steady::time_point settled = one->last_match + what.settle;
  if (now_() < settled)
    set_due(*one, std::min(settled, one->began + what.timeout));
  else if (one->where->open_transactions() == 0)
    finish(which, wait_outcome::met);
  else
    set_due(*one, one->began + what.timeout);
}

// A transaction has ended, which may be all that was waited for.
void waiters::look_at_exact(const rig& where, wait_kind kind) {
  const auto found = audiences_.find({&where, kind});
  if (found == audiences_.end()) return;
  for (const wait_id id : std::vector(found->second.exact)) look_at(id);
}

void waiters::set_due(wait& one, steady::time_point when) {
  if (one.due == when) return;
  const auto [begin, end] = due_.equal_range(one.due);
  const auto entry =
      std::find_if(begin, end, [&one](const auto& each) { return each.second == one.id; });
  if (entry != end) due_.erase(entry);
  one.due = when;
  due_.emplace(when, one.id);
  if (due_.begin()->second == one.id) due_changed_();
}

std::optional<waiters::steady::time_point> waiters::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void waiters::tick() {
  const steady::time_point now = now_();
  std::vector<wait_id> due;
  for (auto each = due_.begin(); each != due_.end() && each->first <= now; ++each)
    due.push_back(each->second);
  for (const wait_id id : due) {
    look_at(id);
    const wait* const one = find(id);
    if (one != nullptr && now >= one->began + one->what.timeout)
      finish(id, wait_outcome::timed_out);
  }
}

void waiters::leave(const wait& one) {
  const auto found = audiences_.find({one.where.get(), one.what.kind});
  audience& all = found->second;
  std::erase(all.everywhere, one.id);
  std::erase(all.exact, one.id);
  const auto [begin, end] = all.by_recipient.equal_range(one.address);
  const auto entry =
      std::find_if(begin, end, [&one](const auto& each) { return each.second == one.id; });
  if (entry != end) all.by_recipient.erase(entry);
  if (all.everywhere.empty() && all.by_recipient.empty()) audiences_.erase(found);
  const auto [due_begin, due_end] = due_.equal_range(one.due);
  const auto due =
      std::find_if(due_begin, due_end, [&one](const auto& each) { return each.second == one.id; });
  if (due != due_end) due_.erase(due);
}

void waiters::finish(wait_id which, wait_outcome how) {
  const auto found = waits_.find(which);
  if (found == waits_.end()) return;
  const std::unique_ptr<wait> one = std::move(found->second);
  waits_.erase(found);
  leave(*one);
  std::sort(one->hits.begin(), one->hits.end(),
            [](const search_hit& a, const search_hit& b) { return a.uid > b.uid; });
  if (one->hits.size() > most_hits) one->hits.resize(most_hits);
  const steady::time_point now = now_();
  // Emptying a rig begins the count anew.
  const std::uint64_t evicted = one->where->evicted_count();
  one->done({how, std::move(one->hits), one->matched, between(one->began, now),
             between(one->last_match, now), evicted - std::min(evicted, one->evicted_before)});
}

void waiters::cancel(wait_id which) {
  const auto found = waits_.find(which);
  if (found == waits_.end()) return;
  const std::unique_ptr<wait> one = std::move(found->second);
  waits_.erase(found);
  leave(*one);
}

void waiters::rig_changed(const rig& where, rig_change what) {
  if (what == rig_change::made || what == rig_change::rules) return;
  std::vector<wait_id> gone;
  for (const auto& [id, one] : waits_)
    if (one->where.get() == &where) gone.push_back(id);
  for (const wait_id id : gone) finish(id, wait_outcome::emptied);
}

void waiters::stop() {
  std::vector<wait_id> all;
  for (const auto& [id, one] : waits_) all.push_back(id);
  for (const wait_id id : all) finish(id, wait_outcome::stopped);
}

waiters::wait* waiters::find(wait_id which) {
  const auto found = waits_.find(which);
  return found == waits_.end() ? nullptr : found->second.get();
}

}  // namespace mailrig::rig
