#include "webui/inspector/json_writer.hpp"

#include "webui/inspector/utf8.hpp"

#include <array>

namespace mailrig::inspector {
namespace {

constexpr bool is_plain(unsigned char octet) {
  return octet >= 0x20 && octet < 0x7F && octet != '"' && octet != '\\';
}

void append_escaped(std::string& out, unsigned char octet) {
  static constexpr std::string_view digits = "0123456789abcdef";
  switch (octet) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      out += "\\u00";
      out += digits[octet >> 4U];
      out += digits[octet & 0xFU];
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_plain(static_cast<unsigned char>(text[end]))) ++end;
    out += text.substr(at, end - at);
    at = end;
    if (at == text.size()) break;
    const auto octet = static_cast<unsigned char>(text[at]);
    if (octet < 0x80) {
      append_escaped(out, octet);
      ++at;
    } else if (const std::size_t length = utf8_length(text.substr(at)); length != 0) {
      out += text.substr(at, length);
      at += length;
    } else {
      out += utf8_replacement;
      ++at;
    }
  }
  out += '"';
}

}  // namespace

json_writer& json_writer::open(char bracket) {
  separate();
  text_ += bracket;
  wants_comma_ = false;
  return *this;
}

json_writer& json_writer::close(char bracket) {
  text_ += bracket;
  wants_comma_ = true;
  return *this;
}

void json_writer::separate() {
  if (wants_comma_) text_ += ',';
  wants_comma_ = true;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  append_quoted(text_, name);
  text_ += ':';
  wants_comma_ = false;
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  append_quoted(text_, text);
  return *this;
}

json_writer& json_writer::value(const model::id& id) {
  const auto text = id.text();
  return value(std::string_view(text.data(), text.size()));
}

json_writer& json_writer::value(model::instant when) {
  return value(std::string_view(model::to_rfc3339(when)));
}

json_writer& json_writer::fragment(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

json_writer& json_writer::text_or_null(std::string_view name, std::string_view text) {
  key(name);
  return text.empty() ? null() : value(text);
}

}  // namespace mailrig::inspector
