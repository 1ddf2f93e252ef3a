#include "webui/inspector/found_message.hpp"

#include "capture/rig/rig.hpp"
#include "capture/rig/worker_pool.hpp"

#include <memory>
#include <utility>

namespace mailrig::inspector {
namespace {

found_message newest(const store::store& messages) {
  const store::snapshot now = messages.take_snapshot();
  for (store::message_uid uid = now.end_uid(); uid-- > now.begin_uid();)
    if (const store::entry* entry = now.find(uid)) return {entry->mail, uid};
  return {};
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
  if (uid) return found_message{messages.get(*uid).mail, *uid};
  return problem(404, "unknown_message", "There is no such message",
                 "The rig \"" + asked.rig->name() + "\" holds no message \"" + name +
                     "\"; it may have been deleted or evicted. " +
                     (id ? "" : "An id has 22 letters and digits, or is `latest`. ") + "GET " +
                     asked.base + "/messages lists what is there.");
}

std::string message_url(std::string_view base, const found_message& message) {
  return std::string(base) + "/messages/" + model::to_string(message.mail->id());
}

void answer_from_view(const request& asked, context& with, answer_callback done,
                      std::function<answer(const found_message&, const view_ref&)> make) {
  auto found = find_message(asked);
  if (auto* refused = std::get_if<answer>(&found)) {
    done(std::move(*refused));
    return;
  }
  auto message = std::get<found_message>(std::move(found));
  const model::mail_ref mail = message.mail;
  auto write = [&pool = with.pool(), message = std::move(message), make = std::move(make),
                done = std::move(done)](const view_ref& view) {
    if (!view) {
      done(busy_problem());
      return;
    }
    const bool is_taken =
        pool.submit([message, make, done, view]() -> rig::worker_pool::completion {
          auto made = std::make_shared<answer>(make(message, view));
          return [done, made] { done(std::move(*made)); };
        });
    if (!is_taken) done(busy_problem());
  };
  with.mails().view(mail, std::move(write));
}

}  // namespace mailrig::inspector
