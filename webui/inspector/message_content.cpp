// What hangs below /v1/messages/{id}: raw, html, text, headers, parts.
#include "capture/rig/rig.hpp"
#include "webui/inspector/content.hpp"
#include "webui/inspector/found_message.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/message_json.hpp"
#include "webui/inspector/paging.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mailrig::inspector {
namespace {

answer without_html(const std::string& url) {
  return problem(404, "no_html", "This message has no HTML",
                 "None of its parts is an HTML body. Its text is at " + url +
                     "/text, its bytes at " + url + "/raw.");
}

answer without_text(const std::string& url) {
  return problem(404, "no_text", "This message has no plain text",
                 "None of its parts is a plain text body. Its HTML, if any, is at " + url +
                     "/html, its bytes at " + url + "/raw.");
}

answer html_answer(const mime::message_view& view, const std::string& url, remote_images images) {
  answer result;
  result.content_type = "text/html; charset=utf-8";
  result.text = mime::html_with_part_urls(view, url + "/parts/");
  distrust(result, images);
  return result;
}

std::string list_of_leaves(const mime::message_view& view) {
  constexpr std::size_t most_named = 20;
  std::string list;
  std::size_t count = 0;
  for (const mime::part& each : view.parts) {
    if (each.type.starts_with("multipart/")) continue;
    if (++count > most_named) return list + ", …";
    if (!list.empty()) list += ", ";
    list += std::to_string(each.number);
  }
  return list;
}

answer part_answer(const found_message& message, const mime::message_view& view, int number) {
  const auto part =
      std::find_if(view.parts.begin(), view.parts.end(),
                   [number](const mime::part& each) { return each.number == number; });
  auto content = part == view.parts.end() ? std::nullopt
                                          : mime::part_content(message.mail->bytes(), view, number);
  if (!content)
    return problem(404, "unknown_part", "There is no such part",
                   "The message has no part " + std::to_string(number) +
                       " with content of its own. It has: " + list_of_leaves(view) + ".");
  answer result;
  result.content_type = content_type_of(*part);
  result.headers.push_back({"Content-Disposition", content_disposition_of(*part)});
  result.text = std::move(*content);
  distrust(result);
  return result;
}

// Null: that mailbox has no entry of it.
model::mail_ref held_by(rig::rig& where, const std::string& mailbox, const found_message& message) {
  if (where.mailboxes().entries_of(mailbox, message.uid).empty()) return nullptr;
  return where.mailboxes().content(mailbox, message.mail->id());
}

answer not_held(const std::string& mailbox) {
  return problem(404, "not_in_mailbox", "That mailbox does not hold the message",
                 "\"" + mailbox +
                     "\" has no entry of this message: it was sent to others, or a rule dropped, "
                     "delayed or lost it. `recipients` of the message names each one's fate and "
                     "entries; without mailbox= the answer is what was received.");
}

// remote=1 and remote=0; anything else is a mistake.
std::optional<remote_images> read_remote(const request& asked) {
  const std::string* remote = asked.parameter("remote");
  if (remote == nullptr || *remote == "0") return remote_images::blocked;
  if (*remote == "1") return remote_images::allowed;
  return std::nullopt;
}

}  // namespace

// With ?mailbox= what that mailbox holds of it, which a rule may have altered.
void get_raw(const request& asked, context& with, answer_callback done) {
  const std::string* const mailbox = asked.parameter("mailbox");
  auto give = [where = asked.rig, mailbox](const found_message& message,
                                           const answer_callback& answered) {
    model::mail_ref mail = message.mail;
    if (mailbox != nullptr) {
      mail = held_by(*where, *mailbox, message);
      if (!mail) return answered(not_held(*mailbox));
    }
    answer result = octets_of(mail, "message/rfc822");
    result.headers.push_back(
        {"Content-Disposition",
         "attachment; filename=\"" + model::to_string(message.mail->id()) + ".eml\""});
    distrust(result);
    answered(std::move(result));
  };
  with_message(asked, with, std::move(done), give);
}

void get_html(const request& asked, context& with, answer_callback done) {
  const auto images = read_remote(asked);
  if (!images) {
    done(problem(400, "bad_remote", "remote is 1 or 0",
                 "remote is \"" + *asked.parameter("remote") +
                     "\"; remote=1 lets images come from elsewhere, without it they stay out."));
    return;
  }
  auto make = [base = asked.base, images = *images](const found_message& message,
                                                    const view_ref& view) {
    const std::string url = message_url(base, message);
    return view->html.empty() ? without_html(url) : html_answer(*view, url, images);
  };
  answer_from_view(asked, with, std::move(done), std::move(make));
}

void get_text(const request& asked, context& with, answer_callback done) {
  auto make = [base = asked.base](const found_message& message, const view_ref& view) {
    if (view->text.empty()) return without_text(message_url(base, message));
    answer result;
    result.content_type = "text/plain; charset=utf-8";
    result.borrowed = view->text;
    result.owner = view;
    distrust(result);
    return result;
  };
  answer_from_view(asked, with, std::move(done), std::move(make));
}

void get_headers(const request& asked, context& with, answer_callback done) {
  auto make = [](const found_message&, const view_ref& view) {
    return json_answer(make_headers(*view));
  };
  answer_from_view(asked, with, std::move(done), std::move(make));
}

void get_part(const request& asked, context& with, answer_callback done) {
  const auto number = parse_number(asked.captures.at(1));
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  if (!number || *number > largest) {
    done(problem(404, "unknown_part", "There is no such part",
                 "\"" + asked.captures.at(1) + "\" is not the number of a part; `parts` of GET " +
                     asked.base + "/messages/{id} lists them."));
    return;
  }
  auto make = [number = static_cast<int>(*number)](const found_message& message,
                                                   const view_ref& view) {
    return part_answer(message, *view, number);
  };
  answer_from_view(asked, with, std::move(done), std::move(make));
}

}  // namespace mailrig::inspector
