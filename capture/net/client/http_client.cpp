#include "capture/net/client/http_client.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace mailrig::net::client {

std::optional<http_url> parse_http_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t slash = text.find('/');
  const std::string_view authority = text.substr(0, slash);
  http_url url;
  url.path = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? "80" : std::string(authority.substr(colon + 1));
  if (url.host.starts_with('[') && url.host.ends_with(']'))
    url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty() ||
      url.port.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return url;
}

std::optional<int> get_status(const http_url& url, std::string_view path,
                              std::chrono::milliseconds limit) {
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(limit);
  stream.connect(url.host, url.port);
  const bool is_v6 = url.host.find(':') != std::string::npos;
  stream << "GET " << url.path << path << " HTTP/1.1\r\nHost: " << (is_v6 ? "[" : "") << url.host
         << (is_v6 ? "]" : "") << ':' << url.port << "\r\nConnection: close\r\n\r\n"
         << std::flush;
  std::string http;
  int status = 0;
  if (!(stream >> http >> status) || !http.starts_with("HTTP/")) return std::nullopt;
  return status;
}

}  // namespace mailrig::net::client
