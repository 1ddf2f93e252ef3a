#include "capture/mime/parameters.hpp"

#include "capture/mime/ascii.hpp"
#include "capture/mime/charset.hpp"
#include "capture/mime/encoded_word.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace mailrig::mime {

namespace {

constexpr std::size_t max_parameters = 1'000;

struct raw_parameter {
  std::string name, value;
};

// What stands to the left of `=`: RFC 2231 3 and 4, `name*2*` is segment 2, percent-encoded.
struct parameter_name {
  std::string base;
  std::optional<unsigned> segment;
  bool is_encoded = false;
};

struct segment {
  std::string value;
  bool is_encoded = false;
};

bool is_file_name(std::string_view name) {
  return name.starts_with("filename") || name.starts_with("name");
}

// A quoted string from after its opening quote; `at` is left after the closing one. Only `\"` and
// `\\` are escapes: Windows programs put whole paths between the quotes.
std::string take_quoted(std::string_view text, std::size_t& at) {
  std::string out;
  for (; at < text.size() && text[at] != '"'; ++at) {
    const bool is_escape =
        text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
    if (is_escape) ++at;
    out += text[at];
  }
  return out;
}

// An unquoted value. A file name may hold blanks and brackets unquoted, as some programs send it;
// anything else ends there (`charset=us-ascii (plain)`).
std::string take_token(std::string_view text, std::size_t end, std::string_view name) {
  const std::string_view whole = trim(text.substr(0, end));
  if (is_file_name(name)) return std::string(whole);
  return std::string(whole.substr(0, whole.find_first_of(" \t(")));
}

std::vector<raw_parameter> split_parameters(std::string_view text) {
  std::vector<raw_parameter> found;
  std::size_t at = 0;
  while (at < text.size() && found.size() < max_parameters) {
    const std::size_t equals = text.find_first_of("=;", at);
    if (equals == std::string_view::npos) break;
    if (text[equals] == ';') {
      at = equals + 1;
      continue;
    }
    raw_parameter parameter{lower_case(trim(text.substr(at, equals - at))), {}};
    at = std::min(text.find_first_not_of(linear_whitespace, equals + 1), text.size());
    if (at < text.size() && text[at] == '"') {
      parameter.value = take_quoted(text, ++at);
      at = text.find(';', at);
    } else {
      const std::size_t end = text.find(';', at);
      parameter.value = take_token(text.substr(at), end == std::string_view::npos ? end : end - at,
                                   parameter.name);
      at = end;
    }
    found.push_back(std::move(parameter));
  }
  return found;
}

std::optional<unsigned> segment_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 4 || !std::all_of(digits.begin(), digits.end(), is_digit))
    return std::nullopt;
  unsigned number = 0;
  for (const char c : digits) number = number * 10 + static_cast<unsigned>(c - '0');
  return number;
}

parameter_name parse_name(std::string_view name) {
  parameter_name parsed;
  if (name.ends_with('*')) {
    parsed.is_encoded = true;
    name.remove_suffix(1);
  }
  if (const std::size_t star = name.rfind('*'); star != std::string_view::npos) {
    parsed.segment = segment_number(name.substr(star + 1));
    if (parsed.segment) name = name.substr(0, star);
  }
  parsed.base = std::string(name);
  return parsed;
}

// Cuts `charset'language'` off the first encoded segment; the charset is empty if it is missing.
std::string take_charset(std::string_view& value) {
  const std::size_t first = value.find('\'');
  const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos) return {};
  std::string charset(value.substr(0, first));
  value.remove_prefix(second + 1);
  return charset;
}

// RFC 2231 4.1: encoded and plain segments may alternate; neighbouring encoded ones are joined as
// octets, since a character may be cut between them.
std::string join_segments(const std::map<unsigned, segment>& segments) {
  std::string out, octets, charset;
  bool is_first = true;
  const auto flush = [&] {
    out += decode_charset(octets, charset).text;
    octets.clear();
  };
  for (const auto& [number, piece] : segments) {
    std::string_view value = piece.value;
    if (is_first && piece.is_encoded) charset = take_charset(value);
    is_first = false;
    if (piece.is_encoded) {
      octets += percent_decoded(value);
    } else {
      flush();
      out += value;
    }
  }
  flush();
  return out;
}

// The forms in which one parameter was given; the most exact one is believed.
struct forms {
  std::optional<std::string> plain;
  std::optional<segment> extended;
  std::map<unsigned, segment> segments;
};

std::string best_form(const forms& given) {
  if (given.extended) return join_segments({{0, *given.extended}});
  if (!given.segments.empty()) {
    // Programs that cut a long RFC 2047 word into plain segments exist too.
    const std::string joined = join_segments(given.segments);
    return joined.find("=?") == std::string::npos ? joined : decode_words(joined);
  }
  return decode_words(*given.plain);
}

void add_form(forms& given, const parameter_name& name, std::string value) {
  if (name.segment) {
    given.segments.try_emplace(*name.segment, segment{std::move(value), name.is_encoded});
  } else if (name.is_encoded) {
    if (!given.extended) given.extended = segment{std::move(value), true};
  } else if (!given.plain) {
    given.plain = std::move(value);
  }
}

}  // namespace

std::string_view parameterised_value::parameter(std::string_view name) const {
  for (const auto& [key, text] : parameters)
    if (key == name) return text;
  return {};
}

parameterised_value parse_parameters(std::string_view raw_value) {
  // Charsets such as GBK have `\` and `;` as second octets: to UTF-8 before any syntax is read.
  const std::string text = guess_charset(unfolded(raw_value));
  const std::size_t head_end = std::min(text.find(';'), text.size());
  const std::string_view head = trim(std::string_view(text).substr(0, head_end));

  parameterised_value result;
  result.value = lower_case(head.substr(0, head.find_first_of(" \t(")));
  std::map<std::string, forms> named;
  for (raw_parameter& parameter :
       split_parameters(std::string_view(text).substr(std::min(head_end + 1, text.size())))) {
    const parameter_name name = parse_name(parameter.name);
    if (!name.base.empty()) add_form(named[name.base], name, std::move(parameter.value));
  }
  for (const auto& [name, given] : named) result.parameters.emplace_back(name, best_form(given));
  return result;
}

}  // namespace mailrig::mime
