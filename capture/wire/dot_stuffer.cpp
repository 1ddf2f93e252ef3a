#include "capture/wire/dot_stuffer.hpp"

#include <algorithm>
#include <cstring>

namespace mailrig::wire {
namespace {

bool begins_line(std::string_view mail, std::size_t at) {
  return at == 0 || (at >= 2 && mail[at - 1] == '\n' && mail[at - 2] == '\r');
}

// Where the next dot stands that begins a line; `end` if there is none before it.
std::size_t find_leading_dot(std::string_view mail, std::size_t from, std::size_t end) {
  while (from < end) {
    const void* const found = std::memchr(mail.data() + from, '.', end - from);
    if (found == nullptr) return end;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - mail.data());
    if (begins_line(mail, at)) return at;
    from = at + 1;
  }
  return end;
}

}  // namespace

std::string_view dot_stuffer::take(std::size_t at_most) {
  if (position_ == mail_.size()) return take_end();
  if (!is_stuffed_ && mail_[position_] == '.' && begins_line(mail_, position_)) {
    is_stuffed_ = true;
    return ".";
  }
  const std::size_t begin = position_;
  const std::size_t end = begin + std::min(at_most, mail_.size() - begin);
  position_ = find_leading_dot(mail_, is_stuffed_ ? begin + 1 : begin, end);
  is_stuffed_ = false;
  if (position_ == mail_.size() && mail_.ends_with("\r\n")) done_ = true;
  return mail_.substr(begin, position_ - begin);
}

std::string_view dot_stuffer::take_end() {
  if (done_ || mail_.empty()) {
    done_ = true;
    return {};
  }
  done_ = true;
  return "\r\n";
}

std::string_view top_of(std::string_view mail, std::size_t lines) {
  constexpr std::size_t shortest_line = 2;
  if (lines >= mail.size() / shortest_line) return mail;
  const std::size_t blank = mail.starts_with("\r\n") ? 0 : mail.find("\r\n\r\n");
  if (blank == std::string_view::npos) return mail;
  std::size_t end = mail.starts_with("\r\n") ? 2 : blank + 4;
  for (; lines > 0; --lines) {
    const std::size_t next = mail.find("\r\n", end);
    if (next == std::string_view::npos) return mail;
    end = next + 2;
  }
  return mail.substr(0, end);
}

}  // namespace mailrig::wire
