#include "capture/mime/transfer.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/gmime_ptr.hpp"
#include "capture/mime/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mailrig::mime {

namespace {

constexpr std::size_t block_size = 64 * 1024;

constexpr std::array known_encodings = {
    std::string_view(""),         std::string_view("7bit"),
    std::string_view("8bit"),     std::string_view("binary"),
    std::string_view("base64"),   std::string_view("quoted-printable"),
    std::string_view("uuencode"), std::string_view("x-uuencode"),
    std::string_view("x-uue"),    std::string_view("uue")};

GMimeContentEncoding gmime_encoding(std::string_view encoding) {
  if (encoding == "base64") return GMIME_CONTENT_ENCODING_BASE64;
  if (encoding == "quoted-printable") return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
  if (encoding.find("uue") != std::string_view::npos) return GMIME_CONTENT_ENCODING_UUENCODE;
  return GMIME_CONTENT_ENCODING_DEFAULT;
}

// GMime's uudecoder begins at the first data line: the `begin 644 name` line is the caller's.
std::string_view uuencoded_lines(std::string_view encoded) {
  std::size_t at = 0;
  while (at < encoded.size()) {
    const std::size_t feed = encoded.find('\n', at);
    const std::size_t next = feed == std::string_view::npos ? encoded.size() : feed + 1;
    if (encoded.substr(at).starts_with("begin ")) return encoded.substr(next);
    at = next;
  }
  return encoded;
}

// Hands each decoded block to `take` until there is no more or `take` returns false.
template <class Take>
void decode_blocks(std::string_view encoded, std::string_view encoding, Take take) {
  const GMimeContentEncoding kind = gmime_encoding(encoding);
  if (kind == GMIME_CONTENT_ENCODING_DEFAULT) {
    take(encoded);
    return;
  }
  if (kind == GMIME_CONTENT_ENCODING_UUENCODE) encoded = uuencoded_lines(encoded);
  GMimeEncoding state;
  g_mime_encoding_init_decode(&state, kind);
  std::string block;
  bool wants_more = true;
  while (!encoded.empty() && wants_more) {
    const std::string_view piece = encoded.substr(0, block_size);
    encoded.remove_prefix(piece.size());
    block.resize(g_mime_encoding_outlen(&state, piece.size()));
    block.resize(g_mime_encoding_step(&state, piece.data(), piece.size(), block.data()));
    wants_more = take(block);
  }
  // Padding that the sender left out is put there; where it is not missing, it decodes to nothing.
  const std::string_view padding = kind == GMIME_CONTENT_ENCODING_BASE64 ? "===" : "";
  std::array<char, 64> rest;
  const std::size_t left =
      g_mime_encoding_flush(&state, padding.data(), padding.size(), rest.data());
  if (left > 0 && wants_more) take(std::string_view(rest.data(), left));
}

constexpr std::array<bool, 256> base64_alphabet = [] {
  std::array<bool, 256> allowed{};
  for (unsigned c = 0; c < allowed.size(); ++c) {
    const char letter = static_cast<char>(c);
    allowed[c] = is_letter(letter) || is_digit(letter) || is_whitespace(letter) || letter == '+' ||
                 letter == '/' || letter == '=';
  }
  return allowed;
}();

// Octets outside of the alphabet, or data behind the padding, which no decoder reads.
bool has_stray_base64(std::string_view encoded) {
  if (const std::size_t padding = encoded.find('=');
      padding != std::string_view::npos &&
      encoded.find_first_not_of("= \t\r\n", padding) != std::string_view::npos)
    return true;
  return !std::all_of(encoded.begin(), encoded.end(),
                      [](char c) { return base64_alphabet[static_cast<unsigned char>(c)]; });
}

// RFC 2045 6.7: `=` stands before two hexadecimal digits or at the end of a line.
bool has_stray_equals(std::string_view encoded) {
  for (std::size_t at = encoded.find('='); at != std::string_view::npos;
       at = encoded.find('=', at + 1)) {
    const std::size_t next = encoded.find_first_not_of(" \t", at + 1);
    if (next == std::string_view::npos || encoded[next] == '\n' || encoded[next] == '\r') continue;
    const bool is_hex = at + 2 < encoded.size() && hex_value(encoded[at + 1]) >= 0 &&
                        hex_value(encoded[at + 2]) >= 0;
    if (!is_hex) return true;
  }
  return false;
}

bool has_stray_octets(std::string_view encoded, std::string_view encoding) {
  if (encoding == "base64") return has_stray_base64(encoded);
  if (encoding == "quoted-printable") return has_stray_equals(encoded);
  if (encoding == "7bit") return !is_ascii(encoded);
  return false;
}

}  // namespace

bool is_known_encoding(std::string_view encoding) {
  return std::find(known_encodings.begin(), known_encodings.end(), encoding) !=
         known_encodings.end();
}

std::string decode_transfer(std::string_view encoded, std::string_view encoding) {
  std::string out;
  if (encoding == "base64") out.reserve(encoded.size() / 4 * 3 + 3);
  decode_blocks(encoded, encoding, [&out](std::string_view block) {
    out += block;
    return true;
  });
  return out;
}

std::string decode_transfer_prefix(std::string_view encoded, std::string_view encoding,
                                   std::size_t octets) {
  if (gmime_encoding(encoding) == GMIME_CONTENT_ENCODING_DEFAULT)
    return std::string(encoded.substr(0, octets));
  std::string out;
  decode_blocks(encoded, encoding, [&out, octets](std::string_view block) {
    out += block;
    return out.size() < octets;
  });
  return out;
}

content_facts measure_content(std::string_view encoded, std::string_view encoding) {
  content_facts facts;
  const checksum_ptr sha256(g_checksum_new(G_CHECKSUM_SHA256));
  const checksum_ptr md5(g_checksum_new(G_CHECKSUM_MD5));
  decode_blocks(encoded, encoding, [&](std::string_view block) {
    for (GChecksum* const each : {sha256.get(), md5.get()})
      g_checksum_update(each, reinterpret_cast<const guchar*>(block.data()),
                        static_cast<gssize>(block.size()));
    facts.size += block.size();
    return true;
  });
  facts.sha256 = g_checksum_get_string(sha256.get());
  facts.md5 = g_checksum_get_string(md5.get());
  facts.has_stray_octets = has_stray_octets(encoded, encoding);
  return facts;
}

}  // namespace mailrig::mime
