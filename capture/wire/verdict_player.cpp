#include "capture/wire/verdict_player.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::wire {
namespace {

constexpr std::size_t most_sent_at_once = std::size_t{256} * 1024;

template <typename... Kinds>
bool is_one_of(const faults::step& one) {
  return (std::holds_alternative<Kinds>(one) || ...);
}

bool is_the_reply(const faults::step& one) {
  return is_one_of<faults::reply_step, faults::omit>(one);
}

// A rule about the octets of a reply wants one to be said.
bool is_about_its_octets(const faults::step& one) {
  return is_one_of<faults::partial, faults::drip, faults::slice, faults::malform_step,
                   faults::extra_step, faults::ehlo>(one);
}

// What is wrong with the last line only.
bool is_about_the_end(faults::malform::kind what) {
  using kind = faults::malform::kind;
  return what == kind::unterminated_multiline || what == kind::no_eol;
}

}  // namespace

verdict_player::verdict_player(const faults::verdict& decided, const manner& how)
    : decided_(decided), manner_(how) {
  plan();
}

bool verdict_player::is_of(std::span<const std::uint64_t> rules) const {
  if (rules.empty()) return true;
  return std::any_of(decided_.fired.begin(), decided_.fired.end(), [rules](const auto& each) {
    return std::find(rules.begin(), rules.end(), each.token) != rules.end();
  });
}

// The plan

// Where in the order of the steps the reply is said; behind all of them if nothing names it; and
// nowhere, which is -1, where the connection is closed without one.
std::size_t verdict_player::place_of_reply() const {
  const auto& steps = decided_.steps;
  auto found = std::find_if(steps.begin(), steps.end(), is_the_reply);
  if (found == steps.end()) found = std::find_if(steps.begin(), steps.end(), is_about_its_octets);
  if (found != steps.end()) return static_cast<std::size_t>(found - steps.begin());
  return decided_.close ? static_cast<std::size_t>(-1) : steps.size();
}

// At the end of the data: no reply, but the mail is kept (RFC 1047).
bool verdict_player::keeps_mail_without_reply() const {
  if (!manner_.settles_first) return false;
  if (const auto* const how = decided_.find<faults::close>()) return how->is_stored;
  const auto* const stalled = decided_.find<faults::stall>();
  const auto* const then =
      stalled == nullptr ? nullptr : std::get_if<faults::close>(&stalled->then);
  return then != nullptr && then->is_stored;
}

void verdict_player::plan() {
  const std::size_t reply_at = place_of_reply();
  const bool is_silent = reply_at == static_cast<std::size_t>(-1);
  is_mute_ = decided_.find<faults::omit>() != nullptr;
  if (const auto* const slow = decided_.find<faults::drip>()) {
    piece_ = slow->bytes;
    gap_ = slow->gap;
  } else if (const auto* const cut = decided_.find<faults::slice>()) {
    piece_ = cut->size;
    gap_ = cut->gap;
  }
  const bool stores_silently = keeps_mail_without_reply() && !decided_.reply &&
                               (is_silent || decided_.find<faults::stall>() != nullptr);
  if (stores_silently) {
    is_mute_ = true;
    entries_.emplace_back(words{});
  }
  for (std::size_t i = 0; i < decided_.steps.size(); ++i) {
    if (i == reply_at && !stores_silently) entries_.emplace_back(words{});
    plan(decided_.steps[i]);
  }
  if (reply_at == decided_.steps.size() && !stores_silently) entries_.emplace_back(words{});
  mark_last_stop();
  // A mail that a stall is going to lose waits for it, not the other way round.
  if (ends_before_words()) manner_.settles_first = false;
}

// To stop reading ends the session unless the rule says what follows.
void verdict_player::mark_last_stop() {
  for (auto each = entries_.rbegin(); each != entries_.rend(); ++each) {
    const bool follows = std::holds_alternative<ending>(*each) ||
                         (std::holds_alternative<words>(*each) && decided_.reply);
    if (follows) return;
    auto* const last = std::get_if<pause>(&*each);
    if (last == nullptr) continue;
    last->is_end_of_all = last->reading == wait::input::stop;
    return;
  }
}

bool verdict_player::ends_before_words() const {
  for (const entry& each : entries_) {
    if (std::holds_alternative<words>(each)) return false;
    const auto* const time = std::get_if<pause>(&each);
    if (time == nullptr) continue;
    if (time->is_end_of_all || (time->then && std::holds_alternative<faults::close>(*time->then)))
      return true;
  }
  return false;
}

void verdict_player::plan(const faults::step& one) {
  if (const auto* const time = std::get_if<faults::delay_step>(&one)) {
    if (time->time.count() > 0)
      entries_.emplace_back(pause{time->time, wait::input::keep, {}, false});
  } else if (const auto* const silence = std::get_if<faults::stall>(&one)) {
    entries_.emplace_back(pause{silence->max, wait::input::keep, silence->then, false});
  } else if (const auto* const stop = std::get_if<faults::stop_reading>(&one)) {
    entries_.emplace_back(pause{stop->max, wait::input::stop, {}, false});
  } else if (const auto* const slow = std::get_if<faults::throttle>(&one)) {
    entries_.emplace_back(set_pace{slow->in, slow->out, slow->latency});
  } else if (const auto* const end = std::get_if<faults::close>(&one)) {
    entries_.emplace_back(ending_of(*end));
  }
}

ending verdict_player::ending_of(const faults::close& how) const {
  return {{how.mode, how.linger.value_or(manner_.linger), how.sends_close_notify}, how.hold};
}

// The reply

bool verdict_player::wants_reply() const {
  if (is_given_) return false;
  if (front<words>() != nullptr) return true;
  return manner_.settles_first && std::any_of(entries_.begin(), entries_.end(), [](const entry& e) {
           return std::holds_alternative<words>(e);
         });
}

const model::reply* verdict_player::reply() const {
  return decided_.reply ? &*decided_.reply : nullptr;
}

std::string verdict_player::shaped(std::string reply, bool is_last) const {
  if (const auto* const own = decided_.find<faults::reply_step>(); own != nullptr && own->is_raw)
    reply = *own->text;
  const auto* const wrong = decided_.find<faults::malform_step>();
  if (wrong != nullptr && !reply.empty() && (is_last || !is_about_the_end(wrong->how.what)))
    reply = malformed(reply, *wrong, manner_.replies);
  if (const auto* const part = decided_.find<faults::partial>())
    reply.resize(std::min<std::size_t>(reply.size(), part->bytes));
  if (is_mute_) reply.clear();
  for (const faults::step& each : decided_.steps) {
    const auto* const more = std::get_if<faults::extra_step>(&each);
    if (more != nullptr && more->place == faults::extra::where::before)
      reply.insert(0, more->line + "\r\n");
  }
  return is_last ? reply + extras_behind() : reply;
}

std::string verdict_player::extras_behind() const {
  std::string result;
  for (const faults::step& each : decided_.steps) {
    const auto* const more = std::get_if<faults::extra_step>(&each);
    if (more != nullptr && more->place == faults::extra::where::after)
      result.append(more->line).append("\r\n");
  }
  return result;
}

bool verdict_player::is_plain() const {
  return front<words>() != nullptr && piece_ == 0 && !is_mute_;
}

void verdict_player::give(std::string reply, bool is_last) {
  std::string octets = shaped(reply, is_last);
  if (is_mute_) unsaid_ = std::move(reply);
  is_given_ = true;
  give_more(std::move(octets), is_last);
}

void verdict_player::give_more(std::string octets, bool is_last) {
  written_ += sent_;
  octets_ = std::move(octets);
  sent_ = 0;
  is_last_ = is_last;
  skip_empty_words();
}

void verdict_player::end_with(std::string octets, const ending& how, model::duration silence) {
  if (!octets.empty()) entries_.emplace_back(noise{std::move(octets)});
  if (silence.count() > 0) entries_.emplace_back(pause{silence, wait::input::keep, {}, false});
  entries_.emplace_back(how);
}

void verdict_player::said_elsewhere(std::size_t octets) {
  written_ += octets;
  is_given_ = true;
  skip_empty_words();
}

bool verdict_player::wants_more() const {
  return is_given_ && !is_last_ && !is_in_gap_ && front<words>() != nullptr &&
         sent_ == octets_.size();
}

void verdict_player::next_entry() {
  entries_.erase(entries_.begin());
  skip_empty_words();
}

// Where nothing, or nothing more, is to be said the reply is passed when its turn comes.
void verdict_player::skip_empty_words() {
  const bool is_said = is_given_ && is_last_ && sent_ == octets_.size();
  if (is_said && front<words>() != nullptr) entries_.erase(entries_.begin());
}

// Actions

std::size_t verdict_player::size_of_piece() const {
  const std::size_t whole = std::min(octets_.size() - sent_, most_sent_at_once);
  return piece_ == 0 ? whole : std::min(whole, piece_);
}

std::optional<action> verdict_player::next() const {
  if (entries_.empty() || wants_reply() || wants_more()) return std::nullopt;
  if (const auto* const time = front<pause>()) return wait{time->time, time->reading};
  if (const auto* const pace = front<set_pace>()) return *pace;
  if (const auto* const octets = front<noise>()) return send{octets->octets};
  if (front<words>() == nullptr) return std::nullopt;
  if (is_in_gap_) return wait{gap_};
  const std::size_t size = size_of_piece();
  const bool is_end = is_last_ && sent_ + size == octets_.size();
  const ending* const behind =
      is_end && entries_.size() > 1 ? std::get_if<ending>(&entries_[1]) : nullptr;
  const bool is_before_fin =
      behind != nullptr && behind->hold.count() == 0 && model::ends_in_fin(behind->how.mode);
  return send{std::string_view(octets_).substr(sent_, size), is_before_fin};
}

void verdict_player::elapsed() {
  if (std::exchange(is_in_gap_, false)) return;
  const auto* const over = front<pause>();
  if (over == nullptr) return next_entry();
  const pause was = *over;
  next_entry();
  if (!was.then && !was.is_end_of_all) return;
  way_it_ended_ = "max";
  const faults::close usual;
  const faults::close* const end = was.then ? std::get_if<faults::close>(&*was.then) : &usual;
  if (end != nullptr) entries_.assign(1, ending_of(*end));
}

void verdict_player::sent() {
  if (const auto* const octets = front<noise>()) {
    written_ += octets->octets.size();
    noise_ += octets->octets;
    return next_entry();
  }
  sent_ += size_of_piece();
  const bool is_end = is_last_ && sent_ == octets_.size();
  is_in_gap_ = !is_end && gap_.count() > 0;
  skip_empty_words();
}

bool verdict_player::release() {
  const bool waits = is_in_gap_ || front<pause>() != nullptr;
  const bool is_slow = gap_.count() > 0 && front<words>() != nullptr;
  if (!waits && !is_slow) return false;
  way_it_ended_ = "released";
  is_in_gap_ = false;
  piece_ = 0;
  gap_ = model::duration{0};
  entries_.assign(1, words{});
  // What was not said yet is said as the session itself would.
  if (!is_given_) decided_.steps.clear();
  if (!is_given_) decided_.reply.reset();
  if (std::exchange(is_mute_, false) && is_given_) give_more(std::exchange(unsaid_, {}), true);
  skip_empty_words();
  return waits;
}

const ending* verdict_player::closing() const {
  return front<ending>();
}

}  // namespace mailrig::wire
