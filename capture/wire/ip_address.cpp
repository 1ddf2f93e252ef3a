#include "capture/wire/ip_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace mailrig::wire {
namespace {

constexpr std::size_t v4_begin = 12;  // of an IPv4 address among the 16 octets

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base, std::size_t most_digits) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  const bool is_good =
      !text.empty() && text.size() <= most_digits && result.ptr == end && result.ec == std::errc{};
  return is_good ? std::optional(value) : std::nullopt;
}

// The groups of one side of "::", two octets each; false if it is none.
struct groups {
  std::array<std::uint8_t, 16> octets{};
  std::size_t size = 0;

  [[nodiscard]] bool add(std::string_view text) {
    const auto value = parse_number<std::uint16_t>(text, 16, 4);
    if (!value || size + 2 > octets.size()) return false;
    octets[size++] = static_cast<std::uint8_t>(*value >> 8U);
    octets[size++] = static_cast<std::uint8_t>(*value & 0xFFU);
    return true;
  }
  [[nodiscard]] bool add_v4(std::string_view text) {
    const auto v4 = parse_v4(text);
    if (!v4 || size + 4 > octets.size()) return false;
    std::copy_n(v4->octets.begin() + v4_begin, 4,
                octets.begin() + static_cast<std::ptrdiff_t>(size));
    size += 4;
    return true;
  }
  [[nodiscard]] bool read(std::string_view side) {
    while (!side.empty()) {
      const std::size_t colon = side.find(':');
      const std::string_view one = side.substr(0, colon);
      const bool is_last = colon == std::string_view::npos;
      const bool is_v4 = one.find('.') != std::string_view::npos;
      if (is_v4 ? !is_last || !add_v4(one) : !add(one)) return false;
      if (is_last) return true;
      side.remove_prefix(colon + 1);
      if (side.empty()) return false;
    }
    return true;
  }
};

struct run {
  std::size_t begin = 0;
  std::size_t size = 0;
};

// The longest run of zero groups, two at least, the first of several (RFC 5952 4.2).
run longest_zeros(const std::array<std::uint16_t, 8>& group) {
  run longest{0, 1};
  for (std::size_t i = 0; i < group.size();) {
    std::size_t end = i;
    while (end < group.size() && group[end] == 0) ++end;
    if (end - i > longest.size) longest = {i, end - i};
    i = end + 1;
  }
  return longest.size > 1 ? longest : run{};
}

std::string v6_text(const ip_address& address) {
  std::array<std::uint16_t, 8> group{};
  for (std::size_t i = 0; i < group.size(); ++i)
    group[i] = static_cast<std::uint16_t>(address.octets[2 * i] << 8U | address.octets[2 * i + 1]);
  const run zeros = longest_zeros(group);
  std::string text;
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (zeros.size != 0 && i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    char digits[4];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, group[i], 16).ptr);
  }
  return text;
}

}  // namespace

bool ip_address::is_v4() const {
  static constexpr std::array<std::uint8_t, v4_begin> mapped = {0, 0, 0, 0, 0,    0,
                                                                0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(mapped.begin(), mapped.end(), octets.begin());
}

ip_address make_v4(const std::array<std::uint8_t, 4>& octets) {
  ip_address result;
  result.octets[10] = result.octets[11] = 0xFF;
  std::copy(octets.begin(), octets.end(), result.octets.begin() + v4_begin);
  return result;
}

std::optional<ip_address> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::size_t dot = text.find('.');
    const bool is_last = i + 1 == octets.size();
    if (is_last != (dot == std::string_view::npos)) return std::nullopt;
    const auto value = parse_number<std::uint8_t>(text.substr(0, dot), 10, 3);
    if (!value) return std::nullopt;
    octets[i] = *value;
    text.remove_prefix(is_last ? text.size() : dot + 1);
  }
  return make_v4(octets);
}

std::optional<ip_address> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  groups before;
  groups behind;
  if (gap == std::string_view::npos) {
    if (!before.read(text) || before.size != 16) return std::nullopt;
  } else {
    // "::" stands for one group at least (RFC 4291 2.2).
    if (!before.read(text.substr(0, gap)) || !behind.read(text.substr(gap + 2)) ||
        before.size + behind.size > 14)
      return std::nullopt;
  }
  ip_address result{before.octets};
  std::copy_n(behind.octets.begin(), behind.size,
              result.octets.end() - static_cast<std::ptrdiff_t>(behind.size));
  return result;
}

std::optional<ip_address> parse_ip(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

std::string to_string(const ip_address& address) {
  if (!address.is_v4()) return v6_text(address);
  std::string text;
  for (std::size_t i = v4_begin; i < address.octets.size(); ++i) {
    if (i != v4_begin) text += '.';
    text += std::to_string(address.octets[i]);
  }
  return text;
}

std::string with_port(const ip_address& address, std::uint16_t port) {
  const std::string text = to_string(address);
  return (address.is_v4() ? text : '[' + text + ']') + ':' + std::to_string(port);
}

bool ip_network::contains(const ip_address& address) const {
  const std::size_t whole = prefix / 8U;
  const auto end = base.octets.begin() + static_cast<std::ptrdiff_t>(whole);
  if (!std::equal(base.octets.begin(), end, address.octets.begin())) return false;
  const unsigned rest = prefix % 8U;
  if (rest == 0) return true;
  const unsigned difference = base.octets[whole] ^ address.octets[whole];
  return difference >> (8U - rest) == 0;
}

std::optional<ip_network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_ip(text.substr(0, slash));
  if (!base) return std::nullopt;
  if (slash == std::string_view::npos) return ip_network{*base, 128};
  const bool is_v4 = text.find(':') == std::string_view::npos;
  const auto bits = parse_number<std::uint8_t>(text.substr(slash + 1), 10, 3);
  if (!bits || *bits > (is_v4 ? 32 : 128)) return std::nullopt;
  return ip_network{*base, static_cast<std::uint8_t>(is_v4 ? *bits + 96 : *bits)};
}

}  // namespace mailrig::wire
