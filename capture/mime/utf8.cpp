#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace mailrig::mime {

namespace {

struct lead_rule {
  std::size_t length;
  unsigned char second_min, second_max;  // RFC 3629 4: the second octet's range excludes overlongs
};

constexpr lead_rule rule_for(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

unsigned char octet(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// How many octets from `at` on are ASCII; eight at a time, as bodies are megabytes long.
std::size_t ascii_run(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end + 8 <= text.size()) {
    std::uint64_t block = 0;
    std::memcpy(&block, text.data() + end, sizeof block);
    if ((block & 0x8080808080808080ULL) != 0) break;
    end += 8;
  }
  while (end < text.size() && octet(text, end) < 0x80) ++end;
  return end - at;
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text, std::size_t at) {
  const lead_rule rule = rule_for(octet(text, at));
  if (rule.length == 0 || at + rule.length > text.size()) return 0;
  if (rule.length == 1) return 1;
  if (octet(text, at + 1) < rule.second_min || octet(text, at + 1) > rule.second_max) return 0;
  for (std::size_t i = 2; i < rule.length; ++i)
    if ((octet(text, at + i) & 0xC0) != 0x80) return 0;
  return rule.length;
}

bool is_valid_utf8(std::string_view text) {
  std::size_t at = ascii_run(text, 0);
  while (at < text.size()) {
    const std::size_t length = utf8_sequence_length(text, at);
    if (length == 0) return false;
    at += length;
    at += ascii_run(text, at);
  }
  return true;
}

bool is_ascii(std::string_view text) {
  return ascii_run(text, 0) == text.size();
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = ascii_run(text, at);
    out.append(text, at, plain);
    at += plain;
    if (at == text.size()) break;
    const std::size_t length = utf8_sequence_length(text, at);
    out += length == 0 ? replacement_character : text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t octets) {
  if (text.size() <= octets) return text;
  while (octets > 0 && (octet(text, octets) & 0xC0) == 0x80) --octets;
  return text.substr(0, octets);
}

std::string_view octets_up_to(std::string_view octets, std::size_t limit) {
  constexpr std::size_t near = 4'096, longest_tail = 3;
  if (octets.size() <= limit) return octets;
  const std::size_t blank = octets.substr(0, limit).find_last_of(" \n");
  if (blank != std::string_view::npos && limit - blank <= near) return octets.substr(0, blank + 1);
  const std::string_view prefix = utf8_prefix(octets, limit);
  return limit - prefix.size() <= longest_tail ? prefix : octets.substr(0, limit);
}

void append_code_point(std::string& out, unsigned long code_point) {
  const auto put = [&out](unsigned long value) { out += static_cast<char>(value); };
  const auto tail = [&](int shift) { put(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF)) {
    out += replacement_character;
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    tail(6), tail(0);
  } else {
    put(0xF0 | (code_point >> 18));
    tail(12), tail(6), tail(0);
  }
}

}  // namespace mailrig::mime
