// Turns the options on logins into what sessions go by.
#pragma once

#include "capture/app/options.hpp"
#include "capture/wire/credentials.hpp"
#include "capture/wire/sasl.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace mailrig::app {

// One sentence that names the option and what would be right; never a password.
struct login_option_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// --smtp-user, --smtp-users-file and --sasl-password. Throws login_option_error.
[[nodiscard]] wire::credentials read_credentials(const serve_options& options);
// --pop3-user and --sasl-password. Throws login_option_error.
[[nodiscard]] wire::credentials read_pop3_credentials(const serve_options& options);
// --auth-mechanisms: names, or "none" alone. Throws login_option_error.
[[nodiscard]] wire::sasl_mechanism_set read_mechanisms(const std::vector<std::string>& names);

}  // namespace mailrig::app
