#include "capture/wire/reply_format.hpp"

#include <charconv>

namespace mailrig::wire {
namespace {

void append_number(std::string& out, unsigned value) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_line(std::string& out, const model::reply& reply, std::string_view text,
                 char separator) {
  append_number(out, reply.code);
  out += separator;
  if (reply.enhanced.status_class != 0) {
    append_number(out, reply.enhanced.status_class);
    out += '.';
    append_number(out, reply.enhanced.subject);
    out += '.';
    append_number(out, reply.enhanced.detail);
    out += ' ';
  }
  out += text;
  out += "\r\n";
}

}  // namespace

void append_reply(std::string& out, const model::reply& reply) {
  std::string_view text = reply.text;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    append_line(out, reply, text.substr(0, end), '-');
    text.remove_prefix(end + 1);
  }
  append_line(out, reply, text, ' ');
}

}  // namespace mailrig::wire
