#include "capture/smtp/arguments.hpp"

#include "capture/smtp/replies.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <charconv>
#include <variant>

namespace mailrig::smtp::arguments {
namespace {

using wire::equals_ignoring_case;

refusal read_path(command& given, std::string_view keyword) {
  auto parsed = wire::parse_path(given.argument, keyword);
  if (const auto* error = std::get_if<wire::path_error>(&parsed))
    return model::reply{501, {5, 5, 4}, error->what};
  given.path = std::get<wire::path_argument>(parsed);
  return std::nullopt;
}

// RFC 1870 6: SIZE=digits, at most 20 of them.
refusal read_size(command& given, std::string_view value) {
  const char* end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, given.declared_size);
  if (value.empty() || result.ptr != end || result.ec != std::errc{}) return replies::bad_size;
  return std::nullopt;
}

// RFC 6152 2.
refusal read_body(std::string_view value) {
  if (equals_ignoring_case(value, "7BIT") || equals_ignoring_case(value, "8BITMIME"))
    return std::nullopt;
  return replies::bad_body;
}

}  // namespace

refusal none(command& given, const settings&) {
  if (!given.argument.empty()) return replies::no_argument_allowed;
  return std::nullopt;
}

refusal any(command&, const settings&) {
  return std::nullopt;
}

refusal of_vrfy(command& given, const settings&) {
  if (given.argument.empty()) return replies::vrfy_syntax;
  return std::nullopt;
}

refusal of_mail(command& given, const settings&) {
  if (auto wrong = read_path(given, "FROM:")) return wrong;
  std::string_view rest = given.path.parameters;
  for (auto each = wire::take_parameter(rest); !each.keyword.empty();
       each = wire::take_parameter(rest)) {
    refusal wrong = replies::unknown_parameter;
    if (equals_ignoring_case(each.keyword, "SIZE")) wrong = read_size(given, each.value);
    if (equals_ignoring_case(each.keyword, "BODY")) wrong = read_body(each.value);
    if (wrong) return wrong;
  }
  return std::nullopt;
}

refusal of_rcpt(command& given, const settings&) {
  if (auto wrong = read_path(given, "TO:")) return wrong;
  if (given.path.address.empty()) return replies::empty_forward_path;
  if (!given.path.parameters.empty()) return replies::unknown_parameter;
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
