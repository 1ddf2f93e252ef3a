#include "capture/model/esmtp_parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

namespace mailrig::model {
namespace {

constexpr std::size_t longest_envid = 100;  // RFC 3461 5.4, before decoding
constexpr std::size_t longest_orcpt = 500;  // RFC 3461 4.2 with room for SMTPUTF8

constexpr char to_upper(char octet) {
  return octet >= 'a' && octet <= 'z' ? static_cast<char>(octet - 'a' + 'A') : octet;
}

bool equals(std::string_view given, std::string_view upper) {
  return given.size() == upper.size() &&
         std::equal(given.begin(), given.end(), upper.begin(),
                    [](char left, char right) { return to_upper(left) == right; });
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (text.empty() || result.ptr != end || result.ec != std::errc{}) return std::nullopt;
  return value;
}

// RFC 1870 6: one to twenty digits.
bool read_size(std::string_view value, mail_parameters& into) {
  into.size = parse_number<std::uint64_t>(value);
  return into.size.has_value();
}

bool read_body(std::string_view value, mail_parameters& into) {
  if (equals(value, "7BIT")) into.body = body_type::seven_bit;
  if (equals(value, "8BITMIME")) into.body = body_type::eight_bit_mime;
  if (equals(value, "BINARYMIME")) into.body = body_type::binary_mime;
  return into.body.has_value();
}

bool read_ret(std::string_view value, mail_parameters& into) {
  if (equals(value, "FULL")) into.ret = dsn_return::full;
  if (equals(value, "HDRS")) into.ret = dsn_return::headers;
  return into.ret.has_value();
}

bool read_envid(std::string_view value, mail_parameters& into) {
  if (value.empty() || value.size() > longest_envid) return false;
  into.envid = decode_xtext(value);
  return into.envid.has_value();
}

// RFC 2852 4: by-time ";" by-mode [by-trace], at most nine digits; a time that is over can only be
// notified of.
bool read_by(std::string_view value, mail_parameters& into) {
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos) return false;
  std::string_view time = value.substr(0, semicolon);
  const bool has_sign = time.starts_with('+') || time.starts_with('-');
  const bool is_negative = time.starts_with('-');
  if (has_sign) time.remove_prefix(1);
  const auto seconds = parse_number<std::int32_t>(time);
  const std::string_view rest = value.substr(semicolon + 1);
  if (!seconds || time.size() > 9 || time.front() == '-') return false;
  if (rest.empty() || rest.size() > 2) return false;
  deliver_by by{is_negative ? -*seconds : *seconds, deliver_by::mode::notify, rest.size() == 2};
  if (to_upper(rest[0]) == 'R') by.when_late = deliver_by::mode::return_to_sender;
  if (to_upper(rest[0]) != 'R' && to_upper(rest[0]) != 'N') return false;
  if (by.traces && to_upper(rest[1]) != 'T') return false;
  if (by.when_late == deliver_by::mode::return_to_sender && by.seconds <= 0) return false;
  into.by = by;
  return true;
}

// RFC 6710 4: -9 to 9, written without a plus and without leading zeros.
bool read_mt_priority(std::string_view value, mail_parameters& into) {
  const auto number = parse_number<std::int8_t>(value);
  const std::size_t digits = value.size() - (value.starts_with('-') ? 1 : 0);
  if (!number || digits != 1 || *number < -9 || *number > 9 || value == "-0") return false;
  into.mt_priority = number;
  return true;
}

// RFC 4954 5: an xtext, or <> for nobody.
bool read_auth(std::string_view value, mail_parameters& into) {
  if (value.empty()) return false;
  into.auth = value == "<>" ? std::string() : decode_xtext(value);
  return into.auth.has_value();
}

bool read_smtputf8(std::string_view, mail_parameters& into) {
  return into.smtputf8 = true;
}

bool read_require_tls(std::string_view, mail_parameters& into) {
  return into.require_tls = true;
}

// RFC 3461 4.1: NEVER alone, or any of the others.
bool read_notify(std::string_view value, rcpt_parameters& into) {
  dsn_notify notify;
  std::size_t count = 0;
  for (bool goes_on = true; goes_on; ++count) {
    const std::size_t comma = value.find(',');
    const std::string_view one = value.substr(0, comma);
    const std::array<std::pair<std::string_view, bool*>, 4> known = {{{"NEVER", &notify.never},
                                                                      {"SUCCESS", &notify.success},
                                                                      {"FAILURE", &notify.failure},
                                                                      {"DELAY", &notify.delay}}};
    const auto* const found = std::find_if(
        known.begin(), known.end(), [one](const auto& each) { return equals(one, each.first); });
    if (found == known.end() || *found->second) return false;
    *found->second = true;
    goes_on = comma != std::string_view::npos;
    if (goes_on) value.remove_prefix(comma + 1);
  }
  if (notify.never && count > 1) return false;
  into.notify = notify;
  return true;
}

bool is_atom(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char octet) {
    return (octet >= '0' && octet <= '9') || (to_upper(octet) >= 'A' && to_upper(octet) <= 'Z') ||
           octet == '-';
  });
}

bool read_orcpt(std::string_view value, rcpt_parameters& into) {
  const std::size_t semicolon = value.find(';');
  if (semicolon == std::string_view::npos || value.size() > longest_orcpt) return false;
  const std::string_view type = value.substr(0, semicolon);
  const std::string_view given = value.substr(semicolon + 1);
  auto address = equals(type, "UTF-8") ? std::optional(std::string(given)) : decode_xtext(given);
  if (!is_atom(type) || !address || address->empty()) return false;
  into.orcpt = original_recipient{std::string(type), *std::move(address)};
  return true;
}

enum class value_use : bool { none, needed };

template <typename Parameters>
struct row {
  std::string_view keyword;
  value_use use;
  bool (*read)(std::string_view value, Parameters& into);
  bool (*is_given)(const Parameters& so_far);
};

constexpr std::array<row<mail_parameters>, 9> mail_rows = {{
    {"SIZE", value_use::needed, read_size, [](const auto& p) { return p.size.has_value(); }},
    {"BODY", value_use::needed, read_body, [](const auto& p) { return p.body.has_value(); }},
    {"SMTPUTF8", value_use::none, read_smtputf8, [](const auto& p) { return p.smtputf8; }},
    {"RET", value_use::needed, read_ret, [](const auto& p) { return p.ret.has_value(); }},
    {"ENVID", value_use::needed, read_envid, [](const auto& p) { return p.envid.has_value(); }},
    {"AUTH", value_use::needed, read_auth, [](const auto& p) { return p.auth.has_value(); }},
    {"BY", value_use::needed, read_by, [](const auto& p) { return p.by.has_value(); }},
    {"MT-PRIORITY", value_use::needed, read_mt_priority,
     [](const auto& p) { return p.mt_priority.has_value(); }},
    {"REQUIRETLS", value_use::none, read_require_tls, [](const auto& p) { return p.require_tls; }},
}};

constexpr std::array<row<rcpt_parameters>, 2> rcpt_rows = {{
    {"NOTIFY", value_use::needed, read_notify, [](const auto& p) { return p.notify.has_value(); }},
    {"ORCPT", value_use::needed, read_orcpt, [](const auto& p) { return p.orcpt.has_value(); }},
}};

template <typename Rows, typename Parameters>
std::optional<parameter_fault> read_by_rows(const Rows& rows, const esmtp_parameter& one,
                                            Parameters& into) {
  const auto* const found = std::find_if(rows.begin(), rows.end(), [&one](const auto& each) {
    return equals(one.keyword, each.keyword);
  });
  if (found == rows.end()) return parameter_fault::unknown;
  if (found->is_given(into)) return parameter_fault::repeated;
  if (found->use == value_use::none && one.value.data() != nullptr)
    return parameter_fault::bad_value;
  if (!found->read(one.value, into)) return parameter_fault::bad_value;
  return std::nullopt;
}

template <typename Parameters>
Parameters read_all(std::string_view text) {
  Parameters result;
  for (auto one = take_parameter(text); !one.keyword.empty(); one = take_parameter(text))
    (void)read_parameter(one, result);
  return result;
}

std::optional<unsigned> hex_digit(char octet) {
  if (octet >= '0' && octet <= '9') return static_cast<unsigned>(octet - '0');
  if (octet >= 'A' && octet <= 'F') return static_cast<unsigned>(octet - 'A' + 10);
  return std::nullopt;
}

bool is_blank(char octet) {
  return octet == ' ' || octet == '\t';
}

}  // namespace

esmtp_parameter take_parameter(std::string_view& parameters) {
  while (!parameters.empty() && is_blank(parameters.front())) parameters.remove_prefix(1);
  const auto* const end = std::find_if(parameters.begin(), parameters.end(), is_blank);
  const std::string_view one =
      parameters.substr(0, static_cast<std::size_t>(end - parameters.begin()));
  parameters.remove_prefix(one.size());
  const std::size_t equals_sign = std::min(one.find('='), one.size());
  return {one.substr(0, equals_sign),
          equals_sign < one.size() ? one.substr(equals_sign + 1) : std::string_view{}};
}

std::optional<parameter_fault> read_parameter(const esmtp_parameter& one, mail_parameters& into) {
  return read_by_rows(mail_rows, one, into);
}

std::optional<parameter_fault> read_parameter(const esmtp_parameter& one, rcpt_parameters& into) {
  return read_by_rows(rcpt_rows, one, into);
}

mail_parameters read_mail_parameters(std::string_view text) {
  return read_all<mail_parameters>(text);
}

rcpt_parameters read_rcpt_parameters(std::string_view text) {
  return read_all<rcpt_parameters>(text);
}

std::optional<std::string> decode_xtext(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '!' || text[i] > '~' || text[i] == '=') return std::nullopt;
    if (text[i] != '+') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    result += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  return result;
}

}  // namespace mailrig::model
