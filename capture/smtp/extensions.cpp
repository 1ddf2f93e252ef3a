#include "capture/smtp/extensions.hpp"

#include "capture/smtp/settings.hpp"
#include "capture/wire/text.hpp"

#include <algorithm>
#include <array>

namespace mailrig::smtp {
namespace {

enum class place : std::uint8_t {
  anywhere,
  special,  // where a session says so: under TLS, to a trusted peer …
};

struct row {
  extension which;
  std::string_view keyword;
  place where;
};

// In the order in which EHLO says them; HELP ends the list.
constexpr std::array<row, 16> table = {{
    {extension::size, "SIZE", place::anywhere},                                  // RFC 1870
    {extension::eight_bit_mime, "8BITMIME", place::anywhere},                    // RFC 6152
    {extension::pipelining, "PIPELINING", place::anywhere},                      // RFC 2920
    {extension::enhanced_status_codes, "ENHANCEDSTATUSCODES", place::anywhere},  // RFC 2034
    {extension::chunking, "CHUNKING", place::anywhere},                          // RFC 3030
    {extension::binary_mime, "BINARYMIME", place::anywhere},                     // RFC 3030
    {extension::smtputf8, "SMTPUTF8", place::anywhere},                          // RFC 6531
    {extension::dsn, "DSN", place::anywhere},                                    // RFC 3461
    {extension::deliver_by, "DELIVERBY", place::anywhere},                       // RFC 2852
    {extension::mt_priority, "MT-PRIORITY", place::anywhere},                    // RFC 6710
    {extension::limits, "LIMITS", place::anywhere},                              // RFC 9422
    {extension::require_tls, "REQUIRETLS", place::special},  // RFC 8689 2: under TLS only
    {extension::start_tls, "STARTTLS", place::special},      // RFC 3207
    {extension::auth, "AUTH", place::anywhere},              // RFC 4954
    {extension::xclient, "XCLIENT", place::special},         // Postfix's XCLIENT_README
    {extension::help, "HELP", place::anywhere},              // RFC 5321 4.1.1.8
}};

const row& row_of(extension which) {
  return *std::find_if(table.begin(), table.end(),
                       [which](const row& each) { return each.which == which; });
}

wire::sasl_mechanism_set usable_mechanisms(const authentication_settings& rules, security how) {
  return usable(rules.mechanisms, rules.users, how == security::tls_with_certificate);
}

// The second line is for clients older than RFC 2554.
std::string auth_arguments(const authentication_settings& rules, security how) {
  const std::string names = to_string(usable_mechanisms(rules, how));
  return ' ' + names + (rules.has_old_line ? "\nAUTH=" + names : "");
}

bool offers_auth(const authentication_settings& rules, security how) {
  const bool is_place = how != security::plain || rules.is_offered_before_tls;
  return is_place && !usable_mechanisms(rules, how).empty();
}

// RFC 1870 4, RFC 9422 4: what follows the keyword.
std::string arguments_of(extension which, const settings& rules, security how) {
  if (which == extension::size) return ' ' + std::to_string(rules.max_message_size);
  if (which == extension::limits) return " RCPTMAX=" + std::to_string(rules.max_recipients);
  if (which == extension::auth) return auth_arguments(rules.auth, how);
  if (which == extension::xclient) return " NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
  return {};
}

}  // namespace

std::string_view keyword_of(extension which) {
  return which == extension::none ? std::string_view{} : row_of(which).keyword;
}

std::optional<extension> find_extension(std::string_view keyword) {
  const auto* const found = std::find_if(table.begin(), table.end(), [keyword](const row& each) {
    return wire::equals_ignoring_case(each.keyword, keyword);
  });
  return found == table.end() ? std::nullopt : std::optional(found->which);
}

std::string list_extensions() {
  std::string result;
  for (const row& each : table) {
    if (!result.empty()) result += ", ";
    result += each.keyword;
  }
  return result;
}

std::string ehlo_text(const settings& rules, security how, const extension_set& here) {
  std::string text = rules.host_name;
  for (const row& each : table) {
    if (!here.has(each.which)) continue;
    text += '\n';
    text += each.keyword;
    text += arguments_of(each.which, rules, how);
  }
  return text;
}

extension_set offered_to_all(const settings& rules, security how) {
  extension_set result;
  for (const row& each : table) {
    if (each.where == place::anywhere && rules.offers(each.which)) result.add(each.which);
  }
  if (!offers_auth(rules.auth, how)) result.remove(extension::auth);
  // RFC 3207 4.2: not offered once TLS is on; RFC 8689 2: only then.
  const extension by_tls = how == security::plain ? extension::start_tls : extension::require_tls;
  const bool can_be = how != security::plain || rules.tls == tls_mode::offered;
  if (can_be && rules.offers(by_tls)) result.add(by_tls);
  return result;
}

}  // namespace mailrig::smtp
