// GET of /v1/attempts, /v1/attempts/{id} and …/raw: mails that were refused or broken off; one by
// id also if it became a message.
#include "capture/rig/mark.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/content.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/paging.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

void write_reply(json_writer& json, std::uint16_t code, model::enhanced_code enhanced,
                 std::string_view text) {
  json.key("reply");
  if (code == 0) {
    json.null();
    return;
  }
  json.open_object();
  json.field("code", code).text_or_null("enhanced", model::to_string(enhanced));
  json.field("text", text);
  json.close_object();
}

void write_recipients(json_writer& json, const model::envelope& envelope) {
  json.key("rcpts").open_array();
  for (const model::recipient& each : envelope.recipients) {
    json.open_object().field("address", each.address);
    write_reply(json, each.code, each.enhanced, each.text);
    json.close_object();
  }
  json.close_array();
}

void write_attempt(json_writer& json, const model::mail_record& mail, std::string_view subject) {
  const model::attempt_facts& facts = mail.facts();
  const model::envelope envelope = mail.envelope();
  json.open_object();
  json.field("id", facts.attempt).field("session", facts.session).null_field("chain");
  json.field("started_at", facts.started_at).field("ended_at", facts.ended_at);
  json.field("stage", model::to_string(facts.reached));
  json.field("mail_from", envelope.reverse_path);
  write_recipients(json, envelope);
  json.text_or_null("subject", subject);
  json.field("outcome", model::to_string(facts.result));
  write_reply(json, facts.reply_code, facts.reply_enhanced, mail.reply_text());
  json.field("bytes", facts.octets_received);
  json.key("message");
  if (mail.is_message())
    json.value(facts.attempt);
  else
    json.null();
  json.empty_array_field("faults");
  json.close_object();
}

// By id, among the attempts and the messages; null if there is none.
model::mail_ref find_attempt(const request& asked) {
  const auto id = model::parse_id(asked.captures.front());
  if (!id) return nullptr;
  const auto& attempts = asked.rig->attempts();
  const auto found = std::find_if(attempts.rbegin(), attempts.rend(),
                                  [&id](const model::mail_ref& each) { return each->id() == *id; });
  if (found != attempts.rend()) return *found;
  const auto uid = asked.rig->messages().find(*id);
  return uid ? asked.rig->messages().get(*uid).mail : nullptr;
}

answer unknown_attempt(const request& asked) {
  return problem(404, "unknown_attempt", "There is no such attempt",
                 "The rig \"" + asked.rig->name() + "\" knows no attempt \"" +
                     asked.captures.front() + "\". GET " + asked.base +
                     "/attempts lists mails that were refused or broken off.");
}

struct attempt_page {
  std::vector<model::mail_ref> mails;
  list_tail tail;

  [[nodiscard]] answer join(const rig::mail_reader::summaries& read) const {
    json_writer json;
    json.open_object().key("attempts").open_array();
    for (std::size_t i = 0; i < mails.size(); ++i) write_attempt(json, *mails[i], read[i].subject);
    json.close_array();
    write_list_tail(json, tail);
    json.close_object();
    return json_answer(json.take());
  }
};

attempt_page take_page(const rig::rig& where, const page& wanted) {
  const auto& attempts = where.attempts();
  attempt_page result;
  result.tail.total = result.tail.matched = attempts.size();
  result.tail.mark = rig::to_string(rig::mark_of(where));
  auto each = attempts.rbegin();
  if (!wanted.before.empty()) {
    each = std::find_if(each, attempts.rend(), [&wanted](const model::mail_ref& mail) {
      return model::to_string(mail->id()) == wanted.before;
    });
    if (each != attempts.rend()) ++each;
  }
  for (; each != attempts.rend() && result.mails.size() < wanted.limit; ++each)
    result.mails.push_back(*each);
  if (each != attempts.rend()) result.tail.next = model::to_string(result.mails.back()->id());
  return result;
}

}  // namespace

void list_attempts(const request& asked, context& with, answer_callback done) {
  auto wanted = read_page(asked);
  if (auto* refused = std::get_if<answer>(&wanted)) {
    done(std::move(*refused));
    return;
  }
  auto listed = std::make_shared<attempt_page>(take_page(*asked.rig, std::get<page>(wanted)));
  auto join = [listed,
               done = std::move(done)](const std::optional<rig::mail_reader::summaries>& read) {
    done(read ? listed->join(*read) : busy_problem());
  };
  with.mails().summarise(listed->mails, std::move(join));
}

void get_attempt(const request& asked, context& with, answer_callback done) {
  const model::mail_ref mail = find_attempt(asked);
  if (!mail) {
    done(unknown_attempt(asked));
    return;
  }
  auto write = [mail,
                done = std::move(done)](const std::optional<rig::mail_reader::summaries>& read) {
    if (!read) {
      done(busy_problem());
      return;
    }
    json_writer json;
    write_attempt(json, *mail, read->front().subject);
    done(json_answer(json.take()));
  };
  with.mails().summarise({mail}, std::move(write));
}

void get_attempt_raw(const request& asked, context&, answer_callback done) {
  const model::mail_ref mail = find_attempt(asked);
  if (!mail) {
    done(unknown_attempt(asked));
    return;
  }
  answer result = octets_of(mail, "message/rfc822");
  distrust(result);
  done(std::move(result));
}

}  // namespace mailrig::inspector
