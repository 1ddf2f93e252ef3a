// POST of /v1/messages: a raw mail that came by no mail protocol.
#include "capture/mime/message_view.hpp"
#include "capture/model/mail_builder.hpp"
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mailrig::inspector {
namespace {

constexpr std::size_t most_recipients = 2'000;
constexpr std::size_t longest_address = 320;  // RFC 5321 4.5.3.1: 64 + 1 + 255

// An envelope as somebody gave it, or as the header lets guess.
struct wanted_envelope {
  std::optional<std::string> mail_from;
  std::vector<std::string> rcpt_to;
};

answer bad_envelope(const std::string& detail) {
  return problem(400, "bad_envelope", "Nothing was taken in", detail);
}

bool is_address(std::string_view text) {
  const bool has_signs = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '<' && c != '>';
  });
  return !text.empty() && text.size() <= longest_address && has_signs;
}

std::variant<wanted_envelope, answer> read_envelope(const request& asked) {
  wanted_envelope made;
  for (const parameter& each : asked.where.parameters) {
    const bool may_be_null = each.name == "mail_from" && (each.value.empty() || each.value == "<>");
    if (!may_be_null && !is_address(each.value))
      return bad_envelope(each.name + " is \"" + each.value +
                          "\", which is no address without brackets and blanks" +
                          (each.value.find(' ') != std::string::npos
                               ? "; a + in a URL means a blank: write it as %2B."
                               : "."));
    if (each.name == "rcpt_to")
      made.rcpt_to.push_back(each.value);
    else
      made.mail_from = may_be_null ? "" : each.value;
  }
  if (made.rcpt_to.empty() && made.mail_from)
    return bad_envelope(
        "mail_from is given and rcpt_to is not: give both, rcpt_to once for each "
        "recipient, or neither, and the header is read instead.");
  if (made.rcpt_to.size() > most_recipients)
    return bad_envelope("There are " + std::to_string(made.rcpt_to.size()) +
                        " recipients; 2000 are taken.");
  return made;
}

// RFC 5322 3.6.2 and 3.6.3: Sender, else From, is who sends; To, Cc and Bcc are who gets it.
wanted_envelope envelope_of_header(std::string_view octets) {
  const mime::message_view view = mime::read_known_fields(octets);
  wanted_envelope made;
  made.mail_from.emplace();
  for (const auto* list : {&view.from, &view.sender})
    if (!list->empty()) made.mail_from = list->front().mailbox;
  for (const auto* list : {&view.to, &view.cc, &view.bcc})
    for (const mime::address& each : *list) {
      const bool is_known =
          std::find(made.rcpt_to.begin(), made.rcpt_to.end(), each.mailbox) != made.rcpt_to.end();
      if (!is_known && is_address(each.mailbox) && made.rcpt_to.size() < most_recipients)
        made.rcpt_to.push_back(each.mailbox);
    }
  return made;
}

model::envelope envelope_of(const wanted_envelope& wanted) {
  model::envelope made;
  made.reverse_path = wanted.mail_from.value_or("");
  for (const std::string& each : wanted.rcpt_to)
    made.recipients.push_back({each, "", 250, {2, 1, 5}, "Ok"});
  return made;
}

model::mail_ref make_mail(rig::rig_table& rigs, const wanted_envelope& envelope,
                          std::string_view octets, model::envelope_source source) {
  model::mail_builder builder(rigs, envelope_of(envelope), octets.size());
  builder.append(octets);
  if (builder.ran_out_of_memory()) return nullptr;
  const model::instant now = rigs.clock().now();
  model::attempt_facts facts;
  facts.attempt = rigs.ids().draw(now);
  facts.started_at = facts.ended_at = now;
  facts.result = model::outcome::accepted;
  facts.source = model::origin::ingested;
  facts.reached = model::stage::after_accept;
  facts.reply_code = 250;
  facts.reply_enhanced = {2, 0, 0};
  facts.octets_received = octets.size();
  facts.envelope_from = source;
  return builder.finish(facts, "");
}

answer no_room() {
  return problem(
      507, "no_room", "There is no room for this mail",
      "The mail is larger than what the limits on memory or on this rig leave, even with "
      "all that is older evicted.");
}

answer taken_in(const request& asked, const model::mail_record& mail, store::message_uid uid) {
  const std::string url = asked.base + "/messages/" + model::to_string(mail.id());
  json_writer json;
  json.open_object().field("id", mail.id()).field("uid", uid).field("url", url);
  json.field("envelope_source", model::to_string(mail.facts().envelope_from));
  json.field("mail_from", mail.reverse_path()).key("rcpt_to").open_array();
  mail.for_each_address([&json](std::string_view each) { json.value(each); });
  json.close_array().close_object();
  answer result = json_answer(json.take());
  result.status = 201;
  result.headers.push_back({"Location", url});
  return result;
}

void take_in(const request& asked, context& with, const wanted_envelope& envelope,
             model::envelope_source source, const answer_callback& done) {
  const model::mail_ref mail = make_mail(with.rigs(), envelope, asked.body, source);
  if (!mail) return done(no_room());
  auto stored = [&asked, mail, done](const std::optional<store::put_result>& put) {
    if (!put) return done(no_room());
    asked.rig->announce(mail->id());
    done(taken_in(asked, *mail, put->uid));
  };
  asked.rig->deliver(mail, std::move(stored));
}

}  // namespace

void ingest_message(const request& asked, context& with, answer_callback done) {
  if (asked.body.empty())
    return done(problem(400, "no_mail", "Nothing was taken in",
                        "The body is empty; it is the raw mail (message/rfc822), header first."));
  auto given = read_envelope(asked);
  if (auto* refused = std::get_if<answer>(&given)) return done(std::move(*refused));
  const auto& envelope = std::get<wanted_envelope>(given);
  if (!envelope.rcpt_to.empty())
    return take_in(asked, with, envelope, model::envelope_source::request, done);
  // The request, and with it the body, stays until the answer is given.
  auto work = [&asked, &with, done]() -> rig::worker_pool::completion {
    auto read = std::make_shared<wanted_envelope>(envelope_of_header(asked.body));
    return [&asked, &with, done, read] {
      if (read->rcpt_to.empty())
        return done(
            bad_envelope("The header names no recipient in To, Cc or Bcc. Say who gets it "
                         "with ?rcpt_to=address, once for each, and ?mail_from=."));
      take_in(asked, with, *read, model::envelope_source::header, done);
    };
  };
  if (!with.pool().submit(std::move(work))) done(busy_problem());
}

}  // namespace mailrig::inspector
