#include "capture/pop3/handlers.hpp"
#include "capture/pop3/replies.hpp"

#include <algorithm>

namespace mailrig::pop3 {
namespace {

using content = listing_writer::content;

model::reply positive(std::string_view text) {
  return {replies::positive, {}, text};
}

}  // namespace

// RFC 1939 5: nothing but the two numbers.
model::reply handlers::count_messages(session& s) {
  s.reply_text_ = std::to_string(s.message_count_) + ' ' + std::to_string(s.octet_count_);
  return positive(s.reply_text_);
}

// Of the message that the command names: to_be_worded, or what is wrong with its number.
model::reply handlers::judge_message(session& s) {
  const std::uint64_t number = *s.command_.number;
  if (number < 1 || number > s.listing_.size()) {
    s.reply_text_ = "There is no such message; there were " + std::to_string(s.listing_.size()) +
                    " when you logged in";
    return {replies::negative, {}, s.reply_text_};
  }
  if (s.entry(number).is_deleted) {
    s.reply_text_ = "Message " + std::to_string(number) + " is marked as deleted";
    return {replies::negative, {}, s.reply_text_};
  }
  return replies::to_be_worded;
}

model::reply handlers::list_sizes(session& s) {
  if (!s.command_.number) {
    s.reply_text_ = s.describe_mailbox();
    return positive(s.reply_text_);
  }
  const model::reply judged = judge_message(s);
  if (!judged.is_positive()) return judged;
  s.reply_text_ =
      std::to_string(*s.command_.number) + ' ' + std::to_string(s.entry(*s.command_.number).octets);
  return positive(s.reply_text_);
}

void handlers::send_sizes(session& s, const model::reply& given) {
  if (!s.command_.number && given.is_positive())
    s.outflow_ = listing_writer(s.listing_, content::sizes);
}

model::reply handlers::list_unique_ids(session& s) {
  if (!s.command_.number) {
    s.reply_text_ = s.describe_mailbox();
    return positive(s.reply_text_);
  }
  const model::reply judged = judge_message(s);
  if (!judged.is_positive()) return judged;
  s.reply_text_ = std::to_string(*s.command_.number) + ' ' + unique_id(s.entry(*s.command_.number));
  return positive(s.reply_text_);
}

void handlers::send_unique_ids(session& s, const model::reply& given) {
  if (!s.command_.number && given.is_positive())
    s.outflow_ = listing_writer(s.listing_, content::unique_ids);
}

// A rule may say +OK where there is no such message: then there is nothing to fetch.
void handlers::fetch_whole(session& s, const model::reply& given) {
  if (!given.is_positive() || !judge_message(s).is_positive()) return;
  s.fetched_number_ = *s.command_.number;
  s.go_on_errand(session::errand::fetch_whole);
}

void handlers::fetch_top(session& s, const model::reply& given) {
  if (!given.is_positive() || !judge_message(s).is_positive()) return;
  s.fetched_number_ = *s.command_.number;
  s.fetched_lines_ = s.command_.lines;
  s.go_on_errand(session::errand::fetch_top);
}

model::reply handlers::judge_deletion(session& s) {
  const model::reply judged = judge_message(s);
  if (!judged.is_positive()) return judged;
  s.reply_text_ = "Message " + std::to_string(*s.command_.number) + " goes at QUIT";
  return positive(s.reply_text_);
}

void handlers::mark_deleted(session& s, const model::reply& given) {
  if (!given.is_positive() || !judge_message(s).is_positive()) return;
  // A rule lets the client believe it.
  if (s.find_step<faults::drop>() != nullptr) return;
  model::mailbox_entry& marked = s.entry(*s.command_.number);
  marked.is_deleted = true;
  --s.message_count_;
  s.octet_count_ -= marked.octets;
}

model::reply handlers::offer_all_again(session& s) {
  s.reply_text_ = "No message is marked as deleted";
  return positive(s.reply_text_);
}

// RFC 1939 5; RFC 1460: LAST goes back to what it was.
void handlers::unmark_all(session& s, const model::reply& given) {
  if (!given.is_positive()) return;
  for (model::mailbox_entry& each : s.listing_) {
    if (!each.is_deleted) continue;
    each.is_deleted = false;
    ++s.message_count_;
    s.octet_count_ += each.octets;
  }
  s.last_read_ = s.last_read_before_;
}

model::reply handlers::name_last_read(session& s) {
  s.reply_text_ = std::to_string(s.last_read_);
  return positive(s.reply_text_);
}

}  // namespace mailrig::pop3
