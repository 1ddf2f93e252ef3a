#include "capture/pop3/reply_format.hpp"

#include <string_view>

namespace mailrig::pop3 {

void append_reply(std::string& out, const model::reply& reply) {
  std::string_view text = reply.text;
  const std::size_t first = text.find('\n');
  const bool is_challenge = reply.is_positive() && reply.code >= 300;
  out += is_challenge ? "+" : reply.is_positive() ? "+OK" : "-ERR";
  if (is_challenge || !text.empty()) out += ' ';
  out += text.substr(0, first);
  out += "\r\n";
  if (first == std::string_view::npos) return;
  for (std::size_t end = first; end != std::string_view::npos;) {
    text.remove_prefix(end + 1);
    end = text.find('\n');
    if (text.starts_with('.')) out += '.';
    out += text.substr(0, end);
    out += "\r\n";
  }
  out += ".\r\n";
}

}  // namespace mailrig::pop3
