#include "capture/wire/path.hpp"

#include "capture/wire/address.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <optional>

namespace mailrig::wire {
namespace {

using model::lint;

constexpr std::size_t longest_address =
    1024;  // RFC 5321 4.5.3.1 says 64 + 255; real systems send longer ones

constexpr path_error no_closing_bracket{"The address has no closing '>'"};
constexpr path_error junk_behind{"There must be a space between the '>' and the parameters"};
constexpr path_error bad_octet{
    "The address holds a space or control character; quote the local part"};
constexpr path_error nothing_behind_route{"No mailbox follows the source route"};
constexpr path_error too_long{"The address is longer than 1024 octets"};

// Position of the '>' that ends the path: a quoted string may hold one (RFC 5321 4.1.2
// Quoted-string).
std::optional<std::size_t> find_closing_bracket(std::string_view text) {
  const std::size_t first = text.find('>');
  if (first == std::string_view::npos) return std::nullopt;
  if (text.substr(0, first).find('"') == std::string_view::npos) return first;
  bool is_quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (is_quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == '>' && !is_quoted) {
      return i;
    }
  }
  return std::nullopt;
}

// "@a.test,@b.test:user@c.test" -> "user@c.test" (RFC 5321 4.1.2 A-d-l: accepted and ignored).
std::string_view without_source_route(std::string_view address) {
  const std::size_t colon = address.find(':');
  return address.starts_with('@') && colon != std::string_view::npos ? address.substr(colon + 1)
                                                                     : address;
}

bool has_bad_octet(std::string_view address) {
  bool is_quoted = false;
  bool is_escaped = false;  // by a backslash in a quoted string (RFC 5321 4.1.2 quoted-pairSMTP)
  for (const char octet : address) {
    const auto value = static_cast<unsigned char>(octet);
    if (value < 0x20 || value == 0x7F || (value == ' ' && !is_quoted)) return true;
    if (octet == '"' && !is_escaped) is_quoted = !is_quoted;
    is_escaped = is_quoted && octet == '\\' && !is_escaped;
  }
  return false;
}

std::variant<path_argument, path_error> finish(path_argument path, std::string_view address,
                                               std::string_view rest) {
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return junk_behind;
  const std::string_view target = without_source_route(address);
  if (target.size() != address.size()) {
    if (target.empty()) return nothing_behind_route;
    path.lints.add(lint::source_route);
  }
  if (target.size() > longest_address) return too_long;
  const mailbox_check seen = check_mailbox(target);
  if (seen.has_specials && has_bad_octet(target)) return bad_octet;
  path.address = target;
  path.parameters = trim(rest);
  path.lints.add(seen.lints);
  return path;
}

constexpr path_error missing(std::string_view keyword) {
  return keyword == "FROM:" ? path_error{"Syntax: MAIL FROM:<address>"}
                            : path_error{"Syntax: RCPT TO:<address>"};
}

}  // namespace

std::variant<path_argument, path_error> parse_path(std::string_view argument,
                                                   std::string_view keyword) {
  if (!starts_ignoring_case(argument, keyword)) return missing(keyword);
  argument.remove_prefix(keyword.size());
  path_argument path;
  const std::string_view text = trim(argument);
  if (text.empty()) return missing(keyword);
  if (text.data() != argument.data()) path.lints.add(lint::space_after_colon);
  if (text.front() == '<') {
    const auto end = find_closing_bracket(text);
    if (!end) return no_closing_bracket;
    return finish(path, text.substr(1, *end - 1), text.substr(*end + 1));
  }
  path.lints.add(lint::no_angle_brackets);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  return finish(path, text.substr(0, end), text.substr(end));
}

}  // namespace mailrig::wire
