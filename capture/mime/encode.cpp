#include "capture/mime/encode.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/gmime_ptr.hpp"
#include "capture/mime/utf8.hpp"

namespace mailrig::mime {
namespace {

constexpr std::size_t longest_line = 76;  // RFC 2045 6.7 (5) and 6.8
constexpr std::string_view hex = "0123456789ABCDEF";

void append_hex(std::string& out, char mark, char octet) {
  const auto value = static_cast<unsigned char>(octet);
  out += {mark, hex[value >> 4U], hex[value & 15U]};
}

bool is_line_end(std::string_view text, std::size_t at) {
  return text[at] == '\n' || (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
}

// RFC 2045 6.7 (2) and (3): printable, and blanks that do not end a line.
bool is_literal(std::string_view text, std::size_t at) {
  const char octet = text[at];
  if (octet == ' ' || octet == '\t') return at + 1 < text.size() && !is_line_end(text, at + 1);
  return octet > ' ' && octet < '\x7F' && octet != '=';
}

std::string base64(std::string_view octets) {
  const chars_ptr encoded(
      g_base64_encode(reinterpret_cast<const guchar*>(octets.data()), octets.size()));
  return encoded.get();
}

bool is_plain_ascii(std::string_view text) {
  return is_ascii(text) && text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos &&
         text.find("=?") == text.npos;
}

}  // namespace

std::optional<std::string> encode_charset(std::string_view utf8, std::string_view charset) {
  ensure_gmime();
  const std::string label(charset);
  const std::string valid = repaired_utf8(utf8);
  gsize written = 0;
  const chars_ptr made(g_convert_with_fallback(valid.data(), static_cast<gssize>(valid.size()),
                                               label.c_str(), "UTF-8", "?", nullptr, &written,
                                               nullptr));
  if (!made) return std::nullopt;
  return std::string(made.get(), written);
}

std::string encode_quoted_printable(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() + octets.size() / 8);
  std::size_t line = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (is_line_end(octets, i)) {
      out += octets[i];
      if (octets[i] == '\r') out += octets[++i];
      line = 0;
      continue;
    }
    const std::size_t width = is_literal(octets, i) ? 1 : 3;
    if (line + width >= longest_line) {  // room for the '=' of a soft line break
      out += "=\r\n";
      line = 0;
    }
    line += width;
    if (width == 1) {
      out += octets[i];
    } else {
      append_hex(out, '=', octets[i]);
    }
  }
  return out;
}

std::string encode_base64(std::string_view octets) {
  constexpr std::size_t octets_per_line = longest_line / 4 * 3;
  std::string out;
  out.reserve(octets.size() / 3 * 4 + octets.size() / 28 + 8);
  for (std::size_t at = 0; at < octets.size(); at += octets_per_line) {
    out += base64(octets.substr(at, octets_per_line));
    out += "\r\n";
  }
  return out;
}

std::string encode_transfer(std::string_view octets, std::string_view encoding) {
  if (encoding == "base64") return encode_base64(octets);
  if (encoding == "quoted-printable") return encode_quoted_printable(octets);
  return std::string(octets);
}

std::string encode_header(std::string_view utf8) {
  if (is_plain_ascii(utf8)) return std::string(utf8);
  constexpr std::size_t octets_per_word = 45;  // 60 of base64 and 12 around them
  const std::string valid = repaired_utf8(utf8);
  std::string out;
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view piece = utf8_prefix(rest, octets_per_word);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(piece) + "?=";
    rest.remove_prefix(piece.size());
  }
  return out;
}

std::string encode_parameter(std::string_view name, std::string_view utf8) {
  std::string out = "; " + std::string(name);
  if (is_ascii(utf8)) {
    out += "=\"";
    for (const char each : utf8) {
      if (each == '"' || each == '\\') out += '\\';
      if (each >= ' ' && each < '\x7F') out += each;
    }
    return out + '"';
  }
  out += "*=utf-8''";
  for (const char each : utf8) {
    if (is_letter(each) || is_digit(each) || each == '.' || each == '-' || each == '_') {
      out += each;
    } else {
      append_hex(out, '%', each);
    }
  }
  return out;
}

}  // namespace mailrig::mime
