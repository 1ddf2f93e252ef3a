#include "capture/wire/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mailrig::wire {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_value = 64;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr std::array<std::uint8_t, 256> values = make_values();

std::uint32_t value_of(char octet) {
  return values[static_cast<unsigned char>(octet)];
}

char octet_at(std::uint32_t group, unsigned index) {
  return static_cast<char>(group >> (16U - 8U * index) & 0xFFU);
}

std::size_t padding_of(std::string_view text) {
  return text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
}

}  // namespace

std::variant<std::string, base64_error> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return base64_error{"its length is not a multiple of 4"};
  const std::size_t padding = padding_of(text);
  text.remove_suffix(padding);
  std::string octets;
  octets.reserve(text.size() / 4 * 3 + 2);
  for (; !text.empty(); text.remove_prefix(text.size() < 4 ? text.size() : 4)) {
    const std::string_view symbols = text.substr(0, 4);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const std::uint32_t value = value_of(symbols[i]);
      if (value == no_value) return base64_error{"it holds an octet outside the alphabet"};
      group |= value << (18U - 6U * i);
    }
    const std::size_t count = symbols.size() - 1;
    // RFC 4648 3.5: bits that stand for nothing are zero.
    if ((group & (0xFFFFFFU >> (8U * count))) != 0)
      return base64_error{"its last bits are not zero"};
    for (unsigned i = 0; i < count; ++i) octets += octet_at(group, i);
  }
  return octets;
}

std::string encode_base64(std::string_view octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const std::string_view three = octets.substr(at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < three.size(); ++i)
      group |= std::uint32_t{static_cast<unsigned char>(three[i])} << (16U - 8U * i);
    for (std::size_t i = 0; i <= three.size(); ++i) text += alphabet[group >> (18U - 6U * i) & 63U];
    text.append(3 - three.size(), '=');
  }
  return text;
}

}  // namespace mailrig::wire
