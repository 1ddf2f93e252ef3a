#include "webui/inspector/event_hub.hpp"

#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/message_json.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::inspector {
namespace {

constexpr std::size_t batch_size = 64;
// Ids of one `removed` event, so that no event grows without bound.
constexpr std::size_t most_ids = 500;

std::string removed_json(const event& what) {
  json_writer json;
  json.open_object();
  if (what.kind == event_kind::removed_all) {
    json.field("all", true);
  } else {
    json.key("ids").open_array();
    for (const model::id& each : what.ids) json.value(each);
    json.close_array();
  }
  json.close_object();
  return json.take();
}

}  // namespace

event_hub::event_hub(rig::rig& source, rig::mail_reader& mails, std::string tag,
                     std::size_t capacity)
    : source_(source), mails_(mails), ring_(std::move(tag), capacity) {
  source_.add_observer(*this);
}

event_hub::~event_hub() {
  source_.remove_observer(*this);
}

event_hub::subscription event_hub::subscribe(event_reader& who, std::string_view last_event_id) {
  const event_number now = ring_.end();
  const auto next = ring_.after(last_event_id);
  if (readers_.empty() && !is_making_rows_) ready_ = now;
  if (next) {
    // Rows of the events between may not have been made: they are gone through once more.
    rewind_to_ = std::min(rewind_to_, *next);
    advance();
  }
  // Only now, for advance() tells the readers, and this one does not know its place yet.
  readers_.push_back(&who);
  return {next.value_or(now), now, !next && !last_event_id.empty()};
}

void event_hub::unsubscribe(event_reader& who) {
  std::erase(readers_, &who);
}

void event_hub::message_announced(const rig::rig&, store::message_uid uid, const model::mail_ref&) {
  push({event_kind::message, uid, {}});
}

void event_hub::messages_removed(const rig::rig&, const std::vector<model::id>& ids, rig::removal) {
  for (std::size_t begin = 0; begin < ids.size(); begin += most_ids) {
    const std::size_t end = std::min(begin + most_ids, ids.size());
    push({event_kind::removed,
          0,
          {ids.begin() + static_cast<std::ptrdiff_t>(begin),
           ids.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
  for (const model::id& each : ids) mails_.forget(each);
}

void event_hub::all_messages_removed(const rig::rig&, std::size_t) {
  push({event_kind::removed_all, 0, {}});
  mails_.forget_all();
}

void event_hub::push(event what) {
  ring_.push(std::move(what));
  if (!readers_.empty()) advance();
}

// Makes events ready in order, up to the first whose row must be made first.
void event_hub::advance() {
  if (is_making_rows_) return;
  ready_ = std::max(std::min(ready_, std::exchange(rewind_to_, no_rewind)), ring_.begin());
  const event_number before = ready_;
  while (ready_ < ring_.end()) {
    const event_number end = std::min(ready_ + batch_size, ring_.end());
    std::vector<store::message_uid> uids;
    std::vector<model::mail_ref> mails;
    for (event_number number = ready_; number < end; ++number) {
      const event& each = ring_.at(number);
      if (each.kind != event_kind::message) continue;
      const store::entry entry = source_.messages().get(each.uid);
      if (!entry.mail || entry.row) continue;
      uids.push_back(each.uid);
      mails.push_back(entry.mail);
    }
    if (!uids.empty()) {
      make_rows(end, std::move(uids), std::move(mails));
      break;
    }
    ready_ = end;
  }
  if (ready_ != before) tell_readers();
}

void event_hub::make_rows(event_number end, std::vector<store::message_uid> uids,
                          std::vector<model::mail_ref> mails) {
  is_making_rows_ = true;
  auto keep = [this, end, uids = std::move(uids),
               mails](std::optional<rig::mail_reader::summaries> made) {
    is_making_rows_ = false;
    if (!made) {
      for (event_reader* each : std::vector(readers_)) each->give_up();
      return;
    }
    for (std::size_t i = 0; i < uids.size(); ++i)
      source_.messages().set_row(uids[i], std::make_shared<const std::string>(make_row(
                                              {*mails[i], uids[i], source_.name()}, (*made)[i])));
    ready_ = end;
    tell_readers();
    advance();
  };
  mails_.summarise(std::move(mails), std::move(keep));
}

void event_hub::tell_readers() {
  for (event_reader* each : std::vector(readers_))
    if (std::find(readers_.begin(), readers_.end(), each) != readers_.end()) each->events_ready();
}

std::string event_hub::write(event_number& next, std::size_t about) const {
  std::string out;
  next = std::max(next, ring_.begin());
  while (next < ready_ && out.size() < about && write_event(out, next)) ++next;
  return out;
}

// False if the row is still to be made, for a reader that came back to events nobody had read.
bool event_hub::write_event(std::string& out, event_number number) const {
  const event& what = ring_.at(number);
  std::string_view name = "removed";
  std::string removed, row;
  store::entry entry;
  std::string_view data;
  if (what.kind == event_kind::message) {
    entry = source_.messages().get(what.uid);
    // Removed since: its `removed` event follows, and there is nothing left to tell.
    if (!entry.mail) return true;
    if (!entry.row) return false;
    name = "message";
    row = finish_row(*entry.row, entry.marks.get());
    data = row;
  } else {
    removed = removed_json(what);
    data = removed;
  }
  out += "id: ";
  out += ring_.id_of(number);
  out += "\nevent: ";
  out += name;
  out += "\ndata: ";
  out += data;
  out += "\n\n";
  return true;
}

}  // namespace mailrig::inspector
