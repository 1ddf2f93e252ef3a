#include "webui/inspector/message_rows.hpp"

#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/message_json.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace mailrig::inspector {
namespace {

std::vector<model::mail_ref> without_row(const message_page& listed) {
  std::vector<model::mail_ref> mails;
  for (const rig::search_hit& each : listed.items)
    if (!each.entry.row) mails.push_back(each.entry.mail);
  return mails;
}

// `made` are the summaries of without_row(), in its order. Keeps each row in the store.
void add_rows(message_page& listed, rig::rig& where, const rig::mail_reader::summaries& made) {
  auto summary = made.begin();
  for (rig::search_hit& each : listed.items) {
    if (each.entry.row) continue;
    each.entry.row = std::make_shared<const std::string>(
        make_row(row_of(*each.entry.mail, each.uid, where), *summary++));
    where.messages().set_row(each.uid, each.entry.row);
  }
}

answer join(const message_page& listed, const rig::rig& where) {
  constexpr std::size_t around_rows = 512;
  constexpr std::size_t around_row = 64;  // its state and a comma
  std::size_t octets = around_rows;
  for (const rig::search_hit& each : listed.items) octets += each.entry.row->size() + around_row;
  json_writer json;
  json.reserve(octets);
  json.open_object().key("messages").open_array();
  for (const rig::search_hit& each : listed.items) finish_row(json, each.entry);
  json.close_array();
  write_list_tail(json, listed.tail);
  // Never a silent cap: what a limit removed was never to be seen here.
  json.field("evicted", where.evicted_count());
  json.close_object();
  return json_answer(json.take());
}

}  // namespace

void answer_page(message_page listed, rig::rig& where, context& with, answer_callback done) {
  std::vector<model::mail_ref> missing = without_row(listed);
  if (missing.empty()) return done(join(listed, where));
  auto shared = std::make_shared<message_page>(std::move(listed));
  auto finish = [shared, &where,
                 done = std::move(done)](const std::optional<rig::mail_reader::summaries>& made) {
    if (!made) return done(busy_problem());
    add_rows(*shared, where, *made);
    done(join(*shared, where));
  };
  with.mails().summarise(std::move(missing), std::move(finish));
}

}  // namespace mailrig::inspector
