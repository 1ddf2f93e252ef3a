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

// Appends the ASCII run at `at` in lower case; answers where it ends.
std::size_t append_ascii(std::string& out, std::string_view text, std::size_t at) {
  const std::size_t begin = out.size();
  out.resize(begin + text.size() - at);
  char* to = out.data() + begin;
  for (std::uint64_t octets = 0; at + 8 <= text.size(); at += 8, to += 8) {
    std::memcpy(&octets, text.data() + at, sizeof octets);
    if ((octets & high_bits) != 0) break;
    octets = lower_eight(octets);
    std::memcpy(to, &octets, sizeof octets);
  }
  for (; at < text.size() && static_cast<unsigned char>(text[at]) < 0x80; ++at)
    *to++ = to_lower(text[at]);
  out.resize(static_cast<std::size_t>(to - out.data()));
  return at;
}

// Lead octets of the planes without case: kana and han (U+3000 to U+9FFF) and hangul, which most
// long texts outside of ASCII are made of.
constexpr bool is_caseless(char lead) {
  const auto octet = static_cast<unsigned char>(lead);
  return (octet >= 0xE3 && octet <= 0xE9) || (octet >= 0xEB && octet <= 0xED);
}

// Where the run of characters that may have a case ends.
std::size_t end_of_cased(std::string_view text, std::size_t at) {
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80 &&
         !is_caseless(text[at])) {
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
    while (end + 3 <= text.size() && is_caseless(text[end])) end += 3;
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
