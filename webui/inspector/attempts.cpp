// GET of /v1/attempts, /v1/attempts/{id} and …/raw: mails that were refused or broken off; one by
// id also if it became a message.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/attempt_json.hpp"
#include "webui/inspector/content.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/paging.hpp"
#include "webui/inspector/query_parameters.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

// By id, among the attempts and the messages; null if there is none.
model::mail_ref find_attempt(const request& asked) {
  const auto id = model::parse_id(asked.captures.front());
  if (!id) return nullptr;
  const auto& attempts = asked.rig->attempts();
  const auto found = std::find_if(attempts.rbegin(), attempts.rend(),
                                  [&id](const model::mail_ref& each) { return each->id() == *id; });
  if (found != attempts.rend()) return *found;
  const auto uid = asked.rig->messages().find(*id);
  return uid ? asked.rig->messages().get(*uid).mail : nullptr;
}

answer unknown_attempt(const request& asked) {
  return problem(404, "unknown_attempt", "There is no such attempt",
                 "The rig \"" + asked.rig->name() + "\" knows no attempt \"" +
                     asked.captures.front() + "\". GET " + asked.base +
                     "/attempts lists mails that were refused or broken off.");
}

struct attempt_page {
  std::vector<model::mail_ref> mails;
  list_tail tail;

  [[nodiscard]] answer join(const rig::mail_reader::summaries& read) const {
    json_writer json;
    json.open_object().key("attempts").open_array();
    for (std::size_t i = 0; i < mails.size(); ++i)
      json.fragment(make_attempt(*mails[i], read[i].subject));
    json.close_array();
    write_list_tail(json, tail);
    json.close_object();
    return json_answer(json.take());
  }
};

std::variant<std::uint64_t, answer> read_before(const page& wanted) {
  if (wanted.before.empty()) return rig::no_uid;
  const auto number = parse_number(wanted.before);
  if (!number) return bad_cursor(cursor_before(wanted.before));
  return *number;
}

std::uint64_t read_after(const request& asked) {
  const std::string* const after = asked.parameter("after");
  const auto mark = after == nullptr ? std::nullopt : rig::parse_mark(*after);
  return mark ? mark->attempt : 0;
}

void answer_attempts(attempt_page listed, context& with, const answer_callback& done) {
  auto shared = std::make_shared<attempt_page>(std::move(listed));
  auto join = [shared, done](const std::optional<rig::mail_reader::summaries>& read) {
    done(read ? shared->join(*read) : busy_problem());
  };
  with.mails().summarise(shared->mails, std::move(join));
}

}  // namespace

void list_attempts(const request& asked, context& with, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) return done(std::move(*refused));
  auto before = read_before(std::get<page>(wanted));
  if (auto* refused = std::get_if<answer>(&before)) return done(std::move(*refused));
  auto query = read_query(asked);
  if (auto* refused = std::get_if<answer>(&query)) return done(std::move(*refused));
  const rig::rig& where = *asked.rig;
  auto& given = std::get<rig::query_ref>(query);
  if (!given) given = std::make_shared<const rig::query>();
  rig::search_request search = search_over(where, std::move(given));
  search.over = rig::snapshot_of(where.attempts(), where.attempt_count());
  search.before = std::get<std::uint64_t>(before);
  search.after = read_after(asked);
  search.most_hits = std::get<page>(wanted).limit;
  attempt_page listed;
  listed.tail.total = where.attempts().size();
  listed.tail.mark = rig::to_string(rig::mark_of(where));
  auto take = [&with, listed, done](const std::optional<rig::search_result>& found) mutable {
    if (!found) return done(busy_problem());
    for (const rig::search_hit& each : found->hits) listed.mails.push_back(each.entry.mail);
    listed.tail.matched = found->matched;
    if (found->has_more) listed.tail.next = std::to_string(found->hits.back().uid);
    answer_attempts(std::move(listed), with, done);
  };
  with.mails().searches().search(std::move(search), {}, std::move(take));
}

void get_attempt(const request& asked, context& with, answer_callback done) {
  const model::mail_ref mail = find_attempt(asked);
  if (!mail) {
    done(unknown_attempt(asked));
    return;
  }
  auto write = [mail,
                done = std::move(done)](const std::optional<rig::mail_reader::summaries>& read) {
    if (!read) {
      done(busy_problem());
      return;
    }
    done(json_answer(make_attempt(*mail, read->front().subject)));
  };
  with.mails().summarise({mail}, std::move(write));
}

void get_attempt_raw(const request& asked, context&, answer_callback done) {
  const model::mail_ref mail = find_attempt(asked);
  if (!mail) {
    done(unknown_attempt(asked));
    return;
  }
  answer result = octets_of(mail, "message/rfc822");
  distrust(result);
  done(std::move(result));
}

}  // namespace mailrig::inspector
