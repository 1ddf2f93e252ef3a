#include "capture/wire/address.hpp"

#include "capture/wire/ip_address.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace mailrig::wire {
namespace {

using model::lint;
using model::lint_set;

constexpr std::size_t longest_local_part = 64;  // RFC 5321 4.5.3.1.1
constexpr std::size_t longest_domain = 255;     // RFC 5321 4.5.3.1.2
constexpr std::size_t longest_label = 63;       // RFC 1035 2.3.4

// What an octet is, as bits, so that one pass over an address tells all that it holds.
constexpr unsigned let_dig = 1;
constexpr unsigned hyphen = 2;
constexpr unsigned dot = 4;
constexpr unsigned other_atext = 8;  // RFC 5322 3.2.3, without letters, digits and the hyphen
constexpr unsigned eight_bit = 16;
constexpr unsigned special = 32;

constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(special);
  for (std::size_t octet = '0'; octet <= '9'; ++octet) table[octet] = let_dig;
  for (std::size_t octet = 'A'; octet <= 'Z'; ++octet) table[octet] = let_dig;
  for (std::size_t octet = 'a'; octet <= 'z'; ++octet) table[octet] = let_dig;
  for (const char octet : std::string_view("!#$%&'*+/=?^_`{|}~"))
    table[static_cast<unsigned char>(octet)] = other_atext;
  for (std::size_t octet = 0x80; octet < table.size(); ++octet) table[octet] = eight_bit;
  table['-'] = hyphen;
  table['.'] = dot;
  return table;
}();

unsigned class_of(char octet) {
  return classes[static_cast<unsigned char>(octet)];
}

// The classes that occur, and whether the text could be a dot-string: no dot at an end or beside
// another.
struct look {
  unsigned all = 0;
  bool is_dotted_well = true;
};

look look_at(std::string_view text) {
  look result;
  unsigned before = dot;
  unsigned beside = 0;
  for (const char octet : text) {
    const unsigned now = class_of(octet);
    result.all |= now;
    beside |= now & before;
    before = now;
  }
  result.is_dotted_well = ((beside | before) & dot) == 0;
  return result;
}

// RFC 5321 4.1.2 Quoted-string: no control characters, a backslash in front of a quote or of
// itself.
bool is_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto value = static_cast<unsigned char>(text[i]);
    if (value < 0x20 || value == 0x7F || text[i] == '"') return false;
    if (text[i] == '\\' && ++i == text.size()) return false;
  }
  return true;
}

bool is_local_part(std::string_view text, const look& seen) {
  if (text.starts_with('"')) return is_quoted_string(text);
  return (seen.all & special) == 0 && seen.is_dotted_well;
}

constexpr unsigned octets_of_domain = let_dig | hyphen | dot | eight_bit;

// Labels end and begin with a letter, a digit or UTF-8 (RFC 5321 4.1.2 sub-domain; RFC 6531 3.3
// U-label).
bool has_good_labels(std::string_view domain) {
  while (true) {
    const std::size_t end = std::min(domain.find('.'), domain.size());
    const std::string_view label = domain.substr(0, end);
    if (label.empty() || label.size() > longest_label || label.front() == '-' ||
        label.back() == '-')
      return false;
    if (end == domain.size()) return true;
    domain.remove_prefix(end + 1);
  }
}

// RFC 5321 4.1.3 General-address-literal: a tag, and octets without brackets and backslash.
bool is_general_literal(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == inside.size()) return false;
  const std::string_view tag = inside.substr(0, colon);
  const bool is_tag = (look_at(tag).all & ~(let_dig | hyphen)) == 0 && tag.back() != '-';
  return is_tag && std::all_of(inside.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
                               inside.end(), [](char octet) {
                                 return octet > ' ' && octet <= '~' && octet != '[' &&
                                        octet != ']' && octet != '\\';
                               });
}

// Labels are looked at one by one only where one may be wrong.
bool is_domain(std::string_view text, const look& seen) {
  if ((seen.all & ~octets_of_domain) != 0 || !seen.is_dotted_well) return false;
  return ((seen.all & hyphen) == 0 && text.size() <= longest_label) || has_good_labels(text);
}

void check_domain(std::string_view domain, const look& seen, lint_set& found) {
  if (domain.size() > longest_domain) found.add(lint::domain_too_long);
  if (domain.starts_with('[')) {
    if (!is_address_literal(domain)) found.add(lint::bad_address_literal);
  } else if (!is_domain(domain, seen)) {
    found.add(lint::bad_domain);
  }
}

// Position of the closing quote of a text that begins with one; npos if there is none.
std::size_t find_closing_quote(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::size_t find_at(std::string_view mailbox) {
  if (!mailbox.starts_with('"')) return mailbox.rfind('@');
  const std::size_t quote = find_closing_quote(mailbox);
  return quote == std::string_view::npos ? mailbox.rfind('@') : mailbox.find('@', quote);
}

bool is_domain(std::string_view text) {
  return is_domain(text, look_at(text));
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
  const std::string_view inside = text.substr(1, text.size() - 2);
  if (starts_ignoring_case(inside, "IPv6:")) return parse_v6(inside.substr(5)).has_value();
  return parse_v4(inside).has_value() || is_general_literal(inside);
}

// RFC 3629 4: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    if (first < 0x80) continue;
    const std::size_t more = first < 0xC2 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    if (more == 0 || first > 0xF4 || i + more > text.size()) return false;
    const auto second = static_cast<unsigned char>(text[i]);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
      return false;
    for (const std::size_t end = i + more; i < end; ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) return false;
    }
  }
  return true;
}

mailbox_check check_mailbox(std::string_view mailbox) {
  mailbox_check result;
  if (mailbox.empty()) return result;
  const std::size_t at = find_at(mailbox);
  const std::string_view local_part = mailbox.substr(0, at);
  const look local_look = look_at(local_part);
  unsigned all = local_look.all;
  if (local_part.size() > longest_local_part) result.lints.add(lint::local_part_too_long);
  if (!is_local_part(local_part, local_look)) result.lints.add(lint::bad_local_part);
  if (at == std::string_view::npos) {
    // RFC 5321 4.1.1.3: every server must take <postmaster>.
    if (!equals_ignoring_case(mailbox, "postmaster")) result.lints.add(lint::no_domain);
  } else {
    const std::string_view domain = mailbox.substr(at + 1);
    const look domain_look = look_at(domain);
    all |= domain_look.all;
    check_domain(domain, domain_look, result.lints);
  }
  if ((all & eight_bit) != 0) result.lints.add(lint::eight_bit_address);
  result.has_specials = (all & special) != 0;
  return result;
}

lint_set check_helo(std::string_view name) {
  if (name.empty()) return {lint::helo_without_name};
  if (name.front() == '[') {
    return is_address_literal(name) ? lint_set{} : lint_set{lint::helo_bad_name};
  }
  if (is_domain(name)) {
    if (name.find('.') == std::string_view::npos) return {lint::helo_not_qualified};
    const char last = name.back();
    const bool may_be_address = last >= '0' && last <= '9';
    return may_be_address && parse_v4(name) ? lint_set{lint::helo_bare_address} : lint_set{};
  }
  return {parse_v6(name) ? lint::helo_bare_address : lint::helo_bad_name};
}

}  // namespace mailrig::wire
