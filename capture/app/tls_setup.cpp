#include "capture/app/tls_setup.hpp"

#include "capture/net/tls_authority.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace mailrig::app {
namespace {

std::string read_file(const char* flag, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    throw std::runtime_error(std::string("cannot read ") + flag + ' ' + path + ": " +
                             std::strerror(errno));
  return text.str();
}

// Those that are known anyhow are left out where they cannot stand in a certificate; those that a
// person named are judged by the authority.
std::vector<std::string> names_of(const serve_options& options) {
  std::array<char, 256> machine{};
  (void)::gethostname(machine.data(), machine.size() - 1);
  std::vector<std::string> result = {"localhost", "127.0.0.1", "::1"};
  const auto add = [&result](const std::string& name) {
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  };
  for (const std::string& each :
       {std::string(machine.data()), options.host_name, options.public_host}) {
    if (net::is_certificate_name(each)) add(each);
  }
  for (const std::string& each : options.tls_names) add(each);
  return result;
}

// The certificate of a person's own, if it was given.
void add_own(const serve_options& options, tls_setup& to) {
  if (options.tls_cert.empty() && options.tls_key.empty()) return;
  if (options.tls_cert.empty() || options.tls_key.empty())
    throw std::runtime_error("--tls-cert and --tls-key belong together; one of them is missing");
  const net::credential own{read_file("--tls-cert", options.tls_cert),
                            read_file("--tls-key", options.tls_key)};
  try {
    to.contexts->add("own", own);
    if (net::read_certificate(own.certificate).is_self_signed) to.ca_pem = own.certificate;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("cannot use --tls-cert " + options.tls_cert + " with --tls-key " +
                             options.tls_key + ": " + error.what());
  }
}

}  // namespace

tls_setup set_up_tls(const serve_options& options) {
  const net::key_type key =
      options.tls_key_type == "rsa" ? net::key_type::rsa_2048 : net::key_type::ecdsa_p256;
  tls_setup result;
  result.contexts = std::make_unique<net::tls_contexts>(
      net::tls_settings{options.tls_min_version, options.tls_max_version, options.tls_ciphers,
                        options.tls_request_client_cert});
  add_own(options, result);
  const auto authority = std::make_shared<const net::tls_authority>(
      net::authority_settings{names_of(options), options.tls_dir, key},
      std::chrono::system_clock::now());
  result.contexts->add("good", authority->server());
  result.contexts->set_maker(
      [authority](std::string_view name) { return authority->make_faulty(name); });
  result.ca_pem += authority->root().certificate;
  return result;
}

}  // namespace mailrig::app
