#include "webui/inspector/message_json.hpp"

#include "capture/mime/codes.hpp"
#include "capture/mime/links.hpp"
#include "capture/model/content_lints.hpp"
#include "capture/model/line_facts.hpp"
#include "webui/inspector/auth_json.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/tls_json.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <unordered_set>
#include <vector>

namespace mailrig::inspector {
namespace {

using address_list = std::vector<mime::address>;

constexpr std::size_t most_in_row = 10;
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

// What the header fields say, either of a summary or of the whole view.
struct shown_headers {
  const address_list& from;
  const address_list& to;
  const address_list& cc;
  std::string_view subject;
  std::string_view date;
  std::string_view snippet;
  std::size_t attachment_count;
  std::string_view chain;
};

void write_address(json_writer& json, const mime::address& address) {
  json.open_object();
  json.text_or_null("name", address.name);
  json.field("address", address.mailbox);
  json.close_object();
}

void write_addresses(json_writer& json, std::string_view key, const address_list& addresses) {
  json.key(key).open_array();
  for (const mime::address& each : addresses) write_address(json, each);
  json.close_array();
}

void write_recipients(json_writer& json, const model::envelope& envelope, std::size_t at_most) {
  std::size_t accepted = 0;
  json.key("rcpt_to").open_array();
  for (const model::recipient& each : envelope.recipients) {
    if (!each.is_accepted()) continue;
    if (accepted++ < at_most) json.value(each.address);
  }
  json.close_array();
  json.field("rcpt_count", accepted);
}

void write_summary(json_writer& json, const stored_message& message,
                   const model::envelope& envelope, const shown_headers& shown,
                   std::size_t at_most) {
  const model::attempt_facts& facts = message.mail.facts();
  json.field("id", message.mail.id());
  json.field("uid", message.uid);
  json.field("rig", message.rig);
  json.field("origin", model::to_string(facts.source));
  json.field("received_at", facts.ended_at);
  json.field("rig_time", message.rig_time);
  json.field("mail_from", envelope.reverse_path);
  write_recipients(json, envelope, at_most);
  json.key("from");
  if (shown.from.empty())
    json.null();
  else
    write_address(json, shown.from.front());
  write_addresses(json, "to", shown.to);
  write_addresses(json, "cc", shown.cc);
  json.field("subject", shown.subject);
  json.text_or_null("date", shown.date);
  json.field("size", message.mail.bytes().size());
  json.field("attachment_count", shown.attachment_count);
  json.field("snippet", shown.snippet);
  json.field("session", facts.session);
  json.field("attempt", facts.attempt);
  json.text_or_null("chain", shown.chain);
}

// What may change while the message is kept.
void write_state(json_writer& json, const store::message_marks* marks, std::string_view fate) {
  json.field("fate", fate);
  json.field("read", marks != nullptr && marks->is_read);
  json.key("tags").open_array();
  if (marks != nullptr)
    for (const std::string& each : marks->tags) json.value(each);
  json.close_array();
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
  });
  return result;
}

// Recipients that no To, Cc or Bcc names: the blind copies.
void write_envelope_only(json_writer& json, const model::envelope& envelope,
                         const mime::message_view& view) {
  std::unordered_set<std::string> named;
  for (const auto* list : {&view.to, &view.cc, &view.bcc})
    for (const mime::address& each : *list) named.insert(lower(each.mailbox));
  json.key("envelope_only").open_array();
  for (const model::recipient& each : envelope.recipients)
    if (each.is_accepted() && !named.contains(lower(each.address))) json.value(each.address);
  json.close_array();
}

void write_entries(json_writer& json, const stored_message& message, std::string_view address) {
  json.key("entries").open_array();
  for (const held_entry& each : message.entries) {
    if (each.mailbox != address) continue;
    json.open_object().field("unique_id", unique_id(each.listed));
    json.field("octets", each.listed.octets).field("altered", each.is_altered);
    json.field("read", each.listed.was_read).field("deleted", each.listed.is_deleted);
    json.close_object();
  }
  json.close_array();
}

void write_fate(json_writer& json, const stored_message& message, const std::string& address) {
  const model::recipient_fate* const fate =
      message.fates == nullptr ? nullptr : message.fates->find(address);
  json.open_object().field("address", address);
  json.field("fate", model::to_string(fate == nullptr ? model::fate::delivered : fate->what));
  json.key("until");
  fate != nullptr && fate->until ? json.value(*fate->until) : json.null();
  json.text_or_null("rule", fate == nullptr ? std::string_view() : fate->rule);
  json.text_or_null("altered", fate == nullptr ? std::string_view() : fate->altered);
  write_entries(json, message, address);
  json.close_object();
}

void write_fates(json_writer& json, const stored_message& message,
                 const model::envelope& envelope) {
  json.key("recipients").open_array();
  for (const model::recipient& each : envelope.recipients)
    if (each.is_accepted()) write_fate(json, message, each.address);
  json.close_array();
  json.key("caused_by");
  message.fates != nullptr&& message.fates->caused_by ? json.value(*message.fates->caused_by)
                                                      : json.null();
}

void write_headers(json_writer& json, const mime::message_view& view) {
  json.key("headers").open_array();
  for (const mime::header_field& each : view.headers) {
    json.open_object();
    json.field("name", each.name).field("value", each.value).field("raw", each.raw);
    json.close_object();
  }
  json.close_array();
}

bool is_leaf(const mime::part& part) {
  return !part.type.starts_with("multipart/");
}

void write_part_content(json_writer& json, const mime::part& part, std::string_view url) {
  json.field("size", part.size).text_or_null("sha256", part.sha256).text_or_null("md5", part.md5);
  if (is_leaf(part))
    json.field("url", std::string(url) + "/parts/" + std::to_string(part.number));
  else
    json.null_field("url");
}

template <class Wanted>
void write_files(json_writer& json, std::string_view key, const mime::message_view& view,
                 std::string_view url, Wanted is_wanted) {
  json.key(key).open_array();
  for (const mime::part& each : view.parts) {
    if (!is_wanted(each)) continue;
    json.open_object();
    json.field("n", each.number).text_or_null("filename", each.filename);
    json.field("type", each.type).text_or_null("content_id", each.content_id);
    write_part_content(json, each, url);
    json.close_object();
  }
  json.close_array();
}

void write_links(json_writer& json, const mime::message_view& view) {
  json.key("links").open_array();
  for (const mime::link& each : mime::find_links(view)) {
    json.open_object();
    json.field("url", each.url).text_or_null("text", each.text).field("part", each.part);
    json.close_object();
  }
  json.close_array();
}

void write_codes(json_writer& json, const mime::message_view& view) {
  json.key("codes").open_array();
  for (const mime::code& each : mime::find_codes(view)) {
    json.open_object();
    json.field("value", each.value).field("context", each.context).key("part");
    // The subject is in no part.
    if (each.part >= 0)
      json.value(each.part);
    else
      json.null();
    json.close_object();
  }
  json.close_array();
}

void write_parts(json_writer& json, const mime::message_view& view, std::string_view url) {
  json.key("parts").open_array();
  for (const mime::part& each : view.parts) {
    json.open_object();
    json.field("n", each.number).field("parent", each.parent).field("type", each.type);
    json.text_or_null("charset", each.charset).text_or_null("filename", each.filename);
    json.text_or_null("content_disposition", each.content_disposition);
    json.text_or_null("content_id", each.content_id);
    write_part_content(json, each, url);
    json.close_object();
  }
  json.close_array();
}

// What the parser found and what the transfer showed.
void write_defects(json_writer& json, std::string_view octets, const mime::message_view& view) {
  constexpr std::uint64_t longest_allowed = 998;  // RFC 5322 2.1.1
  const model::line_facts lines = model::look_at_lines(octets);
  json.key("defects").open_array();
  for (const std::string& each : view.defects) json.value(each);
  if (lines.longest_line > longest_allowed)
    json.value("a line has " + std::to_string(lines.longest_line) +
               " octets; RFC 5322 2.1.1 allows 998");
  if (lines.bare_lf_count > 0)
    json.value(std::to_string(lines.bare_lf_count) +
               " line ends are a bare LF; RFC 5321 2.3.8 wants CRLF");
  json.close_array();
}

// What a strict server or reader would have minded, in the order of the table.
void write_lints(json_writer& json, const model::mail_record& mail,
                 const model::envelope& envelope) {
  model::lint_set lints = mail.facts().lints;
  lints.add(
      model::find_content_lints(mail.bytes(), model::read_mail_parameters(envelope.parameters)));
  json.key("lints").open_array();
  lints.for_each([&json](model::lint each) {
    const model::lint_text& text = model::describe(each);
    json.open_object();
    json.field("name", text.name).field("detail", text.detail);
    json.text_or_null("clause", text.clause).field("severity", model::to_string(text.weight));
    json.close_object();
  });
  json.close_array();
}

std::size_t attachment_count(const mime::message_view& view) {
  return static_cast<std::size_t>(
      std::count_if(view.parts.begin(), view.parts.end(),
                    [](const mime::part& each) { return each.is_attachment; }));
}

}  // namespace

stored_message row_of(const model::mail_record& mail, store::message_uid uid,
                      const rig::rig& where) {
  return {.mail = mail,
          .uid = uid,
          .rig = where.name(),
          .rig_time = where.clock().shown_at(mail.facts().ended_at)};
}

std::string make_row(const stored_message& message, const rig::mail_summary& summary) {
  json_writer json;
  json.open_object();
  write_summary(
      json, message, message.mail.envelope(),
      {summary.from, summary.to, summary.cc, summary.subject, summary.date, summary.snippet,
       static_cast<std::size_t>(summary.attachment_count), summary.chain},
      most_in_row);
  return json.take();
}

void finish_row(json_writer& into, const store::entry& stored) {
  static const std::string untouched = [] {
    json_writer state;
    write_state(state, nullptr, model::to_string(model::fate::delivered));
    return ',' + state.take() + '}';
  }();
  into.fragment(*stored.row);
  if (!stored.marks && !stored.fates) {
    into.continued(untouched);
    return;
  }
  json_writer state;
  write_state(state, stored.marks.get(), model::common_fate(stored.fates.get(), *stored.mail));
  into.continued(",").continued(state.take()).continued("}");
}

std::string make_message(const stored_message& message, const rig::mail_view& view,
                         std::string_view url) {
  const model::envelope envelope = message.mail.envelope();
  const std::string snippet = mime::summarise(view).snippet;
  json_writer json;
  json.open_object();
  write_summary(json, message, envelope,
                {view.from, view.to, view.cc, view.subject, view.date, snippet,
                 attachment_count(view), view.chain},
                all);
  write_state(json, message.marks, model::common_fate(message.fates, message.mail));
  json.field("envelope_source", model::to_string(message.mail.facts().envelope_from));
  json.text_or_null("message_id", view.message_id);
  json.text_or_null("in_reply_to", view.in_reply_to);
  json.key("sender");
  if (view.sender.empty())
    json.null();
  else
    write_address(json, view.sender.front());
  json.key("list_unsubscribe").open_array();
  for (const std::string& each : view.list_unsubscribe) json.value(each);
  json.close_array();
  write_addresses(json, "reply_to", view.reply_to);
  write_addresses(json, "bcc", view.bcc);
  write_envelope_only(json, envelope, view);
  write_fates(json, message, envelope);
  write_faults(json, message.faults);
  write_headers(json, view);
  json.text_or_null("text", view.text).text_or_null("html", view.html);
  write_files(json, "attachments", view, url,
              [](const mime::part& one) { return one.is_attachment; });
  write_files(json, "inline", view, url, [](const mime::part& one) { return one.is_inline; });
  write_parts(json, view, url);
  write_links(json, view);
  write_codes(json, view);
  write_lints(json, message.mail, envelope);
  write_tls(json, message.connection.tls.get());
  write_auth(json, message.connection.auth);
  write_defects(json, message.mail.bytes(), view);
  json.close_object();
  return json.take();
}

std::string make_headers(const mime::message_view& view) {
  json_writer json;
  json.open_object();
  write_headers(json, view);
  json.close_object();
  return json.take();
}

}  // namespace mailrig::inspector
