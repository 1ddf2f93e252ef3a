#include "capture/mime/ascii.hpp"
#include "capture/mime/html_text.hpp"
#include "capture/mime/message_view.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>

namespace mailrig::mime {

namespace {

constexpr std::size_t max_subject = 300, max_snippet = 160, max_addresses = 10;
constexpr std::size_t max_name = 100, max_mailbox = 320;  // RFC 5321 4.5.3.1: 64 + 1 + 255

// The text on one line, each run of blanks one space, whole characters only.
std::string one_line(std::string_view text, std::size_t octets) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = c >= '\0' && c <= ' ';
    if (is_blank && (line.empty() || line.back() == ' ')) continue;
    line += is_blank ? ' ' : c;
    if (line.size() > octets + 4) break;
  }
  line.resize(utf8_prefix(line, octets).size());
  return std::string(trim(line));
}

std::vector<address> bounded(const std::vector<address>& all) {
  std::vector<address> first(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), max_addresses)));
  for (address& one : first) {
    one.name.resize(utf8_prefix(one.name, max_name).size());
    one.mailbox.resize(utf8_prefix(one.mailbox, max_mailbox).size());
  }
  return first;
}

std::string snippet_of(const message_view& view) {
  std::string text = one_line(view.text, max_snippet);
  if (!text.empty()) return text;
  return one_line(visible_words(view.html, 4 * max_snippet), max_snippet);
}

}  // namespace

summary summarise(const message_view& view) {
  summary row;
  row.from = bounded(view.from);
  row.to = bounded(view.to);
  row.cc = bounded(view.cc);
  row.subject = one_line(view.subject, max_subject);
  row.date = view.date;
  row.snippet = snippet_of(view);
  row.attachment_count = static_cast<int>(std::count_if(
      view.parts.begin(), view.parts.end(), [](const part& one) { return one.is_attachment; }));
  return row;
}

}  // namespace mailrig::mime
