#include "capture/mime/case_folding.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/gmime_ptr.hpp"
#include "capture/mime/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace mailrig::mime {

namespace {

constexpr std::uint64_t every_octet = 0x0101010101010101ULL;
constexpr std::uint64_t high_bits = 0x80 * every_octet;

// Eight octets of ASCII at once. Adding to the low seven bits sets the eighth where a letter's
// range begins, and where it is over.
constexpr std::uint64_t lower_eight(std::uint64_t octets) {
  const std::uint64_t from_a = octets + (0x80 - 'A') * every_octet;
  const std::uint64_t over_z = octets + (0x7F - 'Z') * every_octet;
  return octets | (((from_a ^ over_z) & high_bits) >> 2);
}

std::size_t end_of_ascii(std::string_view text, std::size_t at) {
  for (std::uint64_t octets = 0; at + 8 <= text.size(); at += 8) {
    std::memcpy(&octets, text.data() + at, sizeof octets);
    if ((octets & high_bits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

void lower_ascii(char* at, std::size_t size) {
  for (std::uint64_t octets = 0; size >= 8; at += 8, size -= 8) {
    std::memcpy(&octets, at, sizeof octets);
    octets = lower_eight(octets);
    std::memcpy(at, &octets, sizeof octets);
  }
  for (; size > 0; ++at, --size) *at = to_lower(*at);
}

// Appends the ASCII run at `at` in lower case; answers where it ends. No more is touched than the
// run: a text may have a thousand of them.
std::size_t append_ascii(std::string& out, std::string_view text, std::size_t at) {
  const std::size_t end = end_of_ascii(text, at);
  const std::size_t begin = out.size();
  out.append(text, at, end - at);
  lower_ascii(out.data() + begin, end - at);
  return end;
}

// The length of the character at `at` if it knows no case or is in lower case, else 0. Not all such
// characters, but what most texts outside of ASCII are made of: kana, han and hangul, punctuation,
// small Latin letters, emoji.
std::size_t caseless_length(std::string_view text, std::size_t at) {
  const auto octet = [text, at](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned lead = octet(0), next = octet(1);
  const bool is_wide = (lead >= 0xE3 && lead <= 0xE9) || (lead >= 0xEB && lead <= 0xED) ||
                       (lead == 0xE2 && (next == 0x80 || next == 0x81));
  if (is_wide) return at + 3 <= text.size() ? 3 : 0;
  constexpr unsigned micro_sign = 0xB5;
  const bool is_narrow =
      (lead == 0xC2 && next >= 0x80 && next != micro_sign) || (lead == 0xC3 && next >= 0xA0);
  if (is_narrow) return 2;
  return lead == 0xF0 && next == 0x9F && at + 4 <= text.size() ? 4 : 0;
}

// Where the run of characters that may have another case ends.
std::size_t end_of_cased(std::string_view text, std::size_t at) {
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80 &&
         caseless_length(text, at) == 0) {
    const std::size_t length = utf8_sequence_length(text, at);
    at += length == 0 ? 1 : length;
  }
  return at;
}

}  // namespace

void append_folded(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size());
  for (std::size_t at = append_ascii(out, text, 0); at < text.size();
       at = append_ascii(out, text, at)) {
    std::size_t end = at;
    while (end < text.size()) {
      const std::size_t length = caseless_length(text, end);
      if (length == 0) break;
      end += length;
    }
    out.append(text, at, end - at);
    at = end;
    end = end_of_cased(text, at);
    if (end == at) continue;
    const std::string run = repaired_utf8(text.substr(at, end - at));
    const chars_ptr folded(g_utf8_casefold(run.data(), static_cast<gssize>(run.size())));
    out += folded.get();
    at = end;
  }
}

std::string fold_case(std::string_view text) {
  std::string out;
  append_folded(out, text);
  return out;
}

}  // namespace mailrig::mime
