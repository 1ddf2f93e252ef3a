#include "capture/delivery/post_office.hpp"

#include "capture/delivery/generated_mail.hpp"
#include "capture/delivery/transform.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace mailrig::delivery {
namespace {

constexpr std::size_t most_windows = 1'000;

std::string names_of(const std::vector<faults::transform_step>& steps) {
  std::string names;
  for (const faults::transform_step& each : steps) {
    if (!names.empty()) names += ", ";
    names += name_of(each.how.what);
  }
  return names;
}

// Reports of a delay or of a success do not say that the mail failed.
bool has_bounce(const plan& what) {
  return std::any_of(what.mails.begin(), what.mails.end(), [](const due_mail& each) {
    const auto* const bounce = std::get_if<faults::bounce>(&each);
    return bounce != nullptr && bounce->status.starts_with('5');
  });
}

// One word for it: what a recipient would miss most comes first.
model::fate fate_of(const plan& what, bool is_altered) {
  using enum model::fate;
  if (has_bounce(what)) return bounced;
  if (what.is_dropped) return dropped;
  if (what.lost_after) return lost_later;
  if (what.delay) return delayed;
  if (what.window) return reordered;
  if (is_altered) return corrupted;
  return what.copies > 1 ? duplicated : delivered;
}

}  // namespace

void post_office::take(model::mail_ref mail,
                       std::function<void(std::optional<store::put_result>)> done) {
  const bool is_judged = judge_.is_asked_at(faults::protocol::delivery, model::stage::deliver) &&
                         around_.is_judged(*mail);
  if (!is_judged) return messages_.put(std::move(mail), std::move(done));
  const auto wanted = judge_.wanted_at(faults::protocol::delivery, model::stage::deliver);
  if (wanted.empty()) return keep(std::move(mail), nullptr, std::move(done));
  auto examined = [this, mail, wanted, done = std::move(done)](parsed facts) {
    // Rules that came meanwhile may want to know more.
    const auto now = judge_.wanted_at(faults::protocol::delivery, model::stage::deliver);
    now.bits == wanted.bits ? keep(mail, std::move(facts), done) : take(mail, done);
  };
  around_.examine(mail, wanted, std::move(examined));
}

// Nobody sees the mail before its rules were asked.
void post_office::keep(model::mail_ref mail, parsed facts,
                       std::function<void(std::optional<store::put_result>)> done) {
  auto stored = [this, mail, facts = std::move(facts),
                 done = std::move(done)](std::optional<store::put_result> put) {
    if (put) sort(put->uid, mail, facts.get());
    done(put);
  };
  messages_.put(mail, std::move(stored));
}

// Asking

void post_office::sort(store::message_uid uid, const model::mail_ref& mail,
                       const faults::parsed_facts* facts) {
  const model::envelope envelope = mail->envelope();
  std::vector<addressed> all = ask(*mail, envelope, facts);
  if (all.empty()) return;
  const model::instant now = around_.rig_time();
  for (addressed& each : all) {
    std::erase_if(each.what.mails, [&](const due_mail& caused) {
      return !is_wanted(caused, *mail, each.recipient);
    });
    each.altered = alter(*mail, each.what.transforms, around_.budget());
    time(each, now);
  }
  note(uid, all);
  for (const addressed& each : all) carry_out(uid, each);
  recount();
}

std::vector<post_office::addressed> post_office::ask(const model::mail_record& mail,
                                                     const model::envelope& envelope,
                                                     const faults::parsed_facts* facts) {
  faults::session_facts session;
  around_.describe(mail.facts().session, session);
  faults::event event{.point = model::stage::deliver,
                      .client_address = session.client_address,
                      .envelope = &envelope,
                      .size = mail.bytes().size(),
                      .talk = faults::protocol::delivery,
                      .session = &session,
                      .attempt = &mail.facts().attempt,
                      .message = mail.bytes(),
                      .parsed = facts};
  std::vector<addressed> all;
  std::unordered_set<std::string> seen;
  for (const model::recipient& each : envelope.recipients) {
    if (!each.is_accepted() || !seen.insert(faults::folded(each.address)).second) continue;
    event.path = each.address;
    if (const faults::verdict* const said = judge_.decide(event))
      all.push_back({read_plan(*said, each.address), each.address, nullptr, {}, {}});
  }
  return all;
}

// All mails that a rule reorders within one window are delivered at its end, the newest first.
void post_office::time(addressed& one, model::instant now) {
  one.asked_at = now;
  one.at = now + one.what.delay.value_or(model::duration{0});
  if (!one.what.window) return;
  if (windows_.size() >= most_windows)
    std::erase_if(windows_, [now](const auto& each) { return each.second <= now; });
  model::instant& end = windows_[one.what.rule];
  if (end <= now) end = now + *one.what.window;
  one.at = end;
}

void post_office::note(store::message_uid uid, const std::vector<addressed>& all) {
  auto fates = std::make_shared<model::mail_fates>();
  for (const addressed& each : all) {
    const plan& what = each.what;
    model::recipient_fate one{each.recipient,
                              fate_of(what, each.altered != nullptr),
                              {},
                              what.rule,
                              what.is_dropped ? 0 : what.copies};
    if (each.altered) one.altered = names_of(what.transforms);
    if (what.lost_after)
      one.until = each.at + *what.lost_after;
    else if (what.delay || what.window)
      one.until = each.at;
    around_.fate_given(one.what);
    fates->recipients.push_back(std::move(one));
  }
  messages_.set_fates(uid, std::move(fates));
  for (const addressed& each : all) add_tags(uid, each.what.tags);
}

// Doing

void post_office::carry_out(store::message_uid uid, const addressed& one) {
  const plan& what = one.what;
  const auto work = [&](auto of_kind) { return due_work{uid, one.recipient, std::move(of_kind)}; };
  if (!what.is_dropped) {
    const due_entries entries{what.copies, what.gap, one.altered};
    if (what.window)
      put_off(one.at, work(entries), due_queue::order::newest_first);
    else if (what.delay)
      put_off(one.at, work(entries), due_queue::order::in_turn);
    else
      deliver(one.at, work(entries), entries);
    if (what.lost_after)
      put_off(one.at + *what.lost_after, work(due_loss{}), due_queue::order::in_turn);
  }
  for (const due_mail& each : what.mails)
    put_off(one.asked_at + time_of(each), work(each), due_queue::order::in_turn);
}

void post_office::put_off(model::instant at, due_work what, due_queue::order among) {
  const auto before = due_.next();
  if (due_.size() >= due_queue::most) {
    ++refused_;
    if (auto* const entries = std::get_if<due_entries>(&what.what)) {
      due_entries now = std::move(*entries);
      now.gap = model::duration{0};
      deliver(around_.rig_time(), std::move(what), std::move(now));
    }
    return;
  }
  (void)due_.add(at, std::move(what), among);
  if (!before || at < *before) around_.due_changed();
}

void post_office::run_due(model::instant now) {
  while (due_.next() && *due_.next() <= now) {
    auto [at, what] = due_.take();
    run(at, std::move(what));
  }
  recount();
}

void post_office::run(model::instant at, due_work what) {
  if (!messages_.get(what.message).mail) return;  // deleted or evicted meanwhile
  if (auto* const entries = std::get_if<due_entries>(&what.what)) {
    due_entries taken = std::move(*entries);
    deliver(at, std::move(what), std::move(taken));
  } else if (const auto* const mail = std::get_if<due_mail>(&what.what)) {
    send(at, what, *mail);
  } else {
    lose(what);
  }
}

void post_office::deliver(model::instant at, due_work what, due_entries entries) {
  const bool is_spread = entries.gap.count() > 0;
  const std::uint32_t now = is_spread ? 1 : entries.count;
  boxes_.deliver(what.recipient, {what.message, now, entries.altered});
  alter_fate(what.message, what.recipient, [](model::recipient_fate& one) {
    if (one.what != model::fate::delayed) return false;
    one.what = model::fate::delivered;
    return true;
  });
  entries.count -= now;
  if (entries.count == 0) return;
  what.what = std::move(entries);
  const auto gap = std::get<due_entries>(what.what).gap;
  put_off(at + gap, std::move(what), due_queue::order::in_turn);
}

void post_office::lose(const due_work& what) {
  boxes_.lose(what.recipient, what.message);
  const store::entry stored = messages_.get(what.message);
  if (stored.mail) around_.fate_changed(stored.mail->id());
}

// Straight into the mailboxes: no rule is asked.
void post_office::send(model::instant at, const due_work& what, const due_mail& mail) {
  const store::entry cause = messages_.get(what.message);
  const generation how{.at = at,
                       .arrived = at - time_of(mail),
                       .real_time = around_.real_time(),
                       .id = around_.draw_id()};
  const model::mail_ref made = generate(mail, *cause.mail, what.recipient, how, around_.budget());
  if (!made || !around_.make_room(made->footprint())) {
    ++refused_;
    return;
  }
  const model::id cause_id = cause.mail->id();
  auto stored = [this, cause_id, made](std::optional<store::put_result> put) {
    if (!put) return;
    auto fates = std::make_shared<model::mail_fates>();
    fates->caused_by = cause_id;
    messages_.set_fates(put->uid, std::move(fates));
    around_.announce(made->id());
  };
  messages_.put(made, std::move(stored));
}

template <class Change>
void post_office::alter_fate(store::message_uid uid, std::string_view recipient, Change change) {
  const store::entry stored = messages_.get(uid);
  if (!stored.fates) return;
  auto altered = std::make_shared<model::mail_fates>(*stored.fates);
  model::recipient_fate* const one = altered->find(recipient);
  if (one == nullptr || !change(*one)) return;
  messages_.set_fates(uid, std::move(altered));
  around_.fate_changed(stored.mail->id());
}

// Keeping count

void post_office::clear() {
  due_.clear();
  windows_.clear();
  recount();
}

void post_office::recount() {
  const std::size_t now = due_.octets();
  if (total_ != nullptr) total_->octets += now - octets_;
  octets_ = now;
}

void post_office::count_into(store::usage& total) {
  total_ = &total;
  total.octets += octets_;
}

}  // namespace mailrig::delivery
