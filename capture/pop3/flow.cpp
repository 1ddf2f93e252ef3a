// What stands behind a +OK on its way: as fast as the client takes it, or as rules want it.
#include "capture/pop3/handlers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mailrig::pop3 {
namespace {

// Then they are sent before more is written.
constexpr std::size_t most_unsent_octets = std::size_t{64} * 1024;
constexpr std::size_t most_sent_at_once = std::size_t{256} * 1024;
constexpr std::size_t most_entries_said = 100;

}  // namespace

void session::flow() {
  if (closing_ && slow_) return slow_.reset();
  if (slow_ || (outflow_.index() != 0 && wants_slow_flow())) return flow_slowly();
  if (auto* const listing = std::get_if<listing_writer>(&outflow_)) {
    flow_listing(*listing);
  } else if (auto* const mail = std::get_if<mail_writer>(&outflow_)) {
    flow_mail(*mail);
  }
}

// A short listing is part of the transcript; of a long one it is said that it was sent.
void session::flow_listing(listing_writer& from) {
  const bool is_short = message_count_ <= most_entries_said;
  const std::size_t begin = out_.size();
  const bool is_done = from.write(out_, most_unsent_octets);
  if (is_short)
    around_.recorder.said(model::direction::to_client, std::string_view(out_).substr(begin));
  if (!is_done) return;
  outflow_ = {};
  if (!is_short) around_.recorder.listing_sent(message_count_);
}

void session::flow_mail(mail_writer& from) {
  straight_ = from.write(out_, most_unsent_octets);
  if (!from.is_done()) return;
  around_.recorder.body_sent(from.octets());
  // What is left of it lies in `out_`.
  outflow_ = {};
}

// As rules want it

bool session::wants_slow_flow() const {
  return is_retr_ && std::holds_alternative<mail_writer>(outflow_) &&
         around_.judge.is_asked_at(faults::protocol::pop3, model::stage::retr_body);
}

// The octets behind a reply that a rule has a part in leave with it.
void session::begin_flow(const faults::verdict& decided) {
  slow_ = std::make_unique<slow_body>();
  if (const auto* const wrong = decided.find<faults::malform_step>())
    slow_->shaper = wire::body_shaper(wrong->how.what);
}

// From this count on; a verdict that says nothing of the octets leaves them as they are.
void session::slow_down(const faults::verdict& decided) {
  const auto* const drip = decided.find<faults::drip>();
  const auto* const slice = decided.find<faults::slice>();
  const auto* const wrong = decided.find<faults::malform_step>();
  if (drip != nullptr) slow_->piece = drip->bytes;
  if (drip != nullptr) slow_->gap = drip->gap;
  if (slice != nullptr) slow_->piece = slice->size;
  if (slice != nullptr) slow_->gap = slice->gap;
  if (wrong != nullptr) reshape(wrong->how.what);
}

// What was made ready to leave is made anew.
void session::reshape(faults::malform::kind what) {
  slow_->shaper = wire::body_shaper(what);
  std::string octets;
  slow_->shaper.append(octets, std::string_view(slow_->octets).substr(slow_->left),
                       slow_->is_complete);
  slow_->octets = std::move(octets);
  slow_->left = 0;
}

// Stretch by stretch, for a verdict that says the whole answer in its own way.
void session::feed_player() {
  if (slow_->left == slow_->octets.size() && !slow_->is_complete) refill();
  slow_->is_retr = is_retr_ && std::holds_alternative<mail_writer>(outflow_);
  if (stops_at_mark()) return;
  const std::uint64_t most = std::min<std::uint64_t>(octets_to_mark(), most_sent_at_once);
  std::string stretch = slow_->octets.substr(slow_->left, static_cast<std::size_t>(most));
  slow_->left += stretch.size();
  slow_->out += stretch.size();
  slow_->was_asked = false;
  const bool is_last = slow_->is_complete && slow_->left == slow_->octets.size();
  if (is_last) {
    outflow_ = {};
    const std::string more = play_->player.extras_behind();
    if (!more.empty()) around_.recorder.said(model::direction::to_client, more);
    stretch += more;
  }
  play_->player.give_more(std::move(stretch), is_last);
}

std::uint64_t session::octets_to_mark() const {
  constexpr faults::protocol talk = faults::protocol::pop3;
  const auto mark = slow_->is_retr
                        ? around_.judge.next_mark(talk, model::stage::retr_body, slow_->out + 1)
                        : std::nullopt;
  return mark ? *mark - slow_->out : std::numeric_limits<std::uint64_t>::max();
}

void session::flow_slowly() {
  if (!slow_) slow_ = std::make_unique<slow_body>();
  slow_->is_retr = is_retr_ && std::holds_alternative<mail_writer>(outflow_);
  if (slow_->is_in_gap || play_) return;
  if (slow_->left == slow_->octets.size() && !slow_->is_complete) refill();
  if (slow_->left == slow_->octets.size() && slow_->is_complete) {
    outflow_ = {};
    return slow_.reset();
  }
  if (stops_at_mark()) return;
  std::size_t size = std::min(slow_->octets.size() - slow_->left, most_sent_at_once);
  if (slow_->piece != 0) size = std::min(size, slow_->piece);
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, octets_to_mark()));
  straight_ = std::string_view(slow_->octets).substr(slow_->left, size);
}

// True if a rule is asked at this count of octets and has something to say.
bool session::stops_at_mark() {
  constexpr faults::protocol talk = faults::protocol::pop3;
  if (!slow_->is_retr || slow_->was_asked) return false;
  if (!around_.judge.is_asked_at(talk, model::stage::retr_body)) return false;
  if (around_.judge.next_mark(talk, model::stage::retr_body, slow_->out) != slow_->out)
    return false;
  slow_->was_asked = true;
  const faults::verdict* const decided = around_.judge.decide(facts_at(model::stage::retr_body));
  if (decided == nullptr) return false;
  play({model::stage::retr_body}, *decided);
  return true;
}

// The next stretch of what flows, as the rules make it.
void session::refill() {
  std::string& octets = slow_->octets;
  octets.clear();
  slow_->left = 0;
  std::string stretch;
  bool is_done = true;
  if (auto* const listing = std::get_if<listing_writer>(&outflow_)) {
    is_done = listing->write(stretch, most_unsent_octets);
    if (message_count_ <= most_entries_said)
      around_.recorder.said(model::direction::to_client, stretch);
    else if (is_done)
      around_.recorder.listing_sent(message_count_);
  } else if (auto* const mail = std::get_if<mail_writer>(&outflow_)) {
    stretch += mail->write(stretch, most_unsent_octets);
    is_done = mail->is_done();
    if (is_done) around_.recorder.body_sent(mail->octets());
  }
  slow_->shaper.append(octets, stretch, is_done);
  slow_->is_complete = is_done;
}

}  // namespace mailrig::pop3
