// GET of /v1/messages/wait and /v1/attempts/wait.
#include "capture/rig/mark.hpp"
#include "webui/inspector/attempt_json.hpp"
#include "webui/inspector/found_message.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/message_json.hpp"
#include "webui/inspector/wait_miss.hpp"
#include "webui/inspector/wait_request.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

// What one answer may hold; whole messages beyond it are counted and can be got by id.
constexpr std::size_t most_octets = std::size_t{64} << 20;

// An answer while its messages are read, one after the other.
struct met_wait {
  std::shared_ptr<rig::rig> where;
  rig::wait_kind kind;
  std::string base;
  rig::wait_result result;
  std::string mark;
  answer_callback done;
  std::vector<std::string> written;
  std::size_t octets = 0;
};
using met_ref = std::shared_ptr<met_wait>;

void finish(const met_wait& met) {
  const std::string key = met.kind == rig::wait_kind::messages ? "messages" : "attempts";
  json_writer json;
  json.open_object().key(key).open_array();
  for (const std::string& each : met.written) json.fragment(each);
  json.close_array();
  json.field("matched", met.result.matched);
  json.field("omitted", met.result.matched - met.written.size());
  json.field("waited_ms", met.result.waited.count()).field("quiet_ms", met.result.quiet.count());
  json.field("evicted", met.result.evicted).field("mark", met.mark);
  json.close_object();
  met.done(json_answer(json.take()));
}

void keep(const met_ref& met, std::string json) {
  met->octets += json.size();
  met->written.push_back(std::move(json));
}

bool is_full(const met_wait& met) {
  return met.written.size() == met.result.hits.size() || met.octets >= most_octets;
}

void write_messages(const met_ref& met, context& with) {
  if (is_full(*met)) return finish(*met);
  const rig::search_hit& hit = met->result.hits[met->written.size()];
  auto write = [met, &with, hit](const view_ref& view) {
    if (!view) return met->done(busy_problem());
    found_message message{hit.entry.mail, hit.uid, hit.entry.marks, hit.entry.fates};
    add_surroundings(message, *met->where);
    auto work = [met, &with, message, view]() -> rig::worker_pool::completion {
      auto json = std::make_shared<std::string>(make_message(
          described(message, met->where->name()), *view, message_url(met->base, message)));
      return [met, &with, json] {
        keep(met, std::move(*json));
        write_messages(met, with);
      };
    };
    if (!with.pool().submit(std::move(work))) met->done(busy_problem());
  };
  with.mails().view(hit.entry.mail, std::move(write));
}

void write_attempts(const met_ref& met, context& with) {
  std::vector<model::mail_ref> mails;
  for (const rig::search_hit& each : met->result.hits) mails.push_back(each.entry.mail);
  auto write = [met, mails](const std::optional<rig::mail_reader::summaries>& read) {
    if (!read) return met->done(busy_problem());
    for (std::size_t i = 0; i < mails.size() && !is_full(*met); ++i)
      keep(met, make_attempt(*mails[i], (*read)[i], *met->where));
    finish(*met);
  };
  with.mails().summarise(mails, std::move(write), rig::chains_for(mails, *met->where));
}

answer emptied_problem(const rig::rig& where) {
  return problem(409, "rig_emptied", "The rig was emptied",
                 "The rig \"" + where.name() +
                     "\" was reset, made anew or deleted while this waited; what came before is "
                     "gone. Wait again, after the reset.");
}

answer stopping_problem() {
  return problem(503, "stopping", "mailrig is stopping",
                 "mailrig is stopping: no mail will come any more.");
}

void end_wait(met_wait met, rig::wait_request what, model::instant began, context& with) {
  switch (met.result.how) {
    case rig::wait_outcome::emptied: return met.done(emptied_problem(*met.where));
    case rig::wait_outcome::stopped: return met.done(stopping_problem());
    case rig::wait_outcome::busy: return met.done(busy_problem());
    case rig::wait_outcome::timed_out:
    case rig::wait_outcome::exceeded:
      return answer_miss({met.where, std::move(what), std::move(met.result), began}, with,
                         met.done);
    case rig::wait_outcome::met: break;
  }
  met.mark = rig::to_string(rig::mark_of(*met.where));
  const auto shared = std::make_shared<met_wait>(std::move(met));
  if (shared->kind == rig::wait_kind::messages)
    write_messages(shared, with);
  else
    write_attempts(shared, with);
}

void wait_for(const request& asked, context& with, rig::wait_kind kind, answer_callback done) {
  auto read = read_wait(asked, kind);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  auto& what = std::get<rig::wait_request>(read);
  const model::instant began = with.rigs().clock().now();
  auto end = [where = asked.rig->shared_from_this(), kind, base = asked.base, what, began, &with,
              done](rig::wait_result result) {
    end_wait({where, kind, base, std::move(result), {}, done, {}}, what, began, with);
  };
  const auto id = with.waits().add(*asked.rig, what, std::move(end));
  if (!id)
    return done(problem(503, "too_many_waits", "Too many wait already",
                        std::to_string(rig::waiters::most_waiters) +
                            " requests wait for mail; no more are taken."));
  asked.when_gone = [&with, id = *id] { with.waits().cancel(id); };
}

}  // namespace

void wait_for_messages(const request& asked, context& with, answer_callback done) {
  wait_for(asked, with, rig::wait_kind::messages, std::move(done));
}

void wait_for_attempts(const request& asked, context& with, answer_callback done) {
  wait_for(asked, with, rig::wait_kind::attempts, std::move(done));
}

}  // namespace mailrig::inspector
