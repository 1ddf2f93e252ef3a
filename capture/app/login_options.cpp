#include "capture/app/login_options.hpp"

#include "capture/wire/text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

namespace mailrig::app {
namespace {

// The password may hold colons, the name may not.
void add_user(wire::credentials& users, const std::string& text, const std::string& where) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0)
    throw login_option_error(where + ": a user is given as NAME:PASSWORD");
  users.add_user(text.substr(0, colon), text.substr(colon + 1));
}

// One user a line; empty lines and those that begin with # say nothing.
void add_users_of(wire::credentials& users, const std::string& path) {
  std::ifstream file(path);
  if (!file)
    throw login_option_error("--smtp-users-file " + path +
                             ": cannot read it: " + std::strerror(errno));
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (wire::trim(line).empty() || line.starts_with('#')) continue;
    add_user(users, line, "--smtp-users-file " + path + ", line " + std::to_string(number));
  }
}

}  // namespace

wire::credentials read_credentials(const serve_options& options) {
  wire::credentials users;
  for (const std::string& each : options.smtp_users) add_user(users, each, "--smtp-user");
  if (!options.smtp_users_file.empty()) {
    add_users_of(users, options.smtp_users_file);
    if (users.accept_anything())
      throw login_option_error("--smtp-users-file " + options.smtp_users_file +
                               ": it names no user, so that anybody could log in");
  }
  if (!options.sasl_password.empty()) users.set_common_password(options.sasl_password);
  return users;
}

wire::credentials read_pop3_credentials(const serve_options& options) {
  wire::credentials users;
  for (const std::string& each : options.pop3_users) add_user(users, each, "--pop3-user");
  if (!options.sasl_password.empty()) users.set_common_password(options.sasl_password);
  return users;
}

wire::sasl_mechanism_set read_mechanisms(const std::vector<std::string>& names) {
  wire::sasl_mechanism_set result;
  if (names.size() == 1 && wire::equals_ignoring_case(names.front(), "none")) return result;
  for (const std::string& each : names) {
    const auto found = wire::find_sasl_mechanism(each);
    if (!found)
      throw login_option_error("--auth-mechanisms " + each + ": there are " +
                               to_string(wire::sasl_mechanism_set::all()) + ", or none alone");
    result.insert(*found);
  }
  return result;
}

}  // namespace mailrig::app
