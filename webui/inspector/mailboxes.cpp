// GET of /v1/mailboxes and /v1/mailboxes/{address}: who has mail to fetch, and who fetched it.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/paging.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::inspector {
namespace {

using delivery::mailbox;
using delivery::mailbox_visit;
using delivery::mailboxes;

void write_summary(json_writer& json, std::string_view name, const mailbox& box) {
  json.field("name", name).field("messages", box.visible()).field("deleted", box.deleted());
  json.key("open_by").open_array();
  for (const model::id& each : box.open_by()) json.value(each);
  json.close_array();
}

void write_visits(json_writer& json, const mailbox::visits& visits) {
  json.key("visits").open_array();
  for (const mailbox_visit& each : visits) {
    json.open_object().field("session", each.session).field("at", each.at);
    json.field("did", each.what == mailbox_visit::deed::read ? "read" : "deleted");
    json.close_object();
  }
  json.close_array();
}

void write_entry(json_writer& json, const mailbox& box, const mailbox::entry& which,
                 const model::mail_record& mail) {
  const model::mailbox_entry listed{
      .message = mail.id(), .octets = model::handed_out_octets(mail.bytes()), .copy = which.copy};
  json.open_object().field("message", listed.message).field("unique_id", unique_id(listed));
  json.field("octets", listed.octets).field("deleted", which.is_deleted);
  write_visits(json, box.visits_of(which));
  json.close_object();
}

std::string name_of(const mailbox::entry& which) {
  return std::to_string(which.uid) + '.' + std::to_string(which.copy);
}

// Where a page that ends before this entry begins, from the newest on: behind the entry, or, should
// it have gone, at the first older one.
std::vector<mailbox::entry>::const_reverse_iterator find_page(const mailbox& box,
                                                              std::string_view before) {
  const auto& entries = box.entries();
  if (before.empty()) return entries.rbegin();
  const auto exact = std::find_if(entries.rbegin(), entries.rend(),
                                  [before](const auto& each) { return name_of(each) == before; });
  if (exact != entries.rend()) return std::next(exact);
  const auto uid = parse_number(before.substr(0, before.find('.'))).value_or(0);
  return std::find_if(entries.rbegin(), entries.rend(),
                      [uid](const auto& each) { return each.uid < uid; });
}

answer no_such_mailbox(const request& asked) {
  return problem(404, "unknown_mailbox", "There is no such mailbox",
                 "No mail came for \"" + asked.captures.front() + "\" in the rig \"" +
                     asked.rig->name() + "\", or all of it was deleted or evicted. GET " +
                     asked.base + "/mailboxes lists the mailboxes; * is that of all messages.");
}

}  // namespace

// In the order of their names; `*`, which sees every message, is the first.
void list_mailboxes(const request& asked, context&, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) {
    done(std::move(*refused));
    return;
  }
  const auto& [limit, before] = std::get<page>(wanted);
  mailboxes& all = asked.rig->mailboxes();
  const auto& named = all.named();
  list_tail tail;
  tail.total = tail.matched = named.size() + 1;
  tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  json_writer json;
  json.open_object().key("mailboxes").open_array();
  std::size_t count = 0;
  std::string last(mailboxes::all);
  if (before.empty()) {
    json.open_object();
    write_summary(json, mailboxes::all, *all.find(mailboxes::all));
    json.close_object();
    ++count;
  }
  const bool begins = before.empty() || before == mailboxes::all;
  auto each = begins ? named.begin() : named.upper_bound(before);
  for (; each != named.end() && count < limit; ++each, ++count) {
    json.open_object();
    write_summary(json, each->first, each->second);
    json.close_object();
    last = each->first;
  }
  if (each != named.end()) tail.next = last;
  json.close_array();
  write_list_tail(json, tail);
  json.close_object();
  done(json_answer(json.take()));
}

void get_mailbox(const request& asked, context&, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) {
    done(std::move(*refused));
    return;
  }
  const mailbox* const box = asked.rig->mailboxes().find(asked.captures.front());
  if (box == nullptr) {
    done(no_such_mailbox(asked));
    return;
  }
  const auto& [limit, before] = std::get<page>(wanted);
  list_tail tail;
  tail.total = tail.matched = box->visible() + box->deleted();
  tail.mark = rig::to_string(rig::mark_of(*asked.rig));
  json_writer json;
  json.open_object();
  write_summary(json, asked.captures.front(), *box);
  json.key("entries").open_array();
  std::size_t count = 0;
  const mailbox::entry* last = nullptr;
  for (auto each = find_page(*box, before); each != box->entries().rend(); ++each) {
    const store::entry stored = asked.rig->messages().get(each->uid);
    if (each->is_gone || !stored.mail) continue;
    if (count++ == limit) {
      tail.next = name_of(*last);
      break;
    }
    write_entry(json, *box, *each, *stored.mail);
    last = &*each;
  }
  json.close_array();
  write_list_tail(json, tail);
  json.close_object();
  done(json_answer(json.take()));
}

}  // namespace mailrig::inspector
