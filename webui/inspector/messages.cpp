// GET and DELETE of /v1/messages and /v1/messages/{id}.
#include "capture/rig/rig.hpp"
#include "webui/inspector/found_message.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/message_json.hpp"
#include "webui/inspector/paging.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace mailrig::inspector {
namespace {

// One page of the list, while the rows that nobody had asked for yet are made.
struct message_page {
  struct item {
    store::message_uid uid;
    model::mail_ref mail;
    std::shared_ptr<const std::string> row;
  };
  std::vector<item> items;
  list_tail tail;

  [[nodiscard]] std::vector<model::mail_ref> without_row() const {
    std::vector<model::mail_ref> mails;
    for (const item& each : items)
      if (!each.row) mails.push_back(each.mail);
    return mails;
  }

  // `made` are the summaries of without_row(), in its order. Keeps each row in the store.
  void add_rows(rig::rig& where, const rig::mail_reader::summaries& made) {
    auto summary = made.begin();
    for (item& each : items) {
      if (each.row) continue;
      each.row = std::make_shared<const std::string>(
          make_row({*each.mail, each.uid, where.name()}, *summary++));
      where.messages().set_row(each.uid, each.row);
    }
  }

  [[nodiscard]] answer join() const {
    json_writer json;
    json.open_object().key("messages").open_array();
    for (const item& each : items) json.fragment(*each.row);
    json.close_array();
    write_list_tail(json, tail);
    json.close_object();
    return json_answer(json.take());
  }
};

message_page take_page(const store::snapshot& now, store::message_uid before, std::size_t limit) {
  message_page result;
  result.tail.total = now.size();
  result.tail.mark = "after." + std::to_string(now.end_uid() - 1);
  for (store::message_uid uid = std::min(before, now.end_uid()); uid-- > now.begin_uid();) {
    const store::entry* entry = now.find(uid);
    if (entry == nullptr) continue;
    if (result.items.size() == limit) {
      result.tail.next = std::to_string(result.items.back().uid);
      break;
    }
    result.items.push_back({uid, entry->mail, entry->row});
  }
  return result;
}

answer deleted_answer(std::size_t count) {
  json_writer json;
  json.open_object().field("deleted", count).close_object();
  return json_answer(json.take());
}

}  // namespace

void list_messages(const request& asked, context& with, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) {
    done(std::move(*refused));
    return;
  }
  const auto& [limit, before] = std::get<page>(wanted);
  const store::snapshot now = asked.rig->messages().take_snapshot();
  const auto uid = before.empty() ? now.end_uid() : parse_number(before);
  if (!uid) {
    done(bad_cursor(cursor_before(before)));
    return;
  }
  auto listed = std::make_shared<message_page>(take_page(now, *uid, limit));
  std::vector<model::mail_ref> missing = listed->without_row();
  if (missing.empty()) {
    done(listed->join());
    return;
  }
  auto join = [listed, &where = *asked.rig,
               done = std::move(done)](const std::optional<rig::mail_reader::summaries>& made) {
    if (made) listed->add_rows(where, *made);
    done(made ? listed->join() : busy_problem());
  };
  with.mails().summarise(std::move(missing), std::move(join));
}

void delete_messages(const request& asked, context&, answer_callback done) {
  const std::string* all = asked.parameter("all");
  if (all == nullptr || *all != "true") {
    done(problem(400, "all_not_asked", "Nothing was deleted",
                 "DELETE " + asked.base +
                     "/messages deletes every message and wants to be told "
                     "so: add ?all=true. One message is deleted with DELETE " +
                     asked.base + "/messages/{id}."));
    return;
  }
  done(deleted_answer(asked.rig->remove_all()));
}

namespace {

// Of the session that a message came in; null without TLS, or when the session is kept no more.
std::shared_ptr<const model::tls_facts> tls_of(const request& asked) {
  const auto found = find_message(asked);
  const auto* const message = std::get_if<found_message>(&found);
  if (message == nullptr) return nullptr;
  const auto& sessions = asked.rig->sessions();
  const auto session =
      std::find_if(sessions.rbegin(), sessions.rend(), [&message](const auto& each) {
        return each->id == message->mail->facts().session;
      });
  return session == sessions.rend() ? nullptr : (*session)->tls;
}

}  // namespace

void get_message(const request& asked, context& with, answer_callback done) {
  auto make = [base = asked.base, name = asked.rig->name(), tls = tls_of(asked)](
                  const found_message& message, const view_ref& view) {
    const std::string url = message_url(base, message);
    return json_answer(make_message({*message.mail, message.uid, name, tls.get()}, *view, url));
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
  done(deleted_answer(asked.rig->remove(std::get<found_message>(found).mail->id()) ? 1 : 0));
}

}  // namespace mailrig::inspector
