#include "webui/inspector/found_message.hpp"

#include "capture/rig/rig.hpp"
#include "capture/rig/worker_pool.hpp"
#include "webui/inspector/held_entries.hpp"
#include "webui/inspector/query_parameters.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace mailrig::inspector {
namespace {

found_message newest(const store::store& messages) {
  const store::snapshot now = messages.take_snapshot();
  for (store::message_uid uid = now.end_uid(); uid-- > now.begin_uid();)
    if (const store::entry* entry = now.find(uid))
      return {entry->mail, uid, entry->marks, entry->fates};
  return {};
}

found_message message_at(const store::store& messages, store::message_uid uid) {
  const store::entry entry = messages.get(uid);
  return {entry.mail, uid, entry.marks, entry.fates};
}

answer nothing_matches(const request& asked) {
  return problem(404, "no_message", "No message matches",
                 "The rig \"" + asked.rig->name() +
                     "\" holds no message that this query matches. GET " + asked.base +
                     "/messages/wait with the same query waits for one.");
}

}  // namespace

std::variant<found_message, answer> find_message(const request& asked) {
  const store::store& messages = asked.rig->messages();
  const std::string& name = asked.captures.front();
  if (name == "latest") {
    if (found_message found = newest(messages); found.mail) return found;
    return problem(404, "no_message", "There is no message yet",
                   "The rig \"" + asked.rig->name() +
                       "\" holds no message, so none is the "
                       "latest.");
  }
  const auto id = model::parse_id(name);
  const auto uid = id ? messages.find(*id) : std::nullopt;
  if (uid) return message_at(messages, *uid);
  return problem(404, "unknown_message", "There is no such message",
                 "The rig \"" + asked.rig->name() + "\" holds no message \"" + name +
                     "\"; it may have been deleted or evicted. " +
                     (id ? "" : "An id has 22 letters and digits, or is `latest`. ") + "GET " +
                     asked.base + "/messages lists what is there.");
}

void with_message(const request& asked, context& with, answer_callback done,
                  std::function<void(found_message, const answer_callback& done)> then) {
  auto read = read_query(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  auto& wanted = std::get<rig::query_ref>(read);
  if (!wanted) {
    auto found = find_message(asked);
    if (auto* refused = std::get_if<answer>(&found)) return done(std::move(*refused));
    return then(std::get<found_message>(std::move(found)), done);
  }
  if (asked.captures.front() != "latest")
    return done(problem(400, "query_beside_id", "An id needs no query",
                        "A query goes with `latest`: GET " + asked.base +
                            "/messages/latest?query=… is the newest message that matches."));
  rig::search_request search = search_over(*asked.rig, std::move(wanted));
  search.most_hits = 1;
  search.ends_with_last_hit = true;
  auto take = [&asked, done,
               then = std::move(then)](const std::optional<rig::search_result>& result) {
    if (!result) return done(busy_problem());
    if (result->hits.empty()) return done(nothing_matches(asked));
    const rig::search_hit& hit = result->hits.front();
    then({hit.entry.mail, hit.uid, hit.entry.marks, hit.entry.fates}, done);
  };
  with.mails().searches().search(std::move(search), keeper_of_facts(*asked.rig), std::move(take));
}

void add_surroundings(found_message& message, rig::rig& where) {
  message.connection = facts_of_connection(where, *message.mail);
  const store::entry stored = where.messages().get(message.uid);
  // It may have been removed since it was found.
  if (stored.mail == message.mail) message.entries = entries_holding(where, message.uid, stored);
  message.faults = acted_rules(where, message.mail->id());
  message.rig_time = where.clock().shown_at(message.mail->facts().ended_at);
}

stored_message described(const found_message& message, std::string_view rig) {
  return {.mail = *message.mail,
          .uid = message.uid,
          .rig = rig,
          .rig_time = message.rig_time,
          .marks = message.marks.get(),
          .connection = message.connection,
          .fates = message.fates.get(),
          .entries = message.entries,
          .faults = message.faults};
}

std::string message_url(std::string_view base, const found_message& message) {
  return std::string(base) + "/messages/" + model::to_string(message.mail->id());
}

void answer_from_view(const request& asked, context& with, answer_callback done,
                      std::function<answer(const found_message&, const view_ref&)> make) {
  auto read = [&asked, &with, make = std::move(make)](found_message message,
                                                      const answer_callback& answered) {
    add_surroundings(message, *asked.rig);
    auto write = [&pool = with.pool(), message, make, answered](const view_ref& view) {
      if (!view) return answered(busy_problem());
      const bool is_taken =
          pool.submit([message, make, answered, view]() -> rig::worker_pool::completion {
            auto made = std::make_shared<answer>(make(message, view));
            return [answered, made] { answered(std::move(*made)); };
          });
      if (!is_taken) answered(busy_problem());
    };
    with.mails().view(message.mail, std::move(write));
  };
  with_message(asked, with, std::move(done), std::move(read));
}

}  // namespace mailrig::inspector
