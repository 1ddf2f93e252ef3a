#include "webui/inspector/event_hub.hpp"

#include "webui/inspector/event_json.hpp"
#include "webui/inspector/message_json.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::inspector {
namespace {

constexpr std::size_t batch_size = 64;
// Ids of one `removed` event, so that no event grows without bound.
constexpr std::size_t most_ids = 500;
// What an event takes beside its row.
constexpr std::size_t usual_size = 100;

std::string_view name_of(event_kind kind) {
  switch (kind) {
    case event_kind::message: return "message";
    case event_kind::attempt: return "attempt";
    case event_kind::session: return "session";
    case event_kind::rig: return "rig";
    case event_kind::fate: return "fate";
    case event_kind::removed:
    case event_kind::removed_all: break;
  }
  return "removed";
}

rig::rig::session_ref find_session(const rig::rig& where, const model::id& id) {
  const auto& sessions = where.sessions();
  const auto found = std::find_if(sessions.rbegin(), sessions.rend(),
                                  [&id](const auto& each) { return each->id == id; });
  return found == sessions.rend() ? nullptr : *found;
}

}  // namespace

event_hub::event_hub(rig::rig_table& rigs, rig::mail_reader& mails, std::string tag,
                     std::size_t capacity)
    : rigs_(rigs),
      mails_(mails),
      ring_(std::move(tag), capacity),
      default_rig_(rigs.default_rig().number()) {
  for (const auto& each : rigs.all()) by_number_[each->number()] = each.get();
  rigs_.observe(*this);
}

event_hub::~event_hub() {
  *is_here_ = false;
  rigs_.unobserve(*this);
}

event_hub::subscription event_hub::subscribe(event_reader& who, const rig::rig& of,
                                             std::string_view last_event_id,
                                             rig::query_ref wanted) {
  const event_number now = ring_.end();
  const auto next = ring_.after(last_event_id);
  if (followers_.empty() && !is_at_work_) ready_ = told_ = now;
  // It does not know its place yet, but its rig is followed: rows are made for it.
  followers_.push_back({&who, of.number(), false, std::move(wanted), {}});
  if (next) {
    // Rows of the events between may not have been made: they are gone through once more.
    rewind_to_ = std::min(rewind_to_, *next);
    advance();
  }
  find_follower(who)->is_told = true;
  return {next.value_or(now), now, !next && !last_event_id.empty()};
}

void event_hub::unsubscribe(event_reader& who) {
  std::erase_if(followers_, [&who](const follower& each) { return each.who == &who; });
}

rig::rig* event_hub::find(std::uint64_t number) const {
  const auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second;
}

bool event_hub::is_for(const event& what, std::uint64_t rig_number) const {
  return what.rig == rig_number || (what.kind == event_kind::rig && rig_number == default_rig_);
}

bool event_hub::is_followed(const event& what) const {
  return std::any_of(followers_.begin(), followers_.end(),
                     [&](const follower& each) { return is_for(what, each.rig); });
}

// What happens

void event_hub::message_announced(const rig::rig& where, store::message_uid uid,
                                  const model::mail_ref&) {
  push({.kind = event_kind::message, .rig = where.number(), .uid = uid});
}

void event_hub::messages_removed(const rig::rig& where, const std::vector<model::id>& ids,
                                 rig::removal why) {
  const std::string reason = why == rig::removal::evicted ? "evicted" : "deleted";
  for (std::size_t begin = 0; begin < ids.size(); begin += most_ids) {
    const std::size_t end = std::min(begin + most_ids, ids.size());
    push({.kind = event_kind::removed,
          .rig = where.number(),
          .ids = {ids.begin() + static_cast<std::ptrdiff_t>(begin),
                  ids.begin() + static_cast<std::ptrdiff_t>(end)},
          .text = reason});
  }
  for (const model::id& each : ids) mails_.forget(each);
}

void event_hub::all_messages_removed(const rig::rig& where, std::size_t) {
  push({.kind = event_kind::removed_all, .rig = where.number(), .text = "deleted"});
  mails_.forget_all();
}

void event_hub::attempt_ended(const rig::rig& where, const model::mail_ref& attempt) {
  push({.kind = event_kind::attempt, .rig = where.number(), .id = attempt->id()});
}

void event_hub::session_ended(const rig::rig& where, const rig::session_record& session) {
  push({.kind = event_kind::session, .rig = where.number(), .id = session.id});
}

void event_hub::rig_changed(const rig::rig& where, rig::rig_change what) {
  if (what == rig::rig_change::made) by_number_[where.number()] = rigs_.find(where.name());
  push({.kind = event_kind::rig, .rig = where.number(), .text = rig_event_json(where, what)});
  if (what != rig::rig_change::deleted) return;
  mails_.forget_all();
  by_number_.erase(where.number());
  for (event_reader* const each : readers()) {
    const follower* const who = find_follower(*each);
    if (who != nullptr && who->rig == where.number()) each->rig_gone();
  }
}

void event_hub::fate_changed(const rig::rig& where, store::message_uid uid,
                             const model::mail_ref& mail) {
  const store::entry stored = where.messages().get(uid);
  push({.kind = event_kind::fate,
        .rig = where.number(),
        .text = fate_event_json(*mail, uid, stored.fates.get())});
}

void event_hub::push(event what) {
  ring_.push(std::move(what));
  if (!followers_.empty()) advance();
}

// Makes events ready in order, up to the first for which something must be done first.
void event_hub::advance() {
  if (is_at_work_) return;
  ready_ = std::max(std::min(ready_, std::exchange(rewind_to_, no_rewind)), ring_.begin());
  const event_number before = ready_;
  while (ready_ < ring_.end()) {
    const event_number end = std::min(ready_ + batch_size, ring_.end());
    if (begin_work(end)) break;
    ready_ = end;
  }
  if (ready_ != before) tell_followers();
}

bool event_hub::begin_work(event_number end) {
  auto missing = missing_rows(end);
  if (missing.empty()) return begin_trials(end);
  make_rows(std::move(missing));
  return true;
}

std::vector<event_hub::row_wish> event_hub::missing_rows(event_number end) const {
  std::vector<row_wish> result;
  for (event_number number = ready_; number < end; ++number) {
    const event& each = ring_.at(number);
    if (each.kind != event_kind::message || !is_followed(each)) continue;
    rig::rig* const where = find(each.rig);
    if (where == nullptr) continue;
    const store::entry entry = where->messages().get(each.uid);
    if (entry.mail && !entry.row)
      result.push_back({where->shared_from_this(), each.uid, entry.mail});
  }
  return result;
}

void event_hub::make_rows(std::vector<row_wish> wishes) {
  is_at_work_ = true;
  std::vector<model::mail_ref> mails;
  mails.reserve(wishes.size());
  for (const row_wish& each : wishes) mails.push_back(each.mail);
  auto keep = [this, is_here = is_here_,
               wishes = std::move(wishes)](std::optional<rig::mail_reader::summaries> made) {
    if (*is_here) rows_made(wishes, made);
  };
  mails_.summarise(std::move(mails), std::move(keep));
}

void event_hub::rows_made(const std::vector<row_wish>& wishes,
                          const std::optional<rig::mail_reader::summaries>& made) {
  is_at_work_ = false;
  if (!made) return give_up();
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    const row_wish& each = wishes[i];
    each.where->messages().set_row(
        each.uid, std::make_shared<const std::string>(
                      make_row(row_of(*each.mail, each.uid, *each.where), (*made)[i])));
  }
  advance();
}

// Queries

event_hub::follower* event_hub::find_follower(const event_reader& who) {
  const auto found = std::find_if(followers_.begin(), followers_.end(),
                                  [&who](const follower& each) { return each.who == &who; });
  return found == followers_.end() ? nullptr : &*found;
}

store::entry event_hub::mail_of(const event& what) const {
  const rig::rig* const where = find(what.rig);
  if (where == nullptr) return {};
  if (what.kind == event_kind::message) return where->messages().get(what.uid);
  store::entry attempt;
  if (what.kind == event_kind::attempt) attempt.mail = where->failed_attempts().find(what.id);
  return attempt;
}

// Each mail is read once, however many followers ask for it.
bool event_hub::begin_trials(event_number end) {
  std::vector<trial> trials;
  std::vector<rig::search_question> questions;
  for (event_number number = ready_; number < end; ++number) {
    const event& what = ring_.at(number);
    if (what.kind != event_kind::message && what.kind != event_kind::attempt) continue;
    trial one{number, {}};
    rig::search_question question{mail_of(what), {}, nullptr};
    if (!question.entry.mail) continue;
    for (const follower& each : followers_) {
      if (!each.wanted || !is_for(what, each.rig) || each.verdicts.contains(number)) continue;
      one.who.push_back(each.who);
      question.wanted.push_back(each.wanted);
    }
    if (one.who.empty()) continue;
    question.around = rig::rig_facts::of(question.wanted, *find(what.rig), *question.entry.mail);
    trials.push_back(std::move(one));
    questions.push_back(std::move(question));
  }
  if (trials.empty()) return false;
  is_at_work_ = true;
  auto take = [this, is_here = is_here_, trials = std::move(trials)](
                  const std::optional<std::vector<rig::search_verdicts>>& verdicts) {
    if (*is_here) tried(trials, verdicts);
  };
  mails_.searches().judge(std::move(questions), std::move(take));
  return true;
}

void event_hub::tried(const std::vector<trial>& trials,
                      const std::optional<std::vector<rig::search_verdicts>>& verdicts) {
  is_at_work_ = false;
  if (!verdicts) return give_up();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    for (std::size_t k = 0; k < trials[i].who.size(); ++k) {
      // It may have gone meanwhile.
      if (follower* const who = find_follower(*trials[i].who[k]))
        who->verdicts[trials[i].number] = (*verdicts)[i][k];
    }
  }
  advance();
}

bool event_hub::wants(const follower& who, event_number number) const {
  const event& what = ring_.at(number);
  if (!is_for(what, who.rig)) return false;
  if (!who.wanted) return true;
  if (what.kind == event_kind::session) return false;
  if (what.kind != event_kind::message && what.kind != event_kind::attempt) return true;
  const auto found = who.verdicts.find(number);
  return found != who.verdicts.end() && found->second;
}

void event_hub::give_up() {
  for (event_reader* each : readers()) each->give_up();
}

std::vector<event_reader*> event_hub::readers() const {
  std::vector<event_reader*> result;
  for (const follower& each : followers_) result.push_back(each.who);
  return result;
}

std::size_t event_hub::size_of(const event& what) const {
  if (what.kind != event_kind::message) return usual_size + what.text.size();
  const rig::rig* const where = find(what.rig);
  const store::entry entry = where == nullptr ? store::entry{} : where->messages().get(what.uid);
  return usual_size + (entry.row ? entry.row->size() : 0);
}

void event_hub::tell_followers() {
  const event_number from = std::max(told_, ring_.begin());
  told_ = std::max(told_, ready_);
  for (event_reader* const each : readers()) {
    // An earlier one's doing may have ended it.
    const follower* const who = find_follower(*each);
    if (who == nullptr || !who->is_told) continue;
    std::size_t count = 0;
    std::size_t octets = 0;
    for (event_number number = from; number < ready_; ++number) {
      if (!wants(*who, number)) continue;
      ++count;
      octets += size_of(ring_.at(number));
    }
    each->events_ready(count, octets);
  }
}

// Writing

event_hub::written event_hub::write(const event_reader& reader, event_number& next,
                                    std::size_t about, event_number since) {
  written result;
  follower* const who = find_follower(reader);
  if (who == nullptr) return result;
  for (next = std::max(next, ring_.begin()); next < ready_ && result.text.size() < about; ++next) {
    if (wants(*who, next)) {
      if (!write_event(result.text, next)) break;
      if (next >= since) ++result.count;
    }
    who->verdicts.erase(next);
  }
  return result;
}

bool event_hub::write_event(std::string& out, event_number number) const {
  const event& what = ring_.at(number);
  const rig::rig* const where = find(what.rig);
  store::entry entry;
  std::string made;
  std::string_view data;
  if (what.kind == event_kind::message) {
    if (where != nullptr) entry = where->messages().get(what.uid);
    // Removed since: its `removed` event follows, and there is nothing left to tell.
    if (!entry.mail) return true;
    if (!entry.row) return false;
    json_writer row;
    finish_row(row, entry);
    data = made = row.take();
  } else if (what.kind == event_kind::attempt) {
    const auto attempt = where == nullptr ? nullptr : where->failed_attempts().find(what.id);
    if (!attempt) return true;
    data = made = attempt_event_json(*attempt);
  } else if (what.kind == event_kind::session) {
    const auto session = where == nullptr ? nullptr : find_session(*where, what.id);
    if (!session) return true;
    data = made = session_event_json(*session, where->name());
  } else {
    const bool is_written = what.kind == event_kind::rig || what.kind == event_kind::fate;
    data = made = is_written ? what.text : removed_event_json(what);
  }
  out += "id: ";
  out += ring_.id_of(number);
  out += "\nevent: ";
  out += name_of(what.kind);
  out += "\ndata: ";
  out += data;
  out += "\n\n";
  return true;
}

}  // namespace mailrig::inspector
