// GET and DELETE of /v1/messages and /v1/messages/{id}.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/found_message.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/message_json.hpp"
#include "webui/inspector/message_rows.hpp"
#include "webui/inspector/paging.hpp"
#include "webui/inspector/query_parameters.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace mailrig::inspector {
namespace {

// What `limit`, `cursor` and `after` ask of the list.
struct wanted_page {
  std::size_t limit = 0;
  store::message_uid before = rig::no_uid;
  store::message_uid after = 0;
};

std::variant<wanted_page, answer> read_wanted(const request& asked) {
  auto read = read_page(asked);
  if (auto* refused = std::get_if<answer>(&read)) return std::move(*refused);
  const page& given = std::get<page>(read);
  wanted_page wanted{given.limit};
  if (!given.before.empty()) {
    const auto uid = parse_number(given.before);
    if (!uid) return bad_cursor(cursor_before(given.before));
    wanted.before = *uid;
  }
  if (const std::string* after = asked.parameter("after"))
    if (const auto mark = rig::parse_mark(*after)) wanted.after = mark->message;
  return wanted;
}

// Without a query no thread but this one is needed, and no more than the page is looked at.
message_page newest_messages(const rig::rig& where, const wanted_page& wanted) {
  const store::store& messages = where.messages();
  const store::message_uid begin = std::max(messages.begin_uid(), wanted.after + 1);
  message_page listed;
  listed.items.reserve(wanted.limit);
  for (store::message_uid uid = std::min(wanted.before, messages.end_uid()); uid > begin;) {
    store::entry entry = messages.get(--uid);
    if (!entry.mail) continue;
    if (listed.items.size() == wanted.limit) {
      listed.tail.next = std::to_string(listed.items.back().uid);
      break;
    }
    listed.items.push_back({uid, std::move(entry)});
  }
  return listed;
}

void list_all(const request& asked, context& with, const wanted_page& wanted,
              answer_callback done) {
  message_page listed = newest_messages(*asked.rig, wanted);
  listed.tail.total = listed.tail.matched = asked.rig->messages().in_use().messages;
  listed.tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  answer_page(std::move(listed), *asked.rig, with, std::move(done));
}

// What tests and pages ask again and again, mostly without anything having come meanwhile.
void list_newest(const request& asked, context& with, const wanted_page& wanted,
                 answer_callback done) {
  const page_state now = state_of(*asked.rig, wanted.limit);
  if (auto ready = with.pages().find(now)) return done(shared_answer(std::move(ready)));
  auto keep = [&with, now, done = std::move(done)](answer made) {
    with.pages().keep(now, made);
    done(std::move(made));
  };
  list_all(asked, with, wanted, std::move(keep));
}

void list_found(const request& asked, context& with, const wanted_page& wanted,
                rig::query_ref query, const answer_callback& done) {
  rig::search_request search = search_over(*asked.rig, std::move(query));
  search.after = wanted.after;
  search.before = wanted.before;
  search.most_hits = wanted.limit;
  list_tail tail;
  tail.total = search.over.size();
  tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  auto take = [&asked, &with, tail, done](std::optional<rig::search_result> result) {
    if (!result) return done(busy_problem());
    message_page listed{std::move(result->hits), tail};
    listed.tail.matched = result->matched;
    if (result->has_more) listed.tail.next = std::to_string(listed.items.back().uid);
    answer_page(std::move(listed), *asked.rig, with, done);
  };
  with.mails().searches().search(std::move(search), keeper_of_facts(*asked.rig), std::move(take));
}

answer counted_answer(std::string_view what, std::size_t count) {
  json_writer json;
  json.open_object().field(what, count).close_object();
  return json_answer(json.take());
}

answer nothing_said(const request& asked) {
  return problem(400, "all_not_asked", "Nothing was deleted",
                 "DELETE " + asked.base +
                     "/messages wants to be told which: ?query=… deletes what matches, ?all=true "
                     "every message. One message is deleted with DELETE " +
                     asked.base + "/messages/{id}.");
}

void delete_found(const request& asked, context& with, rig::query_ref query,
                  const answer_callback& done) {
  rig::search_request search = search_over(*asked.rig, std::move(query));
  search.most_hits = search.over.size();
  auto take = [&asked, done](const std::optional<rig::search_result>& result) {
    if (!result) return done(busy_problem());
    std::vector<model::id> ids;
    for (const rig::search_hit& each : result->hits) ids.push_back(each.entry.mail->id());
    done(counted_answer("deleted", asked.rig->remove(ids)));
  };
  with.mails().searches().search(std::move(search), keeper_of_facts(*asked.rig), std::move(take));
}

bool is_everything(const rig::query& query) {
  return query.what == rig::query_node::kind::all_of && query.children.empty();
}

}  // namespace

void list_messages(const request& asked, context& with, answer_callback done) {
  auto read = read_wanted(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  const auto& wanted = std::get<wanted_page>(read);
  auto query = read_query(asked);
  if (auto* refused = std::get_if<answer>(&query)) return done(std::move(*refused));
  if (std::get<rig::query_ref>(query) || wanted.after > 0) {
    auto& given = std::get<rig::query_ref>(query);
    if (!given) given = std::make_shared<const rig::query>();
    return list_found(asked, with, wanted, std::move(given), done);
  }
  if (wanted.before == rig::no_uid) return list_newest(asked, with, wanted, std::move(done));
  list_all(asked, with, wanted, std::move(done));
}

void delete_messages(const request& asked, context& with, answer_callback done) {
  auto read = read_query(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  auto& query = std::get<rig::query_ref>(read);
  const std::string* all = asked.parameter("all");
  if (all != nullptr && (query || *all != "true"))
    return done(problem(400, "all_and_query", "Nothing was deleted",
                        "?all=true deletes every message; with a query leave it out, and it takes "
                        "no other value."));
  if (all != nullptr) return done(counted_answer("deleted", asked.rig->remove_all()));
  if (!query || is_everything(*query)) return done(nothing_said(asked));
  delete_found(asked, with, std::move(query), done);
}

void get_message(const request& asked, context& with, answer_callback done) {
  auto make = [base = asked.base, name = asked.rig->name()](const found_message& message,
                                                            const view_ref& view) {
    const std::string url = message_url(base, message);
    return json_answer(make_message(described(message, name), *view, url));
  };
  answer_from_view(asked, with, std::move(done), std::move(make));
}

void delete_message(const request& asked, context&, answer_callback done) {
  if (asked.captures.front() == "latest") {
    done(problem(400, "id_wanted", "Nothing was deleted",
                 "DELETE takes an id, never `latest`: another mail may have come since you "
                 "looked."));
    return;
  }
  auto found = find_message(asked);
  if (auto* refused = std::get_if<answer>(&found)) {
    done(std::move(*refused));
    return;
  }
  const bool was_there = asked.rig->remove(std::get<found_message>(found).mail->id());
  done(counted_answer("deleted", was_there ? 1U : 0U));
}

}  // namespace mailrig::inspector
