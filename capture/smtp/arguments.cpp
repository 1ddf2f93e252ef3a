#include "capture/smtp/arguments.hpp"

#include "capture/model/esmtp_parameters.hpp"
#include "capture/smtp/replies.hpp"
#include "capture/wire/address.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

namespace mailrig::smtp::arguments {
namespace {

using wire::equals_ignoring_case;

// The extension a parameter of MAIL or RCPT comes with, and what it takes.
struct parameter_row {
  std::string_view keyword;
  extension needs;
  std::string_view syntax;
};

constexpr std::array<parameter_row, 11> parameters = {{
    {"SIZE", extension::size, "SIZE= takes a decimal number of octets"},
    {"BODY", extension::eight_bit_mime, "BODY= takes 7BIT, 8BITMIME or BINARYMIME"},
    {"SMTPUTF8", extension::smtputf8, "SMTPUTF8 takes no value"},
    {"AUTH", extension::auth, "AUTH= takes an xtext or <>"},
    {"RET", extension::dsn, "RET= takes FULL or HDRS"},
    {"ENVID", extension::dsn, "ENVID= takes an xtext of at most 100 characters"},
    {"NOTIFY", extension::dsn, "NOTIFY= takes NEVER, or some of SUCCESS,FAILURE,DELAY"},
    {"ORCPT", extension::dsn, "ORCPT= takes a type and an xtext: rfc822;user@example.test"},
    {"BY", extension::deliver_by, "BY= takes seconds and R or N, then T perhaps: 120;R"},
    {"MT-PRIORITY", extension::mt_priority, "MT-PRIORITY= takes a number from -9 to 9"},
    {"REQUIRETLS", extension::require_tls, "REQUIRETLS takes no value"},
}};

refusal read_path(command& given, std::string_view keyword) {
  auto parsed = wire::parse_path(given.argument, keyword);
  if (const auto* error = std::get_if<wire::path_error>(&parsed))
    return model::reply{501, {5, 5, 4}, error->what};
  given.path = std::get<wire::path_argument>(parsed);
  given.lints.add(given.path.lints);
  return std::nullopt;
}

const parameter_row* find_parameter(std::string_view keyword) {
  const auto* const found = std::find_if(
      parameters.begin(), parameters.end(),
      [keyword](const parameter_row& each) { return equals_ignoring_case(each.keyword, keyword); });
  return found == parameters.end() ? nullptr : found;
}

// BODY= belongs to two extensions.
bool is_offered(const parameter_row& row, const settings& rules) {
  return rules.offers(row.needs) || (row.keyword == "BODY" && rules.offers(extension::binary_mime));
}

template <typename Parameters>
refusal read_parameter(const model::esmtp_parameter& one, Parameters& into, const settings& rules) {
  const parameter_row* const row = find_parameter(one.keyword);
  if (row == nullptr || !is_offered(*row, rules)) return replies::unknown_parameter;
  const auto fault = model::read_parameter(one, into);
  if (!fault) return std::nullopt;
  switch (*fault) {
    case model::parameter_fault::unknown: return replies::unknown_parameter;
    case model::parameter_fault::repeated: return replies::repeated_parameter;
    case model::parameter_fault::bad_value: break;
  }
  return model::reply{501, {5, 5, 4}, row->syntax};
}

template <typename Parameters>
refusal read_parameters(std::string_view text, Parameters& into, const settings& rules) {
  for (auto one = model::take_parameter(text); !one.keyword.empty() || !one.value.empty();
       one = model::take_parameter(text)) {
    if (auto wrong = read_parameter(one, into, rules)) return wrong;
  }
  return std::nullopt;
}

bool is_body_offered(model::body_type body, const settings& rules) {
  switch (body) {
    case model::body_type::seven_bit: return true;
    case model::body_type::eight_bit_mime: return rules.offers(extension::eight_bit_mime);
    case model::body_type::binary_mime: return rules.offers(extension::binary_mime);
  }
  return false;
}

}  // namespace

refusal none(command& given, const settings&) {
  if (!given.argument.empty()) return replies::no_argument_allowed;
  return std::nullopt;
}

refusal any(command&, const settings&) {
  return std::nullopt;
}

refusal of_greeting(command& given, const settings&) {
  given.lints.add(wire::check_helo(given.argument));
  return std::nullopt;
}

refusal of_vrfy(command& given, const settings&) {
  if (given.argument.empty()) return replies::vrfy_syntax;
  return std::nullopt;
}

refusal of_mail(command& given, const settings& rules) {
  if (auto wrong = read_path(given, "FROM:")) return wrong;
  if (given.path.parameters.empty()) return std::nullopt;
  model::mail_parameters read;
  if (auto wrong = read_parameters(given.path.parameters, read, rules)) return wrong;
  if (read.body && !is_body_offered(*read.body, rules)) return replies::unknown_parameter;
  given.declared_size = read.size.value_or(0);
  given.is_binary = read.body == model::body_type::binary_mime;
  given.is_smtputf8 = read.smtputf8;
  given.wants_tls = read.require_tls;
  return std::nullopt;
}

refusal of_rcpt(command& given, const settings& rules) {
  if (auto wrong = read_path(given, "TO:")) return wrong;
  if (given.path.address.empty()) return replies::empty_forward_path;
  if (given.path.parameters.empty()) return std::nullopt;
  model::rcpt_parameters read;
  return read_parameters(given.path.parameters, read, rules);
}

// RFC 3030 2: chunk-size is one or more digits.
refusal of_bdat(command& given, const settings&) {
  const std::size_t end = std::min(given.argument.find(' '), given.argument.size());
  const std::string_view digits = given.argument.substr(0, end);
  const char* const digits_end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), digits_end, given.declared_size);
  const std::string_view rest = wire::trim(given.argument.substr(end));
  given.is_last = equals_ignoring_case(rest, "LAST");
  const bool is_number = !digits.empty() && result.ptr == digits_end && result.ec == std::errc{};
  if (!is_number || (!rest.empty() && !given.is_last)) return replies::bdat_syntax;
  return std::nullopt;
}

// RFC 4954 4: mechanism [SP initial-response].
refusal of_auth(command& given, const settings&) {
  const std::size_t end = std::min(given.argument.find(' '), given.argument.size());
  const std::string_view rest = wire::trim(given.argument.substr(end));
  if (end == 0 || rest.find(' ') != std::string_view::npos) return replies::auth_syntax;
  given.mechanism = wire::find_sasl_mechanism(given.argument.substr(0, end));
  if (!rest.empty()) given.initial_response = rest;
  return std::nullopt;
}

}  // namespace mailrig::smtp::arguments
