// What the options of `serve` mean for those who do the work: sessions, rigs, listeners.
#pragma once

#include "capture/app/listen_address.hpp"
#include "capture/app/options.hpp"
#include "capture/pop3/settings.hpp"
#include "capture/rig/rig_table.hpp"
#include "capture/smtp/settings.hpp"
#include "capture/wire/trusted_peers.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace mailrig::app {

// A value that the command line parser could not judge. All of these throw it, and its text names
// the option.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[nodiscard]] std::vector<listen_address> addresses_of(const char* flag,
                                                       const std::vector<std::string>& texts);
[[nodiscard]] std::vector<listen_address> http_addresses_of(const std::vector<std::string>& texts);
[[nodiscard]] bool is_unix(const listen_address& where);
[[nodiscard]] wire::trusted_peers trusted(const char* flag, const std::vector<std::string>& texts);
[[nodiscard]] smtp::settings smtp_settings(const serve_options& options, smtp::tls_mode tls);
[[nodiscard]] smtp::settings lmtp_settings(const serve_options& options);
[[nodiscard]] pop3::settings pop3_settings(const serve_options& options, pop3::tls_mode tls);
[[nodiscard]] rig::table_limits table_limits(const serve_options& options);

}  // namespace mailrig::app
