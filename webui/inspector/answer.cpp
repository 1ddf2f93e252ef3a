#include "webui/inspector/answer.hpp"

#include "webui/inspector/json_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mailrig::inspector {

std::string_view to_string(method verb) {
  static constexpr std::array<std::string_view, 8> names = {"GET",   "HEAD",   "POST",    "PUT",
                                                            "PATCH", "DELETE", "OPTIONS", ""};
  return names[static_cast<std::size_t>(verb)];
}

const std::string* request::parameter(std::string_view name) const {
  const auto found = std::find_if(where.parameters.begin(), where.parameters.end(),
                                  [name](const auto& each) { return each.name == name; });
  return found == where.parameters.end() ? nullptr : &found->value;
}

std::string_view reason_phrase(unsigned status) {
  static constexpr auto phrases = std::to_array<std::pair<unsigned, std::string_view>>({
      {200, "OK"},
      {201, "Created"},
      {204, "No Content"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {431, "Request Header Fields Too Large"},
      {501, "Not Implemented"},
      {503, "Service Unavailable"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
  });
  for (const auto& [code, phrase] : phrases)
    if (code == status) return phrase;
  return "Unknown";
}

answer json_answer(std::string json) {
  answer result;
  result.content_type = "application/json";
  result.text = std::move(json);
  return result;
}

answer problem(unsigned status, std::string_view name, std::string_view title,
               std::string_view detail) {
  json_writer json;
  json.open_object();
  json.field("type", "urn:mailrig:problem:" + std::string(name));
  json.field("title", title);
  json.field("status", status);
  json.field("detail", detail);
  json.close_object();
  answer result = json_answer(json.take());
  result.status = status;
  result.content_type = "application/problem+json";
  return result;
}

answer busy_problem() {
  answer result = problem(503, "busy", "Too much is being read at once",
                          "More mails wait to be parsed than mailrig queues. Ask again in a "
                          "second.");
  result.headers.push_back({"Retry-After", "1"});
  return result;
}

answer octets_of(const model::mail_ref& mail, std::string_view content_type) {
  answer result;
  result.content_type = content_type;
  result.borrowed = mail->bytes();
  result.owner = std::shared_ptr<const void>(mail.get(), [mail](const void*) {});
  return result;
}

}  // namespace mailrig::inspector
