#include "capture/wire/malformed.hpp"

#include "capture/wire/text.hpp"

#include <algorithm>
#include <vector>

namespace mailrig::wire {
namespace {

using kind = faults::malform::kind;

// One line of a reply: "250", "-", "SIZE 1000". Joined again it is what it was.
struct reply_line {
  std::string code;
  std::string separator;
  std::string text;
};

std::vector<reply_line> take_apart(std::string_view reply, reply_manner manner) {
  std::vector<reply_line> lines;
  while (!reply.empty()) {
    const std::size_t end = std::min(reply.find("\r\n"), reply.size());
    std::string_view line = reply.substr(0, end);
    reply.remove_prefix(std::min(end + 2, reply.size()));
    // Behind the first line of POP3 the others bear no code.
    const bool is_bare = manner == reply_manner::words && !lines.empty();
    const std::size_t code =
        is_bare ? 0 : std::min(manner == reply_manner::numbers ? 3 : line.find(' '), line.size());
    reply_line one;
    one.code = line.substr(0, code);
    line.remove_prefix(code);
    one.separator = line.substr(0, is_bare ? 0 : 1);
    one.text = line.substr(one.separator.size());
    lines.push_back(std::move(one));
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

std::string join(const std::vector<reply_line>& lines, std::string_view line_end = "\r\n") {
  std::string result;
  for (const reply_line& each : lines)
    result.append(each.code).append(each.separator).append(each.text).append(line_end);
  return result;
}

// Digits that people, and parsers written by them, take for others.
char lookalike(char digit) {
  constexpr std::string_view letters = "OlZEASGTBg";
  if (digit >= '0' && digit <= '9') return letters[static_cast<std::size_t>(digit - '0')];
  return digit == 'O' ? '0' : '3';
}

// "25O OK", "+0K", "-3RR".
void spoil_code(reply_line& line) {
  if (line.code.size() < 2) return;
  const bool is_word = line.code.front() == '+' || line.code.front() == '-';
  char& wrong = is_word ? line.code[1] : line.code.back();
  wrong = lookalike(wrong);
}

// A code of the other class: what was a success ends as a failure, and the other way round.
std::string opposite_of(const std::string& code) {
  if (code.starts_with('+')) return "-ERR";  // also of a challenge, whose code is the sign alone
  if (code == "-ERR") return "+OK";
  return code.starts_with('2') || code.starts_with('3') ? "451" : "250";
}

std::string_view separator_between(reply_manner manner) {
  return manner == reply_manner::numbers ? "-" : " ";
}

// The last line so many times, as one reply; never more than 16 MiB.
std::string repeated(reply_line line, std::uint32_t times, reply_manner manner) {
  constexpr std::size_t most_octets = std::size_t{16} * 1024 * 1024;
  const std::string last = join({{line.code, " ", line.text}});
  line.separator = separator_between(manner);
  const std::string other = join({line});
  const std::size_t others = std::min<std::size_t>(times - 1, most_octets / other.size());
  std::string result;
  result.reserve(others * other.size() + last.size());
  for (std::size_t i = 0; i < others; ++i) result += other;
  return result += last;
}

// Words for a refusal as a Chinese or a German provider's server says it.
std::string eight_bit_text(faults::malform::charset encoding) {
  switch (encoding) {
    case faults::malform::charset::gbk: return "\xd3\xca\xbc\xfe\xb1\xbb\xbe\xdc";
    case faults::malform::charset::utf8: return "\xe9\x82\xae\xe4\xbb\xb6\xe8\xa2\xab\xe6\x8b\x92";
    case faults::malform::charset::latin1: break;
  }
  return "Empf\xe4nger unzul\xe4ssig";
}

// UTF-16 with its mark, little-endian, as a program on Windows writes it.
std::string utf16_of(std::string_view octets) {
  std::string result = "\xff\xfe";
  for (const char each : octets) {
    result += each;
    result += '\0';
  }
  return result;
}

// The same octets for the same draw (splitmix64).
std::string random_octets(std::uint64_t draw, std::uint32_t count) {
  std::string result;
  while (result.size() < count) {
    std::uint64_t bits = draw += 0x9E3779B97F4A7C15U;
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    bits ^= bits >> 31U;
    for (int i = 0; i < 8 && result.size() < count; ++i, bits >>= 8U)
      result += static_cast<char>(bits & 0xFFU);
  }
  return result;
}

// NULs where the words of the text are parted, and one at its end.
std::string with_nul_bytes(std::string_view text) {
  std::string result(text);
  std::replace(result.begin(), result.end(), ' ', '\0');
  return result += '\0';
}

std::string without_end(std::string octets, std::string_view end) {
  if (octets.ends_with(end)) octets.resize(octets.size() - end.size());
  return octets;
}

// Of several lines in POP3, where only the first bears a code, most kinds are about that one.
bool is_about_first_line(kind what) {
  return what != kind::lf_only && what != kind::cr_only && what != kind::no_eol &&
         what != kind::unterminated_multiline;
}

std::string with_other_first_line(std::string_view reply, std::size_t first,
                                  const faults::malform_step& how) {
  std::string rest(reply.substr(first));
  if (how.how.what == kind::nul_bytes) std::replace(rest.begin(), rest.end(), ' ', '\0');
  return malformed(reply.substr(0, first), how, reply_manner::words) + rest;
}

void mix_codes(std::vector<reply_line>& lines, reply_manner manner) {
  if (lines.size() == 1) lines.push_back(lines.front());
  lines.front().separator = separator_between(manner);
  lines.back().separator = " ";
  lines.back().code = opposite_of(lines.front().code);
}

// "SIZE" of "SIZE 1000" and "AUTH" of "AUTH=LOGIN".
std::string_view keyword_of(std::string_view line) {
  return line.substr(0, line.find_first_of(" ="));
}

bool names(std::string_view line, std::string_view keyword) {
  return equals_ignoring_case(line, keyword) || equals_ignoring_case(keyword_of(line), keyword);
}

}  // namespace

std::string malformed(std::string_view reply, const faults::malform_step& how,
                      reply_manner manner) {
  const std::size_t first = reply.find("\r\n") + 2;
  const bool has_bare_lines = manner == reply_manner::words && first < reply.size();
  if (has_bare_lines && is_about_first_line(how.how.what))
    return with_other_first_line(reply, first, how);
  std::vector<reply_line> lines = take_apart(reply, manner);
  switch (how.how.what) {
    case kind::no_code:
      for (reply_line& each : lines) each.code = each.separator = "";
      break;
    case kind::bad_digit:
      for (reply_line& each : lines) spoil_code(each);
      break;
    case kind::code_only: return lines.back().code + "\r\n";
    case kind::no_space:
      for (reply_line& each : lines) each.separator.clear();
      break;
    case kind::mixed_codes: mix_codes(lines, manner); break;
    case kind::unterminated_multiline:
      if (manner == reply_manner::words)
        return without_end(std::string(reply), has_bare_lines ? ".\r\n" : "\r\n");
      for (reply_line& each : lines) each.separator = "-";
      break;
    case kind::lf_only: return join(lines, "\n");
    case kind::cr_only: return join(lines, "\r");
    case kind::no_eol: return without_end(std::string(reply), "\r\n");
    case kind::nul_bytes: lines.back().text = with_nul_bytes(lines.back().text); break;
    case kind::long_line: lines.back().text.resize(how.how.n, 'x'); break;
    case kind::many_lines: return repeated(lines.back(), how.how.n, manner);
    case kind::eight_bit: lines.back().text = eight_bit_text(how.how.encoding); break;
    case kind::utf16: return utf16_of(reply);
    // IAC WILL ECHO (RFC 854).
    case kind::telnet_iac: return "\xff\xfb\x01" + std::string(reply);
    case kind::http_400: return "HTTP/1.1 400 Bad Request\r\n";
    case kind::random: return random_octets(how.draw, how.how.n);
    case kind::unstuffed_dot: break;  // of what stands behind the reply
  }
  return join(lines);
}

std::string with_other_keywords(std::string_view text, const faults::ehlo& changes) {
  std::string result(text.substr(0, text.find('\n')));
  text.remove_prefix(std::min(result.size() + 1, text.size()));
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto is_it = [line](const std::string& keyword) { return names(line, keyword); };
    if (std::any_of(changes.remove.begin(), changes.remove.end(), is_it)) continue;
    for (const faults::keyword_change& each : changes.change) {
      if (is_it(each.keyword)) line = each.line;
    }
    result.append(1, '\n').append(line);
  }
  for (const std::string& each : changes.add) result.append(1, '\n').append(each);
  return result;
}

}  // namespace mailrig::wire
