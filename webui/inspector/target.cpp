#include "webui/inspector/target.hpp"

namespace mailrig::inspector {
namespace {

constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

enum class plus_sign { literal, space };

std::optional<std::string> percent_decode(std::string_view text, plus_sign plus) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus == plus_sign::space) {
      result += ' ';
    } else if (text[at] != '%') {
      result += text[at];
    } else {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      result += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return result;
}

bool parse_path(std::string_view path, std::vector<std::string>& segments) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end), plus_sign::literal);
    if (!segment) return false;
    // "/" and "/a/" end in an empty segment that means nothing.
    if (!segment->empty() || end != path.size()) segments.push_back(std::move(*segment));
    path.remove_prefix(end);
  }
  return true;
}

bool parse_query(std::string_view query, std::vector<parameter>& parameters) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), plus_sign::space);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), plus_sign::space);
    if (!name || !value) return false;
    parameters.push_back({std::move(*name), std::move(*value)});
  }
  return true;
}

}  // namespace

std::optional<target> parse_target(std::string_view text) {
  target result;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    result.authority = text.substr(0, end);
    text.remove_prefix(end);
    if (text.empty()) text = "/";
  }
  if (!text.starts_with('/')) return std::nullopt;
  const std::size_t question = std::min(text.find('?'), text.size());
  result.path = text.substr(0, question);
  if (!parse_path(result.path, result.segments)) return std::nullopt;
  if (!parse_query(text.substr(std::min(question + 1, text.size())), result.parameters))
    return std::nullopt;
  return result;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char each : text) {
    if (unreserved.find(each) != std::string_view::npos) {
      result += each;
      continue;
    }
    const auto octet = static_cast<unsigned char>(each);
    result += '%';
    result += digits[octet >> 4U];
    result += digits[octet & 0xFU];
  }
  return result;
}

}  // namespace mailrig::inspector
