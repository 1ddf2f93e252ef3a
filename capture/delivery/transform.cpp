#include "capture/delivery/transform.hpp"

#include "capture/mime/editing.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace mailrig::delivery {
namespace {

using kind = faults::transform::kind;

// Splitmix64: draws that are the same on every machine.
class draws {
 public:
  explicit draws(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
  }

 private:
  std::uint64_t state_;
};

// Calls `visit(place)` for `wanted` different places below `size`, in order: one pass, no memory
// (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
template <class Visit>
void for_drawn_places(std::size_t size, std::uint64_t wanted, std::uint64_t seed, Visit visit) {
  draws chance(seed);
  for (std::size_t i = 0; i < size && wanted > 0; ++i) {
    if (chance.next() % (size - i) >= wanted) continue;
    visit(i);
    --wanted;
  }
}

// One bit of each octet that is drawn.
std::string with_flipped_octets(std::string_view mail, std::uint64_t n, std::uint64_t seed) {
  std::string out(mail);
  draws bits(~seed);
  for_drawn_places(mail.size(), std::min<std::uint64_t>(n, mail.size()), seed, [&](std::size_t at) {
    const auto mask = static_cast<unsigned char>(1U << (bits.next() % 8));
    out[at] = static_cast<char>(static_cast<unsigned char>(out[at]) ^ mask);
  });
  return out;
}

std::size_t body_of(std::string_view mail) {
  const std::size_t crlf = mail.find("\r\n\r\n");
  const std::size_t lf = mail.find("\n\n");
  if (crlf != mail.npos && (lf == mail.npos || crlf < lf)) return crlf + 4;
  return lf == mail.npos ? 0 : lf + 2;
}

// Into the body, spread by chance.
std::string with_nul_octets(std::string_view mail, std::uint64_t n, std::uint64_t seed) {
  const std::size_t begin = body_of(mail);
  const std::size_t places = mail.size() - begin + 1;
  std::string out(mail.substr(0, begin));
  std::size_t done = 0;
  for_drawn_places(places, std::min<std::uint64_t>(n, places), seed, [&](std::size_t at) {
    out += mail.substr(begin + done, at - done);
    out += '\0';
    done = at;
  });
  out += mail.substr(begin + done);
  return out;
}

std::string without_top_bits(std::string_view mail) {
  std::string out(mail);
  for (char& each : out) each = static_cast<char>(static_cast<unsigned char>(each) & 0x7FU);
  return out;
}

// Calls `visit(line)` for each line, its end included.
template <class Visit>
void for_each_line(std::string_view mail, Visit visit) {
  while (!mail.empty()) {
    const std::size_t feed = mail.find('\n');
    const std::size_t size = feed == mail.npos ? mail.size() : feed + 1;
    if (!visit(mail.substr(0, size))) return;
    mail.remove_prefix(size);
  }
}

std::string with_bare_feeds(std::string_view mail) {
  std::string out;
  out.reserve(mail.size());
  for_each_line(mail, [&out](std::string_view line) {
    const bool is_whole = line.ends_with("\r\n");
    out += line.substr(0, line.size() - (is_whole ? 2 : 0));
    if (is_whole) out += '\n';
    return true;
  });
  return out;
}

// As Postfix does (smtp_line_length_limit): what is longer goes on in a line that begins with a
// blank.
std::string rewrapped(std::string_view mail, std::size_t width) {
  std::string out;
  out.reserve(mail.size());
  for_each_line(mail, [&](std::string_view line) {
    const std::size_t end = line.find_last_not_of("\r\n") + 1;
    std::string_view text = line.substr(0, end);
    std::size_t room = width;
    while (text.size() > room) {
      out += text.substr(0, room);
      out += "\r\n ";
      text.remove_prefix(room);
      room = std::max<std::size_t>(width, 2) - 1;
    }
    out += text;
    out += line.substr(end);
    return true;
  });
  return out;
}

// A relay took the dots away that another had taken away before (RFC 5321 4.5.2).
std::string unstuffed(std::string_view mail) {
  std::string out;
  out.reserve(mail.size());
  for_each_line(mail, [&out](std::string_view line) {
    out += line.starts_with('.') ? line.substr(1) : line;
    return true;
  });
  return out;
}

// A relay sent the mail on without stuffing: for the next one, a line of one dot is its end.
std::string sent_unstuffed(std::string_view mail) {
  std::string out;
  out.reserve(mail.size());
  for_each_line(mail, [&out](std::string_view line) {
    if (line == ".\r\n" || line == ".\n") return false;
    out += line.starts_with('.') ? line.substr(1) : line;
    return true;
  });
  return out;
}

}  // namespace

std::string transformed(std::string_view mail, const faults::transform_step& step) {
  const faults::transform& how = step.how;
  switch (how.what) {
    case kind::truncate: return std::string(mail.substr(0, how.n));
    case kind::flip_bytes: return with_flipped_octets(mail, how.n, step.draw);
    case kind::strip_headers: return mime::without_fields(mail, how.names);
    case kind::drop_header_block: return mime::without_header(mail);
    case kind::relabel_charset: return mime::with_charset_label(mail, how.text);
    case kind::transcode: return mime::with_text_in(mail, how.text);
    case kind::seven_bit: return without_top_bits(mail);
    case kind::drop_cte: return mime::without_transfer_encodings(mail);
    case kind::double_encode_qp: return mime::with_text_encoded_twice(mail);
    case kind::bare_lf: return with_bare_feeds(mail);
    case kind::rewrap: return rewrapped(mail, how.n);
    case kind::unstuff_twice: return unstuffed(mail);
    case kind::stuff_lost: return sent_unstuffed(mail);
    case kind::strip_attachments: return mime::without_attachments(mail);
    case kind::rename_attachment: return mime::with_attachments_named(mail, how.text);
    case kind::add_footer: return mime::with_footer(mail, how.text);
    case kind::prepend_subject: return mime::with_subject_prefix(mail, how.text);
    case kind::remove_part: return mime::without_part(mail, static_cast<int>(how.n));
    case kind::swap_parts: return mime::with_parts_swapped(mail);
    case kind::utf8_bom: return "\xEF\xBB\xBF" + std::string(mail);
    case kind::nul_bytes: return with_nul_octets(mail, how.n, step.draw);
  }
  return std::string(mail);
}

std::string_view name_of(kind what) {
  static constexpr std::array<std::string_view, 21> names = {
      "truncate",   "flip_bytes",      "strip_headers", "drop_header_block", "relabel_charset",
      "transcode",  "seven_bit",       "drop_cte",      "double_encode_qp",  "bare_lf",
      "rewrap",     "unstuff_twice",   "stuff_lost",    "strip_attachments", "rename_attachment",
      "add_footer", "prepend_subject", "remove_part",   "swap_parts",        "utf8_bom",
      "nul_bytes"};
  return names[static_cast<std::size_t>(what)];
}

}  // namespace mailrig::delivery
