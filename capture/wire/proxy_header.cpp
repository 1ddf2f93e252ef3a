#include "capture/wire/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailrig::wire {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view v1_beginning = "PROXY ";
constexpr std::string_view v2_signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t longest_v1 = 107;  // 2.1, with its CRLF
constexpr std::size_t v2_fixed = 16;     // 2.2: signature, version, family, length

constexpr proxy_header_error not_a_header{"This is no PROXY header"};
constexpr proxy_header_error v1_too_long{"The PROXY header has no CRLF within 107 octets"};
constexpr proxy_header_error v1_syntax{
    "The PROXY header is not of the form: PROXY TCP4 source destination port port"};
constexpr proxy_header_error v2_version{"The PROXY header is of a version other than 1 and 2"};
constexpr proxy_header_error v2_command{"The PROXY header's command is neither LOCAL nor PROXY"};
constexpr proxy_header_error v2_family{"The PROXY header's address family is unknown"};
constexpr proxy_header_error v2_short{"The PROXY header is too short for its addresses"};
constexpr proxy_header_error v2_long{"The PROXY header is longer than 2,048 octets"};

// Removes one word and the single space behind it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  const bool has_leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || has_leading_zero || result.ptr != end || result.ec != std::errc{})
    return std::nullopt;
  return port;
}

proxy_header_result read_v1(std::string_view octets) {
  const std::size_t end = octets.substr(0, longest_v1).find("\r\n");
  if (end == std::string_view::npos) {
    if (octets.size() >= longest_v1) return v1_too_long;
    return proxy_header_goes_on{};
  }
  std::string_view rest = octets.substr(v1_beginning.size(), end - v1_beginning.size());
  const std::string_view family = take_word(rest);
  proxy_header header{end + 2, std::nullopt, std::nullopt};
  if (family == "UNKNOWN") return header;
  if (family != "TCP4" && family != "TCP6") return v1_syntax;
  const auto parse = family == "TCP4" ? parse_v4 : parse_v6;
  const auto source = parse(take_word(rest));
  const auto destination = parse(take_word(rest));
  const auto source_port = parse_port(take_word(rest));
  const auto destination_port = parse_port(rest);
  if (!source || !destination || !source_port || !destination_port) return v1_syntax;
  header.source = {*source, *source_port};
  header.destination = {*destination, *destination_port};
  return header;
}

unsigned octet_at(std::string_view octets, std::size_t at) {
  return static_cast<unsigned char>(octets[at]);
}

std::uint16_t number_at(std::string_view octets, std::size_t at) {
  return static_cast<std::uint16_t>(octet_at(octets, at) << 8U | octet_at(octets, at + 1));
}

ip_address v4_at(std::string_view octets, std::size_t at) {
  std::array<std::uint8_t, 4> address{};
  std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(at), address.size(), address.begin());
  return make_v4(address);
}

ip_address v6_at(std::string_view octets, std::size_t at) {
  ip_address address;
  std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(at), address.octets.size(),
              address.octets.begin());
  return address;
}

// 2.2: what follows the addresses are TLVs, which are not needed here.
proxy_header_result read_v2_addresses(std::string_view octets, unsigned family,
                                      proxy_header header) {
  constexpr unsigned inet = 1;
  constexpr unsigned inet6 = 2;
  constexpr unsigned local_socket = 3;
  const std::string_view addresses = octets.substr(v2_fixed, header.size - v2_fixed);
  if (family == inet) {
    if (addresses.size() < 12) return v2_short;
    header.source = {v4_at(addresses, 0), number_at(addresses, 8)};
    header.destination = {v4_at(addresses, 4), number_at(addresses, 10)};
  } else if (family == inet6) {
    if (addresses.size() < 36) return v2_short;
    header.source = {v6_at(addresses, 0), number_at(addresses, 32)};
    header.destination = {v6_at(addresses, 16), number_at(addresses, 34)};
  } else if (family > local_socket) {
    return v2_family;
  }
  return header;
}

proxy_header_result read_v2(std::string_view octets) {
  constexpr unsigned local = 0;
  constexpr unsigned proxied = 1;
  if (octets.size() < v2_fixed) return proxy_header_goes_on{};
  const unsigned version = octet_at(octets, 12) >> 4U;
  const unsigned command = octet_at(octets, 12) & 15U;
  if (version != 2) return v2_version;
  if (command != local && command != proxied) return v2_command;
  const proxy_header header{v2_fixed + number_at(octets, 14), std::nullopt, std::nullopt};
  if (header.size > longest_proxy_header) return v2_long;
  if (octets.size() < header.size) return proxy_header_goes_on{};
  if (command == local) return header;
  return read_v2_addresses(octets, octet_at(octets, 13) >> 4U, header);
}

bool begins_with(std::string_view octets, std::string_view beginning) {
  const std::size_t size = std::min(octets.size(), beginning.size());
  return octets.substr(0, size) == beginning.substr(0, size);
}

}  // namespace

proxy_header_result read_proxy_header(std::string_view octets) {
  const proxy_header_result good_so_far = proxy_header_goes_on{};
  if (begins_with(octets, v1_beginning))
    return octets.size() < v1_beginning.size() ? good_so_far : read_v1(octets);
  if (begins_with(octets, v2_signature))
    return octets.size() < v2_signature.size() ? good_so_far : read_v2(octets);
  return not_a_header;
}

}  // namespace mailrig::wire
