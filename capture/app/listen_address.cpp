#include "capture/app/listen_address.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <optional>
#include <string_view>

namespace mailrig::app {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  if (text.empty() || result.ptr != end || result.ec != std::errc{}) return std::nullopt;
  return port;
}

bool is_ip_literal(const std::string& text) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

std::vector<std::string> addresses_of(const std::string& host) {
  if (host == "localhost") return {"127.0.0.1", "::1"};
  if (host == "*") return {"0.0.0.0", "::"};
  if (is_ip_literal(host)) return {host};
  return {};
}

std::optional<listen_address> parse_one(std::string_view text) {
  constexpr std::string_view unix_prefix = "unix:";
  if (text.starts_with(unix_prefix)) {
    if (text.size() == unix_prefix.size()) return std::nullopt;
    return listen_address{{std::string(text)}, 0};
  }
  const std::size_t colon = text.rfind(':');
  std::string_view host =
      colon == std::string_view::npos ? std::string_view("localhost") : text.substr(0, colon);
  const auto port = parse_port(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  auto addresses = addresses_of(std::string(host));
  if (!port || addresses.empty()) return std::nullopt;
  return listen_address{std::move(addresses), *port};
}

}  // namespace

std::variant<std::vector<listen_address>, std::string> parse_listen_addresses(
    const std::vector<std::string>& texts) {
  std::vector<listen_address> result;
  if (texts.size() == 1 && texts.front() == "off") return result;
  for (const std::string& each : texts) {
    auto address = parse_one(each);
    if (!address) {
      return "'" + each +
             "' is not an address to listen on: write 2525, 127.0.0.1:2525, [::1]:2525, "
             "localhost:2525 "
             "(IPv4 and IPv6), *:2525 (every interface), unix:/path/of/socket or off";
    }
    result.push_back(std::move(*address));
  }
  return result;
}

}  // namespace mailrig::app
