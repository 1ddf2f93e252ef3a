#include "capture/rig/session_router.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::rig {
namespace {

// Recipients of other rigs that one mail names; a mailing would else fill every rig's notes.
constexpr std::size_t most_astray = 10;

}  // namespace

session_router::session_router(rig_table& table, rig& start)
    : table_(table),
      start_(start.shared_from_this()),
      home_(start_.get()),
      transaction_rig_(home_),
      acting_(home_),
      transaction_epoch_(start_->epoch()) {
  home_->count_open_session(1);
  table_.follow_rules(*this);
  ask_where_needed();
}

session_router::~session_router() {
  if (is_in_transaction_) transaction_rig_->count_open_transaction(-1);
  home_->count_open_session(-1);
}

void session_router::follow(std::shared_ptr<session_record> record) {
  record_ = std::move(record);
  home_->session_began(record_);
}

// Asking

const faults::verdict* session_router::decide(const faults::event& event) {
  if (event.point == model::stage::mail) begin_transaction();
  if (!table_.routes().is_empty()) route(event);
  if (!is_magic_ && event.point == model::stage::rcpt && has_magic(event)) {
    is_magic_ = true;
    ask_where_needed();
  }
  // What comes behind the reply still belongs to the mail.
  const bool is_after = event.point == model::stage::after_accept;
  rig& judging = is_after ? *transaction_rig_ : present();
  const faults::stage_set asked = is_magic_ ? judging.judge().stages_asked(event.talk)
                                            : judging.rules().stages_not_generated(event.talk);
  if (!asked.contains(event.point)) return nullptr;
  const faults::verdict* const decided = judging.judge().decide(event);
  if (decided != nullptr) acting_ = &judging;
  return decided;
}

// A verdict may end after rules of another rig have acted.
void session_router::executed(const faults::firing& which, const faults::executed& how) {
  for (rig* const each : {acting_, home_, transaction_rig_}) {
    const faults::hit* const found = each->judge().hits().find(which.hit);
    if (found == nullptr || found->rule != which.rule || found->done) continue;
    if (record_ && found->session != record_->id) continue;
    return each->judge().executed(which, how);
  }
}

// Rules that mailrig makes itself speak of magic recipients only: without one they are not there.
bool session_router::has_magic(const faults::event& event) const {
  const std::string& domain = present().magic_domain();
  const std::string_view path = event.path;
  if (domain.empty() || path.size() <= domain.size()) return false;
  const std::string_view tail = path.substr(path.size() - domain.size());
  return path[path.size() - domain.size() - 1] == '@' &&
         std::equal(tail.begin(), tail.end(), domain.begin(), [](char given, char lower) {
           return given == lower || (given >= 'A' && given <= 'Z' && given + ('a' - 'A') == lower);
         });
}

void session_router::rules_changed() {
  ask_where_needed();
  if (listener_ != nullptr) listener_->rules_changed();
}

void session_router::ask_where_needed() {
  using faults::stage_set;
  const bool is_routed = !table_.routes().is_empty();
  const rig& now = present();
  for (std::size_t i = 0; i < faults::protocol_count; ++i) {
    const auto talk = static_cast<faults::protocol>(i);
    // A transaction begins at MAIL, whatever the rules.
    stage_set stages{model::stage::mail};
    for (const rig* const each : {static_cast<const rig*>(home_), &now}) {
      stages = stages | (is_magic_ ? each->judge().stages_asked(talk)
                                   : each->rules().stages_not_generated(talk));
      if (!each->magic_domain().empty()) stages.insert(model::stage::rcpt);
    }
    ask_at(talk, is_routed ? stage_set::all() : stages);
  }
  count_only(is_routed ? ~std::uint32_t{0}
                       : home_->judge().happenings_counted() | now.judge().happenings_counted());
}

void session_router::observe(faults::happening what, const faults::event& event) {
  using enum faults::happening;
  const bool is_of_session = what == connection_opened || what == connection_closed;
  (is_of_session ? *home_ : present()).judge().observe(what, event);
}

std::optional<std::uint64_t> session_router::next_mark(faults::protocol talk, model::stage body,
                                                       std::uint64_t from) const {
  return present().judge().next_mark(talk, body, from);
}

std::optional<model::duration> session_router::next_idle_mark(faults::protocol talk,
                                                              model::duration idle) const {
  return present().judge().next_idle_mark(talk, idle);
}

faults::parsed_fact_set session_router::wanted_at(faults::protocol talk, model::stage point) const {
  return present().judge().wanted_at(talk, point);
}

// Transactions

void session_router::begin_transaction() {
  // A silent close at MAIL leaves none open, and nobody says so.
  if (!is_in_transaction_)
    home_->count_open_transaction(1);
  else
    enter_transaction(*home_);
  is_in_transaction_ = true;
  is_transaction_routed_ = false;
  transaction_rig_ = home_;
  transaction_epoch_ = home_->epoch();
  if (std::exchange(is_magic_, false)) ask_where_needed();
}

void session_router::enter_transaction(rig& where) {
  transaction_rig_->count_open_transaction(-1);
  where.count_open_transaction(1);
  transaction_rig_ = &where;
  transaction_epoch_ = where.epoch();
  ask_where_needed();
}

void session_router::transaction_ended(const model::id& mail) {
  if (std::exchange(is_in_transaction_, false)) transaction_rig_->count_open_transaction(-1);
  if (transaction_rig_ == home_) has_fed_home_ = true;
  for (astray& each : astray_)
    each.belonged_to->keep_stray({mail, std::move(each.recipient), transaction_rig_->name()});
  astray_.clear();
}

// Routes

void session_router::route(const faults::event& event) {
  if (!has_moved_) route_connection(event);
  if (event.point == model::stage::rcpt && is_in_transaction_) route_recipient(event.path);
}

// A POP3 client must be in its rig before its mailbox is opened: the name that it gave counts
// there, not yet proven by a password.
void session_router::route_connection(const faults::event& event) {
  const std::string_view user = event.talk == faults::protocol::pop3 ? event.path : event.user;
  const route_table& routes = table_.routes();
  rig* to = routes.find(route_fact::client_address, event.client_address);
  if (to == nullptr) to = routes.find(route_fact::helo, event.helo);
  if (to == nullptr) to = routes.find(route_fact::user, user);
  if (to == nullptr) return;
  has_moved_ = true;
  if (to != home_) move_to(*to, event);
}

void session_router::route_recipient(std::string_view forward_path) {
  rig* const to = table_.routes().find_recipient(forward_path);
  if (to == nullptr || (is_transaction_routed_ && to == transaction_rig_)) return;
  if (is_transaction_routed_) {
    hold(*to);
    if (astray_.size() < most_astray) astray_.push_back({to, std::string(forward_path)});
    return;
  }
  is_transaction_routed_ = true;
  if (to == transaction_rig_) return;
  list_in(*to);
  to->touch(table_.clock().now());
  enter_transaction(*to);
}

void session_router::move_to(rig& where, const faults::event& event) {
  if (event.session != nullptr && event.session->is_linked()) {
    home_->judge().observe(faults::happening::connection_closed, event);
    where.judge().observe(faults::happening::connection_opened, event);
  }
  home_->count_open_session(-1);
  where.count_open_session(1);
  where.touch(table_.clock().now());
  const rig* const before = std::exchange(home_, &where);
  const bool fed_it = std::exchange(has_fed_home_, false);
  list_in(where);
  if (!fed_it) leave(*before);
  ask_where_needed();
}

// Listing

bool session_router::is_listed_in(const rig& where) const {
  return std::find(record_->rigs.begin(), record_->rigs.end(), where.name()) != record_->rigs.end();
}

void session_router::hold(rig& where) {
  const auto is_it = [&where](const auto& each) { return each.get() == &where; };
  if (&where == start_.get() || std::any_of(others_.begin(), others_.end(), is_it)) return;
  others_.push_back(where.shared_from_this());
}

void session_router::list_in(rig& where) {
  if (record_->rigs.empty()) record_->rigs.push_back(start_->name());
  hold(where);
  if (is_listed_in(where)) return;
  record_->rigs.push_back(where.name());
  where.session_began(record_);
}

void session_router::leave(const rig& where) {
  std::erase(record_->rigs, where.name());
  const auto is_it = [&where](const auto& each) { return each.get() == &where; };
  if (&where == start_.get()) return start_->session_left(*record_);
  (*std::find_if(others_.begin(), others_.end(), is_it))->session_left(*record_);
}

void session_router::session_ended() {
  if (record_->rigs.empty()) return start_->session_ended(*record_);
  if (is_listed_in(*start_)) start_->session_ended(*record_);
  for (const auto& each : others_)
    if (is_listed_in(*each)) each->session_ended(*record_);
}

}  // namespace mailrig::rig
