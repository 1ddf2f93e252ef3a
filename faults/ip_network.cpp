#include "faults/ip_network.hpp"

#include <charconv>
#include <cstddef>

namespace mailrig::faults {
namespace {

constexpr unsigned mapped_bits = 96;

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base, unsigned most) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc{} || stop != end || value > most) return std::nullopt;
  return static_cast<Number>(value);
}

// Cuts off what stands before the first `mark`, or all of it.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text) {
  std::array<std::uint8_t, 4> octets{};
  if (text.ends_with('.')) return std::nullopt;
  for (std::uint8_t& each : octets) {
    const std::string_view part = take_until(text, '.');
    const auto value = part.size() > 3 ? std::nullopt : parse_number<std::uint8_t>(part, 10, 255);
    if (!value) return std::nullopt;
    each = *value;
  }
  if (!text.empty()) return std::nullopt;
  return octets;
}

struct groups {
  std::array<std::uint16_t, 8> value{};
  std::size_t count = 0;
};

// "2001:db8" or "ffff:10.0.0.1" (RFC 4291 2.2): what stands on one side of "::".
std::optional<groups> parse_groups(std::string_view text) {
  groups result;
  if (text.empty()) return result;
  if (text.ends_with(':')) return std::nullopt;
  while (!text.empty()) {
    if (text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
      const auto octets = parse_ipv4(text);
      if (!octets || result.count > 6) return std::nullopt;
      const auto& o = *octets;
      result.value[result.count++] = static_cast<std::uint16_t>(o[0] << 8 | o[1]);
      result.value[result.count++] = static_cast<std::uint16_t>(o[2] << 8 | o[3]);
      return result;
    }
    const std::string_view part = take_until(text, ':');
    const auto value =
        part.size() > 4 ? std::nullopt : parse_number<std::uint16_t>(part, 16, 0xFFFF);
    if (!value || result.count == result.value.size()) return std::nullopt;
    result.value[result.count++] = *value;
  }
  return result;
}

std::optional<ip_address> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap));
  const auto tail = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view{});
  if (!head || !tail) return std::nullopt;
  const std::size_t known = head->count + tail->count;
  if (has_gap ? known > 7 : known != 8) return std::nullopt;
  std::array<std::uint16_t, 8> all{};
  for (std::size_t i = 0; i < head->count; ++i) all[i] = head->value[i];
  for (std::size_t i = 0; i < tail->count; ++i) all[8 - tail->count + i] = tail->value[i];
  ip_address result{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    result[2 * i] = static_cast<std::uint8_t>(all[i] >> 8);
    result[2 * i + 1] = static_cast<std::uint8_t>(all[i] & 0xFF);
  }
  return result;
}

}  // namespace

std::optional<ip_address> parse_ip(std::string_view text) {
  const std::size_t zone = text.find('%');  // of a link-local address (RFC 4007 11)
  if (zone != std::string_view::npos) text = text.substr(0, zone);
  if (text.find(':') != std::string_view::npos) return parse_ipv6(text);
  const auto octets = parse_ipv4(text);
  if (!octets) return std::nullopt;
  ip_address result{};
  result[10] = result[11] = 0xFF;
  for (std::size_t i = 0; i < octets->size(); ++i) result[12 + i] = (*octets)[i];
  return result;
}

std::optional<ip_network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return ip_network{*address, 128};
  const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const auto bits = parse_number<unsigned>(text.substr(slash + 1), 10, is_ipv4 ? 32 : 128);
  if (!bits) return std::nullopt;
  return ip_network{*address, is_ipv4 ? mapped_bits + *bits : *bits};
}

bool ip_network::contains(const ip_address& other) const {
  const std::size_t whole = prefix / 8;
  for (std::size_t i = 0; i < whole; ++i) {
    if (address[i] != other[i]) return false;
  }
  const unsigned rest = prefix % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xFFU << (8 - rest) & 0xFFU;
  return ((address[whole] ^ other[whole]) & mask) == 0;
}

}  // namespace mailrig::faults
