#include "capture/wire/reply_format.hpp"

#include <charconv>

namespace mailrig::wire {
namespace {

// "250-5.7.1 " and its like; the longest is 3 + 1 + 1 + 1 + 5 + 1 + 5 + 1 characters.
class prefix {
 public:
  explicit prefix(const model::reply& reply) {
    number(reply.code);
    separator_ = end_++;
    if (reply.enhanced.status_class == 0) return;
    number(reply.enhanced.status_class);
    *end_++ = '.';
    number(reply.enhanced.subject);
    *end_++ = '.';
    number(reply.enhanced.detail);
    *end_++ = ' ';
  }

  void append_line(std::string& out, std::string_view text, char separator) {
    *separator_ = separator;
    out.append(text_, end_);
    out += text;
    out += "\r\n";
  }

 private:
  void number(unsigned value) { end_ = std::to_chars(end_, text_ + sizeof text_, value).ptr; }

  char text_[24];
  char* end_ = text_;
  char* separator_ = nullptr;
};

}  // namespace

void append_reply(std::string& out, const model::reply& reply) {
  prefix begin(reply);
  std::string_view text = reply.text;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    begin.append_line(out, text.substr(0, end), '-');
    text.remove_prefix(end + 1);
  }
  begin.append_line(out, text, ' ');
}

}  // namespace mailrig::wire
