#include "capture/pop3/arguments.hpp"

#include "capture/pop3/replies.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace mailrig::pop3::arguments {
namespace {

bool is_digit(char octet) {
  return octet >= '0' && octet <= '9';
}

bool is_hex_digit(char octet) {
  const char upper = wire::to_upper(octet);
  return is_digit(octet) || (upper >= 'A' && upper <= 'F');
}

// Digits and nothing else. A number that no integer holds is taken as the largest.
std::optional<std::uint64_t> read_number(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return value;
}

}  // namespace

refusal none(command& given) {
  if (!given.argument.empty()) return replies::no_argument_allowed;
  return std::nullopt;
}

refusal any(command&) {
  return std::nullopt;
}

refusal of_user(command& given) {
  if (given.argument.empty()) return replies::user_syntax;
  return std::nullopt;
}

// RFC 1939 7: blanks may be part of a password.
refusal of_pass(command& given) {
  if (given.password.empty()) return replies::pass_syntax;
  return std::nullopt;
}

refusal of_apop(command& given) {
  constexpr std::size_t digest_size = 32;
  const std::size_t blank = given.argument.rfind(' ');
  if (blank == std::string_view::npos) return replies::apop_syntax;
  given.name = wire::trim(given.argument.substr(0, blank));
  given.digest = given.argument.substr(blank + 1);
  const bool is_digest = given.digest.size() == digest_size &&
                         std::all_of(given.digest.begin(), given.digest.end(), is_hex_digit);
  if (given.name.empty() || !is_digest) return replies::apop_syntax;
  return std::nullopt;
}

// RFC 5034 4: AUTH mechanism [initial-response]. Alone it asks for the mechanisms, as clients from
// before CAPA do.
refusal of_auth(command& given) {
  const std::string_view name = given.argument.substr(0, given.argument.find(' '));
  given.mechanism = wire::find_sasl_mechanism(name);
  const std::string_view response = wire::trim(given.argument.substr(name.size()));
  if (response.find(' ') != std::string_view::npos) return replies::auth_syntax;
  if (!response.empty()) given.initial_response = response;
  return std::nullopt;
}

refusal message(command& given) {
  given.number = read_number(given.argument);
  if (!given.number) return replies::number_syntax;
  return std::nullopt;
}

refusal optional_message(command& given) {
  if (given.argument.empty()) return std::nullopt;
  return message(given);
}

refusal of_top(command& given) {
  const std::size_t blank = given.argument.find(' ');
  if (blank == std::string_view::npos) return replies::top_syntax;
  given.number = read_number(given.argument.substr(0, blank));
  const auto lines = read_number(wire::trim(given.argument.substr(blank)));
  if (!given.number || !lines) return replies::top_syntax;
  given.lines = *lines;
  return std::nullopt;
}

}  // namespace mailrig::pop3::arguments
