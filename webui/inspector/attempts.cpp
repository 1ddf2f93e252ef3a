// GET of /v1/attempts, /v1/attempts/{id} and …/raw: every mail transaction, whatever became of it.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"
#include "capture/rig/rig_facts.hpp"
#include "webui/inspector/attempt_json.hpp"
#include "webui/inspector/attempt_walk.hpp"
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

// By id, whatever became of it; null if there is none.
model::mail_ref find_attempt(const request& asked) {
  const auto id = model::parse_id(asked.captures.front());
  if (!id) return nullptr;
  if (const auto uid = asked.rig->messages().find(*id)) {
    model::mail_ref stored = asked.rig->messages().get(*uid).mail;
    return stored->facts().source != model::origin::generated ? stored : nullptr;
  }
  if (auto failed = asked.rig->failed_attempts().find(*id)) return failed;
  return asked.rig->gone_messages().find(*id);
}

answer unknown_attempt(const request& asked) {
  return problem(404, "unknown_attempt", "There is no such attempt",
                 "The rig \"" + asked.rig->name() + "\" knows no attempt \"" +
                     asked.captures.front() + "\". GET " + asked.base +
                     "/attempts lists those that it knows.");
}

answer octets_gone(const request& asked) {
  return problem(404, "octets_gone", "Its octets are gone",
                 "The attempt \"" + asked.captures.front() +
                     "\" became a message that was deleted or evicted since; GET " + asked.base +
                     "/attempts/" + asked.captures.front() + " answers what is left of it.");
}

rig::mark mark_asked_for(const request& asked) {
  const std::string* const after = asked.parameter("after");
  const auto mark = after == nullptr ? std::nullopt : rig::parse_mark(*after);
  return mark.value_or(rig::mark{});
}

struct attempt_page {
  std::shared_ptr<const rig::rig> where;
  std::vector<model::mail_ref> mails;
  list_tail tail;

  [[nodiscard]] answer join(const rig::mail_reader::summaries& read) const {
    json_writer json;
    json.open_object().key("attempts").open_array();
    for (std::size_t i = 0; i < mails.size(); ++i)
      json.fragment(make_attempt(*mails[i], read[i], *where));
    json.close_array();
    write_list_tail(json, tail);
    json.close_object();
    return json_answer(json.take());
  }
};

void answer_attempts(attempt_page listed, context& with, const answer_callback& done) {
  auto shared = std::make_shared<attempt_page>(std::move(listed));
  auto join = [shared, done](const std::optional<rig::mail_reader::summaries>& read) {
    done(read ? shared->join(*read) : busy_problem());
  };
  with.mails().summarise(shared->mails, std::move(join),
                         rig::chains_for(shared->mails, *shared->where));
}

}  // namespace

void list_attempts(const request& asked, context& with, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) return done(std::move(*refused));
  const page& asked_page = std::get<page>(wanted);
  const auto before = read_position(asked_page.before);
  if (!before) return done(bad_cursor(cursor_before(asked_page.before)));
  auto query = read_query(asked);
  if (auto* refused = std::get_if<answer>(&query)) return done(std::move(*refused));
  attempt_walk walk(*asked.rig, std::get<rig::query_ref>(query), mark_asked_for(asked), *before,
                    asked_page.limit);
  attempt_page listed;
  listed.where = asked.holds;
  listed.tail.total = walk.total();
  listed.tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  auto take = [&with, listed, done](std::optional<attempt_walk::result> found) mutable {
    if (!found) return done(busy_problem());
    listed.mails = std::move(found->mails);
    listed.tail.matched = found->matched;
    if (found->next) listed.tail.next = to_string(*found->next);
    answer_attempts(std::move(listed), with, done);
  };
  std::move(walk).go(with.mails().searches(), std::move(take));
}

void get_attempt(const request& asked, context& with, answer_callback done) {
  const model::mail_ref mail = find_attempt(asked);
  if (!mail) {
    done(unknown_attempt(asked));
    return;
  }
  auto write = [mail, where = asked.holds,
                done = std::move(done)](const std::optional<rig::mail_reader::summaries>& read) {
    if (!read) {
      done(busy_problem());
      return;
    }
    done(json_answer(make_attempt(*mail, read->front(), *where)));
  };
  const std::vector<model::mail_ref> only{mail};
  with.mails().summarise(only, std::move(write), rig::chains_for(only, *asked.rig));
}

void get_attempt_raw(const request& asked, context&, answer_callback done) {
  const model::mail_ref mail = find_attempt(asked);
  if (!mail) {
    done(unknown_attempt(asked));
    return;
  }
  if (mail->facts().gone_uid != 0) {
    done(octets_gone(asked));
    return;
  }
  answer result = octets_of(mail, "message/rfc822");
  distrust(result);
  done(std::move(result));
}

}  // namespace mailrig::inspector
