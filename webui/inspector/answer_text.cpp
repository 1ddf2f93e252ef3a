#include "webui/inspector/answer_text.hpp"

#include <algorithm>

namespace mailrig::inspector {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char each : value)
    // What a mail or a client wrote must not begin a line of its own.
    out += each == '\r' || each == '\n' || each == '\0' ? ' ' : each;
  out += "\r\n";
}

bool has_field(const answer& what, std::string_view name) {
  return std::any_of(what.headers.begin(), what.headers.end(),
                     [name](const header& each) { return each.name == name; });
}

// RFC 9110 8.6: no Content-Length for 204 and 304; an event stream ends with its connection.
bool has_length(const answer& what) {
  return what.status != 204 && what.status != 304 && !what.is_event_stream && !what.source;
}

}  // namespace

std::string head_of(const answer& what, const request& asked, after_answer after) {
  std::string out = "HTTP/1.1 " + std::to_string(what.status) + ' ';
  out += reason_phrase(what.status);
  out += "\r\n";
  if (!what.content_type.empty() && what.status != 304)
    append_field(out, "Content-Type", what.content_type);
  if (has_length(what)) append_field(out, "Content-Length", std::to_string(what.body().size()));
  if (what.source && asked.version >= 11) append_field(out, "Transfer-Encoding", "chunked");
  append_field(out, "X-Content-Type-Options", "nosniff");
  if (!has_field(what, "Cache-Control")) append_field(out, "Cache-Control", "no-store");
  for (const header& each : what.headers) append_field(out, each.name, each.value);
  if (after == after_answer::close)
    append_field(out, "Connection", "close");
  else if (asked.version < 11)
    append_field(out, "Connection", "keep-alive");
  out += "\r\n";
  return out;
}

}  // namespace mailrig::inspector
