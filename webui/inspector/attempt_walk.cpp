#include "webui/inspector/attempt_walk.hpp"

#include "webui/inspector/paging.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::inspector {
namespace {

bool is_attempt(const store::entry* entry) {
  return entry != nullptr && entry->mail->facts().source != model::origin::generated;
}

// What a search for everything would find.
rig::search_result newest_of(const rig::search_request& asked, std::size_t generated) {
  rig::search_result found;
  const store::message_uid begin = std::max(asked.over.begin_uid(), asked.after + 1);
  const bool counts = begin != asked.over.begin_uid();
  if (!counts) found.matched = asked.over.size() - generated;
  for (store::message_uid uid = asked.over.end_uid(); uid > begin;) {
    const store::entry* const entry = asked.over.find(--uid);
    if (!is_attempt(entry)) continue;
    if (counts) ++found.matched;
    if (uid >= asked.before || found.has_more) continue;
    found.has_more = found.hits.size() == asked.most_hits;
    if (!found.has_more) found.hits.push_back({uid, *entry});
    if (found.has_more && !counts) break;
  }
  return found;
}

}  // namespace

std::optional<attempt_position> read_position(std::string_view text) {
  attempt_position read;
  read.fill(rig::no_uid);
  if (text.empty()) return read;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const std::size_t end = i + 1 < read.size() ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = parse_number(text.substr(0, end));
    if (!number) return std::nullopt;
    read[i] = *number;
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return read;
}

std::string to_string(const attempt_position& where) {
  std::string text;
  for (const std::uint64_t each : where) {
    if (!text.empty()) text += '.';
    text += std::to_string(each);
  }
  return text;
}

attempt_walk::attempt_walk(const rig::rig& where, const rig::query_ref& wanted,
                           const rig::mark& after, const attempt_position& before,
                           std::size_t limit)
    : generated_(where.generated_messages()),
      total_(where.messages().in_use().messages - generated_ + where.attempts().size() +
             where.gone_messages().mails().size()),
      limit_(limit) {
  requests_[0].over = where.messages().take_snapshot();
  requests_[0].after = after.message;
  requests_[1].over = where.failed_attempts().take_snapshot();
  requests_[1].after = after.attempt;
  requests_[2].over = where.gone_messages().take_snapshot(after.message);
  const rig::rig_facts::ref around = wanted ? rig::rig_facts::of(*wanted, where) : nullptr;
  for (std::size_t i = 0; i < sources; ++i) {
    requests_[i].wanted = wanted;
    requests_[i].around = around;
    requests_[i].before = before[i];
    requests_[i].skips_generated = true;
    requests_[i].most_hits = limit;
  }
}

void attempt_walk::go(rig::mail_search& searches, callback done) && {
  if (requests_[0].wanted)
    return search(std::make_shared<attempt_walk>(std::move(*this)), searches, 0, std::move(done));
  for (std::size_t i = 0; i < sources; ++i)
    found_[i] = newest_of(requests_[i], i == 0 ? generated_ : 0);
  done(join());
}

void attempt_walk::search(std::shared_ptr<attempt_walk> self, rig::mail_search& searches,
                          std::size_t from, callback done) {
  if (from == sources) return done(self->join());
  rig::search_request asked = self->requests_[from];
  auto take = [self = std::move(self), &searches, from,
               done = std::move(done)](std::optional<rig::search_result> found) {
    if (!found) return done(std::nullopt);
    self->found_[from] = std::move(*found);
    search(self, searches, from + 1, done);
  };
  searches.search(std::move(asked), {}, std::move(take));
}

std::size_t attempt_walk::newest(const std::array<std::size_t, sources>& taken) const {
  std::size_t best = sources;
  model::instant best_end;
  for (std::size_t i = 0; i < sources; ++i) {
    if (taken[i] == found_[i].hits.size()) continue;
    const model::instant end = found_[i].hits[taken[i]].entry.mail->facts().ended_at;
    if (best != sources && end <= best_end) continue;
    best = i;
    best_end = end;
  }
  return best;
}

attempt_walk::result attempt_walk::join() const {
  result made;
  std::array<std::size_t, sources> taken{};
  while (made.mails.size() < limit_) {
    const std::size_t from = newest(taken);
    if (from == sources) break;
    made.mails.push_back(found_[from].hits[taken[from]].entry.mail);
    ++taken[from];
  }
  attempt_position next{};
  bool has_more = newest(taken) != sources;
  for (std::size_t i = 0; i < sources; ++i) {
    made.matched += found_[i].matched;
    has_more = has_more || found_[i].has_more;
    next[i] = taken[i] == 0 ? requests_[i].before : found_[i].hits[taken[i] - 1].uid;
  }
  if (has_more) made.next = next;
  return made;
}

}  // namespace mailrig::inspector
