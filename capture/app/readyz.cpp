#include "capture/app/readyz.hpp"

#include "capture/net/client/http_client.hpp"

#include <chrono>
#include <iostream>

namespace mailrig::app {

int readyz(const readyz_options& options) {
  const auto url = net::client::parse_http_url(options.url);
  if (!url) {
    std::cerr << "mailrig: '" << options.url
              << "' is not an address of mailrig: write --url http://127.0.0.1:8025\n";
    return 2;
  }
  const auto status = net::client::get_status(*url, "/readyz", std::chrono::seconds(3));
  if (!status) {
    std::cerr << "mailrig: no server answers at " << options.url
              << "; start one with 'mailrig serve', or name another with --url\n";
    return 3;
  }
  if (*status == 200) {
    std::cout << "ready\n";
    return 0;
  }
  std::cerr << "mailrig: " << options.url << " answers " << *status << ": not ready\n";
  return 1;
}

}  // namespace mailrig::app
