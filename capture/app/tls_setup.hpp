// The TLS of the program: its test CA, its certificates, and how they are used, as the options ask.
#pragma once

#include "capture/app/options.hpp"
#include "capture/net/tls_context.hpp"

#include <memory>
#include <string>

namespace mailrig::app {

struct tls_setup {
  std::unique_ptr<net::tls_contexts> contexts;
  std::string ca_pem;  // what a client must trust
};

// Throws std::runtime_error with a sentence that says what is wrong and what would be right.
[[nodiscard]] tls_setup set_up_tls(const serve_options& options);

}  // namespace mailrig::app
