#include "capture/rig/mail_search.hpp"

#include <algorithm>
#include <chrono>

namespace mailrig::rig {
namespace {

using steady = std::chrono::steady_clock;

// Long enough to be worth the trip, short enough for a page of rows in between.
constexpr std::chrono::milliseconds slice{8};
// Messages between two looks at the clock.
constexpr store::message_uid stride = 32;

// One search while it goes on; handed to and fro between the threads, never held by both.
class running_search {
 public:
  running_search(search_request what, std::shared_ptr<text_cache> texts)
      : what_(std::move(what)),
        texts_(std::move(texts)),
        held_(*what_.wanted, rig_facts::get(what_.around)),
        next_(what_.over.end_uid()),
        end_(std::max(what_.over.begin_uid(), what_.after + 1)) {}

  // On the pool. False: there is more to do.
  bool step() {
    if (next_ == what_.over.end_uid()) texts_->begin_search();
    const auto until = steady::now() + slice;
    while (next_ > end_ && !is_satisfied()) {
      const store::message_uid pause = next_ - std::min(stride, next_ - end_);
      while (next_ > pause && !is_satisfied()) look_at(--next_);
      if (steady::now() >= until) break;
    }
    return next_ <= end_ || is_satisfied();
  }

  [[nodiscard]] mail_search::made_facts take_facts() { return std::exchange(facts_, {}); }
  [[nodiscard]] search_result take_result() { return std::move(result_); }

 private:
  [[nodiscard]] bool is_satisfied() const {
    return what_.ends_with_last_hit && result_.hits.size() >= what_.most_hits;
  }

  void look_at(store::message_uid uid) {
    const store::entry* const entry = what_.over.find(uid);
    if (entry == nullptr) return;
    if (what_.skips_generated && entry->mail->facts().source == model::origin::generated) return;
    mail_source source(*entry->mail, *texts_);
    const verdict found = held_.match(about(*entry), &source);
    if (source.made_facts() && !entry->facts) facts_.emplace_back(uid, source.made_facts());
    if (found != verdict::yes) return;
    ++result_.matched;
    if (uid >= what_.before) return;
    if (result_.hits.size() < what_.most_hits)
      result_.hits.push_back({uid, *entry});
    else
      result_.has_more = true;
  }

  search_request what_;
  std::shared_ptr<text_cache> texts_;
  matcher held_;
  store::message_uid next_;
  store::message_uid end_;
  mail_search::made_facts facts_;
  search_result result_;
};

struct turn {
  worker_pool& pool;
  std::shared_ptr<running_search> running;
  mail_search::keep_facts keep;
  mail_search::search_callback done;
};

// One slice on the pool, and the next one behind whatever waits there by then.
void take_turn(turn now) {
  worker_pool& pool = now.pool;
  const auto refused = now.done;
  auto work = [now = std::move(now)]() -> worker_pool::completion {
    const bool is_finished = now.running->step();
    auto facts = std::make_shared<mail_search::made_facts>(now.running->take_facts());
    return [now, facts, is_finished] {
      if (!facts->empty() && now.keep) now.keep(*facts);
      if (is_finished)
        now.done(now.running->take_result());
      else
        take_turn(now);
    };
  };
  if (!pool.submit(std::move(work))) refused(std::nullopt);
}

}  // namespace

void mail_search::search(search_request what, keep_facts keep, search_callback done) {
  if (asks_for_bodies(*what.wanted)) interest_ = mails_of_interest;
  auto running = std::make_shared<running_search>(std::move(what), texts_);
  take_turn({pool_, std::move(running), std::move(keep), std::move(done)});
}

void mail_search::judge(std::vector<search_question> questions, judged_callback done) {
  auto work = [texts = texts_, questions = std::move(questions),
               done]() -> worker_pool::completion {
    auto verdicts = std::make_shared<std::vector<search_verdicts>>();
    texts->begin_search();
    for (const search_question& each : questions) {
      mail_source source(*each.entry.mail, *texts);
      search_verdicts& found = verdicts->emplace_back();
      for (const query_ref& wanted : each.wanted) {
        matcher held(*wanted, rig_facts::get(each.around));
        found.push_back(held.match(about(each.entry), &source) == verdict::yes);
      }
    }
    return [verdicts, done] { done(std::move(*verdicts)); };
  };
  if (!pool_.submit(std::move(work))) done(std::nullopt);
}

void mail_search::prepare(const model::mail_ref& mail) {
  if (interest_ == 0 || to_prepare_.size() == most_to_prepare) return;
  --interest_;
  to_prepare_.push_back(mail);
  if (!is_preparing_) prepare_some();
}

// A few at a time, so that whoever waits for the pool does not wait for long.
void mail_search::prepare_some() {
  constexpr std::size_t most_at_once = 8;
  std::vector<model::mail_ref> some;
  for (; !to_prepare_.empty() && some.size() < most_at_once; to_prepare_.pop_front())
    some.push_back(std::move(to_prepare_.front()));
  auto work = [texts = texts_, self = self_, some = std::move(some)]() -> worker_pool::completion {
    for (const model::mail_ref& each : some) {
      mail_source source(*each, *texts);
      if (source.plain() == nullptr) (void)source.body();
    }
    return [self] {
      if (*self == nullptr) return;
      (*self)->is_preparing_ = false;
      if (!(*self)->to_prepare_.empty()) (*self)->prepare_some();
    };
  };
  // Where the pool has no room there is no idle time either.
  is_preparing_ = pool_.submit(std::move(work));
}

void mail_search::forget_all() {
  (void)pool_.submit([texts = texts_]() -> worker_pool::completion {
    texts->forget_all();
    return {};
  });
}

known_mail about(const store::entry& stored) {
  return {.mail = *stored.mail,
          .facts = stored.facts.get(),
          .marks = stored.marks.get(),
          .fate = stored.mail->is_message() ? model::common_fate(stored.fates.get(), *stored.mail)
                                            : std::string_view()};
}

}  // namespace mailrig::rig
