#include "capture/wire/reply_format.hpp"

#include <algorithm>
#include <charconv>

namespace mailrig::wire {
namespace {

// What stands in front of the text of each line: "250-5.7.1 ". The longest is 3 + 1 + 1 + 1 + 5 + 1
// + 5 + 1 characters.
class prefix {
 public:
  explicit prefix(const model::reply& reply) {
    three_digits(reply.code);
    separator_ = end_++;
    if (reply.enhanced.status_class == 0) return;
    number(reply.enhanced.status_class);
    *end_++ = '.';
    number(reply.enhanced.subject);
    *end_++ = '.';
    number(reply.enhanced.detail);
    *end_++ = ' ';
  }

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(end_ - text_); }

  // Writes one line; gives back where it ends.
  char* write_line(char* to, std::string_view text, char separator) {
    *separator_ = separator;
    to = std::copy_n(text_, size(), to);
    to = std::copy_n(text.data(), text.size(), to);
    *to++ = '\r';
    *to++ = '\n';
    return to;
  }

 private:
  void three_digits(unsigned code) {
    *end_++ = static_cast<char>('0' + code / 100 % 10);
    *end_++ = static_cast<char>('0' + code / 10 % 10);
    *end_++ = static_cast<char>('0' + code % 10);
  }
  void number(unsigned value) {
    if (value < 10) {
      *end_++ = static_cast<char>('0' + value);
    } else {
      end_ = std::to_chars(end_, text_ + sizeof text_, value).ptr;
    }
  }

  char text_[24];
  char* end_ = text_;
  char* separator_ = nullptr;
};

// By find(), which looks at many octets at once.
std::size_t count_breaks(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    ++count;
  return count;
}

}  // namespace

// Grown once and filled in place: replies are most of what a session writes.
void append_reply(std::string& out, const model::reply& reply) {
  prefix begin(reply);
  std::string_view text = reply.text;
  const std::size_t breaks = count_breaks(text);
  const std::size_t before = out.size();
  out.resize(before + (breaks + 1) * (begin.size() + 2) + text.size() - breaks);
  char* to = out.data() + before;
  for (std::size_t i = 0; i < breaks; ++i) {
    const std::size_t end = text.find('\n');
    to = begin.write_line(to, text.substr(0, end), '-');
    text.remove_prefix(end + 1);
  }
  begin.write_line(to, text, ' ');
}

}  // namespace mailrig::wire
